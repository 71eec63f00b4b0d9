#include "core/binlog/packed_decimal.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mysql_sync::binlog {
namespace {

std::string unpack(const std::string& bytes, unsigned precision, unsigned scale) {
  char text[kMaxDecimalText];
  return {text, unpack_decimal(bytes, precision, scale, text)};
}

TEST(PackedDecimal, Sizes) {
  EXPECT_EQ(packed_decimal_size(10, 2), 5U);
  EXPECT_EQ(packed_decimal_size(65, 30), 30U);
  EXPECT_EQ(packed_decimal_size(14, 4), 7U);
  EXPECT_EQ(packed_decimal_size(0, 0), 0U);
  EXPECT_EQ(packed_decimal_size(65, 38), 29U);  // MariaDB
  EXPECT_EQ(packed_decimal_size(82, 0), 0U);
  EXPECT_EQ(packed_decimal_size(2, 3), 0U);
}

// The example of the comment at decimal2bin() in MySQL: 1234567890.1234 as DECIMAL(14,4).
TEST(PackedDecimal, TheExampleOfTheManual) {
  EXPECT_EQ(unpack(std::string("\x81\x0d\xfb\x38\xd2\x04\xd2", 7), 14, 4), "1234567890.1234");
  EXPECT_EQ(unpack(std::string("\x7e\xf2\x04\xc7\x2d\xfb\x2d", 7), 14, 4), "-1234567890.1234");
}

TEST(PackedDecimal, ZeroBeforeThePoint) {
  EXPECT_EQ(unpack(std::string("\x80\x00\x00\x00\x32", 5), 10, 2), "0.50");
  EXPECT_EQ(unpack(std::string("\x7f\xff\xff\xff\xcd", 5), 10, 2), "-0.50");
  EXPECT_EQ(unpack(std::string("\x80\x00\x00\x00\x00", 5), 10, 2), "0.00");
  EXPECT_EQ(unpack(std::string("\x80\x00\x07", 3), 5, 0), "7");
}

TEST(PackedDecimal, RefusesWhatIsNoDecimal) {
  EXPECT_EQ(unpack("", 10, 2), "");
  EXPECT_EQ(unpack(std::string("\x80\x00\x00\x00", 4), 10, 2), "");      // too short
  EXPECT_EQ(unpack(std::string("\x80\x00\x00\x00\x64", 5), 10, 2), "");  // 100 in two digits
  EXPECT_EQ(unpack(std::string("\xff\xff\xff\xff\x00", 5), 10, 2), "");  // over 99999999
}

}  // namespace
}  // namespace mysql_sync::binlog
