#include "core/binlog/position.hpp"

#include <gtest/gtest.h>

namespace mysql_sync {
namespace {

TEST(BinlogPosition, NumberOfTheFile) {
  EXPECT_EQ(binlog_file_number("mysql-bin.000042"), 42U);
  EXPECT_EQ(binlog_file_number("bin.1000000"), 1000000U);
  EXPECT_EQ(binlog_file_number("mysql-bin"), 0U);
  EXPECT_EQ(binlog_file_number(""), 0U);
}

TEST(BinlogPosition, OrderIsByNumberNotByText) {
  const BinlogPosition old{"b.999999", 900};
  const BinlogPosition next{"b.1000000", 4};
  EXPECT_TRUE(old < next);
  EXPECT_FALSE(next < old);
  EXPECT_TRUE((BinlogPosition{"b.000001", 4}) < (BinlogPosition{"b.000001", 5}));
  EXPECT_TRUE(old <= old);
  EXPECT_TRUE(old == old);
  EXPECT_FALSE(old == next);
}

TEST(BinlogPosition, Text) {
  EXPECT_EQ((BinlogPosition{"mysql-bin.000042", 1234}).to_string(), "mysql-bin.000042:1234");
  EXPECT_TRUE(BinlogPosition().empty());
}

}  // namespace
}  // namespace mysql_sync
