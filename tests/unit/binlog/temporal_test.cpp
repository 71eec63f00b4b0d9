#include "core/binlog/temporal.hpp"

#include <gtest/gtest.h>

namespace mysql_sync::binlog {
namespace {

TEST(Temporal, OldTypes) {
  CivilTime t;
  ASSERT_TRUE(unpack_old_datetime(20201231235958ULL, &t));
  EXPECT_EQ(t.year, 2020);
  EXPECT_EQ(t.month, 12);
  EXPECT_EQ(t.day, 31);
  EXPECT_EQ(t.hour, 23);
  EXPECT_EQ(t.minute, 59);
  EXPECT_EQ(t.second, 58);
  EXPECT_TRUE(unpack_old_datetime(0, &t));
  int64_t microseconds = 0;
  ASSERT_TRUE(unpack_old_time(-8385959, &microseconds));
  EXPECT_EQ(microseconds, -3020399000000);
}

TEST(Temporal, RefusesImpossibleParts) {
  CivilTime t;
  int64_t microseconds = 0;
  EXPECT_FALSE(unpack_old_datetime(20201331000000ULL, &t));
  EXPECT_FALSE(unpack_old_datetime(20201231240000ULL, &t));
  EXPECT_FALSE(unpack_old_datetime(UINT64_MAX, &t));
  EXPECT_FALSE(unpack_old_time(8390000, &microseconds));
  EXPECT_FALSE(unpack_old_time(6000, &microseconds));
  EXPECT_FALSE(unpack_date(13 << 5 | 1, &t));
  EXPECT_FALSE(unpack_date(UINT32_MAX, &t));
  EXPECT_FALSE(unpack_datetime(UINT64_MAX, 0, &t));
  EXPECT_FALSE(unpack_datetime(0, 1000000, &t));
  EXPECT_FALSE(unpack_time(839 << 12, 0, &microseconds));
  EXPECT_FALSE(unpack_hires_time(UINT64_MAX, 6, &microseconds));
  EXPECT_FALSE(unpack_hires_time(0, 6, &microseconds));
  EXPECT_FALSE(unpack_hires_datetime(UINT64_MAX, &t));
}

TEST(Temporal, Fractions) {
  EXPECT_EQ(fraction_to_microseconds(0, 0), 0U);
  EXPECT_EQ(fraction_to_microseconds(90, 1), 900000U);
  EXPECT_EQ(fraction_to_microseconds(99, 2), 990000U);
  EXPECT_EQ(fraction_to_microseconds(1230, 3), 123000U);
  EXPECT_EQ(fraction_to_microseconds(999999, 6), 999999U);
}

}  // namespace
}  // namespace mysql_sync::binlog
