#include "core/binlog/xa_id.hpp"

#include <gtest/gtest.h>

namespace mysql_sync::binlog {
namespace {

TEST(XaId, IsReadAsServersLogIt) {
  const auto xid = parse_xa_id("X'00ff27',X'6227',7");
  ASSERT_TRUE(xid.ok());
  EXPECT_EQ(xid->gtrid, std::string("\0\xff'", 3));
  EXPECT_EQ(xid->bqual, "b'");
  EXPECT_EQ(xid->format_id, 7U);
  EXPECT_EQ(xid->to_string(), "X'00ff27',X'6227',7");
  EXPECT_EQ(parse_xa_id("X'',X'',0")->to_string(), "X'',X'',0");
}

TEST(XaId, FormatsOfAnyWidthAreTheSame32Bits) {
  EXPECT_EQ(parse_xa_id("X'61',X'',-1")->format_id, 0xffffffffU);
  EXPECT_EQ(parse_xa_id("X'61',X'',4294967295")->format_id, 0xffffffffU);
}

TEST(XaId, OtherTextIsNone) {
  for (const char* text : {"", "'a'", "X'6',X'',1", "X'6g',X'',1", "X'61'", "X'61',X''", "X'61',X'',",
                           "X'61',X'',1x", "X'61',X'',1 ", "X'61,X'',1", "X'61"}) {
    EXPECT_FALSE(parse_xa_id(text).ok()) << text;
  }
  EXPECT_FALSE(parse_xa_id("X'" + std::string(130, '0') + "',X'',1").ok());
}

TEST(XaStatement, KindsAreTold) {
  using Kind = XaStatement::Kind;
  EXPECT_EQ(parse_xa_statement("XA START X'61',X'',1")->kind, Kind::kStart);
  EXPECT_EQ(parse_xa_statement("XA END X'61',X'',1")->kind, Kind::kEnd);
  EXPECT_EQ(parse_xa_statement("XA COMMIT X'61',X'',1")->kind, Kind::kCommit);
  EXPECT_EQ(parse_xa_statement("XA ROLLBACK X'61',X'',1")->xid.gtrid, "a");
  EXPECT_EQ(parse_xa_statement("XALTER TABLE t")->kind, Kind::kNone);
  EXPECT_FALSE(parse_xa_statement("XA COMMIT 'a'").ok());
}

}  // namespace
}  // namespace mysql_sync::binlog
