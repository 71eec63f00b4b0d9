#include "core/binlog/gtid.hpp"

#include <gtest/gtest.h>

namespace mysql_sync {
namespace {

constexpr char kUuid[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

std::string round_trip(const std::string& text) {
  const auto set = GtidSet::parse(text);
  return set.ok() ? set->to_string() : "error: " + set.status().message();
}

Gtid mysql_gtid(const std::string& source, uint64_t number) {
  Gtid gtid;
  gtid.source = source;
  gtid.number = number;
  return gtid;
}

Gtid mariadb_gtid(uint32_t domain, uint32_t server, uint64_t number) {
  Gtid gtid;
  gtid.mariadb = true;
  gtid.domain = domain;
  gtid.server_id = server;
  gtid.number = number;
  return gtid;
}

TEST(GtidSet, ReadsWhatMysqlPrints) {
  const std::string uuid = kUuid;
  EXPECT_EQ(round_trip(""), "");
  EXPECT_EQ(round_trip(uuid + ":1-5:7"), uuid + ":1-5:7");
  EXPECT_EQ(round_trip("3E11FA47-71CA-11E1-9E33-C80AA9429562:1,\n " + uuid + ":2-3"), uuid + ":1-3");
  EXPECT_EQ(round_trip(uuid + ":1-5:tag:1-2:9"), uuid + ":1-5," + uuid + ":tag:1-2:9");
}

TEST(GtidSet, ReadsWhatMariadbPrints) {
  EXPECT_EQ(round_trip("1-1-7, 0-1-42"), "0-1-42,1-1-7");
  EXPECT_EQ(round_trip("0-4294967295-18446744073709551615"), "0-4294967295-18446744073709551615");
}

TEST(GtidSet, RefusesWhatIsNone) {
  for (const char* text :
       {"abc", "1-2", "0-1-", "4294967296-1-1", "0-1-18446744073709551616", ":1",
        "3e11fa47-71ca-11e1-9e33-c80aa9429562:0", "3e11fa47-71ca-11e1-9e33-c80aa942956:1", "0-1-1-1"}) {
    const auto set = GtidSet::parse(text);
    ASSERT_FALSE(set.ok()) << text;
    EXPECT_EQ(set.status().code(), ErrorCode::kInvalidArgument);
  }
}

TEST(GtidSet, JoinsIntervals) {
  GtidSet set;
  for (const uint64_t number : {5U, 1U, 3U, 2U, 9U, 4U}) set.add(mysql_gtid(kUuid, number));
  EXPECT_EQ(set.to_string(), std::string(kUuid) + ":1-5:9");
  set.add_interval(kUuid, 4, 20);
  EXPECT_EQ(set.to_string(), std::string(kUuid) + ":1-20");
}

TEST(GtidSet, Contains) {
  GtidSet set;
  set.add_interval(kUuid, 2, 4);
  set.add_interval(kUuid, 8, 9);
  EXPECT_FALSE(set.contains(mysql_gtid(kUuid, 1)));
  EXPECT_TRUE(set.contains(mysql_gtid(kUuid, 2)));
  EXPECT_TRUE(set.contains(mysql_gtid(kUuid, 4)));
  EXPECT_FALSE(set.contains(mysql_gtid(kUuid, 5)));
  EXPECT_TRUE(set.contains(mysql_gtid(kUuid, 9)));
  EXPECT_FALSE(set.contains(mysql_gtid(kUuid, 10)));
  EXPECT_FALSE(set.contains(mysql_gtid("other", 2)));
}

TEST(GtidSet, MariadbKeepsTheLastOfADomain) {
  GtidSet set;
  set.add(mariadb_gtid(0, 1, 5));
  set.add(mariadb_gtid(0, 2, 6));
  EXPECT_EQ(set.to_string(), "0-2-6");
  EXPECT_TRUE(set.contains(mariadb_gtid(0, 1, 5)));
  EXPECT_FALSE(set.contains(mariadb_gtid(0, 1, 7)));
  EXPECT_FALSE(set.contains(mariadb_gtid(1, 1, 1)));
}

}  // namespace
}  // namespace mysql_sync
