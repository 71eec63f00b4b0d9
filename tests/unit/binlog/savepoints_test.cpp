#include "core/binlog/savepoints.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mysql_sync::binlog {
namespace {

using Kind = SavepointStatement::Kind;

TEST(SavepointStatement, IsReadAsServersWriteIt) {
  EXPECT_EQ(parse_savepoint("SAVEPOINT `a`").kind, Kind::kSet);
  EXPECT_EQ(parse_savepoint("SAVEPOINT `a``b c`").name, "a`b c");
  EXPECT_EQ(parse_savepoint("ROLLBACK TO `a`b`").name, "a`b");
  EXPECT_EQ(parse_savepoint("savepoint sp_1 ").name, "sp_1");
  EXPECT_EQ(parse_savepoint("ROLLBACK TO `x`").kind, Kind::kRollBack);
  EXPECT_EQ(parse_savepoint("ROLLBACK TO `x`").name, "x");
  EXPECT_EQ(parse_savepoint("ROLLBACK TO SAVEPOINT `to`").name, "to");
  EXPECT_EQ(parse_savepoint("ROLLBACK TO `savepoint`").name, "savepoint");
}

TEST(SavepointStatement, OthersAreNone) {
  for (const char* sql :
       {"ROLLBACK", "SAVEPOINTS x", "ROLLBACK TOGETHER", "ROLLBACK AND CHAIN", "SAVEPOINT", ""})
    EXPECT_EQ(parse_savepoint(sql).kind, Kind::kNone) << sql;
}

/// An event of the least size that has a body, told apart by it.
std::string event(char body) { return std::string(19, '\0') + body; }

/// The bodies of the events that are let go.
std::string bodies(HeldEvents& held) {
  PieceReader reader(held.let_go());
  std::string all;
  std::string_view bytes;
  while (*reader.next(&bytes)) all += bytes.back();
  return all;
}

class HeldEventsTest : public testing::Test {
 protected:
  void row(char body, uint32_t table = 1) {
    ++rows;
    held.touch(table);
    held.hold(event(body));
  }
  void set(const char* name) { held.set(name, rows); }

  HeldEvents held;
  uint64_t rows = 0;
};

TEST_F(HeldEventsTest, WhatIsBehindASavepointIsForgotten) {
  EXPECT_FALSE(held.is_holding());
  set("a");
  EXPECT_TRUE(held.is_holding());
  row('1');
  set("b");
  row('2', 2);
  const auto undone = held.roll_back("b");
  ASSERT_TRUE(undone);
  EXPECT_TRUE(undone->whole);
  EXPECT_EQ(undone->first, 2u);
  EXPECT_THAT(undone->tables, testing::ElementsAre(2));
  EXPECT_THAT(held.touched(), testing::ElementsAre(1));
  row('3');
  EXPECT_EQ(bodies(held), "13");
}

TEST_F(HeldEventsTest, AnOuterSavepointTakesTheInnerOnesWithIt) {
  set("a");
  row('1');
  set("b");
  row('2', 2);
  EXPECT_THAT(held.roll_back("a")->tables, testing::ElementsAre(1, 2));
  EXPECT_FALSE(held.roll_back("b"));
  ASSERT_TRUE(held.roll_back("a")) << "it stays";
  EXPECT_EQ(bodies(held), "");
}

TEST_F(HeldEventsTest, ASecondSavepointOfTheNameReplacesTheFirst) {
  set("a");
  row('1');
  set("b");
  row('2', 2);
  set("A");
  row('3', 3);
  EXPECT_THAT(held.roll_back("a")->tables, testing::ElementsAre(3));
  EXPECT_EQ(held.roll_back("b")->first, 2u);
  EXPECT_EQ(bodies(held), "1");
}

TEST_F(HeldEventsTest, ANameOfTheVeryLettersComesFirst) {
  set("a");
  row('1');
  held.set("\xc3\x84", rows);
  row('2');
  EXPECT_FALSE(held.roll_back("\xc3\xa4")) << "no case is known beyond ASCII";
  EXPECT_TRUE(held.roll_back("\xc3\x84"));
  EXPECT_EQ(bodies(held), "1");
}

TEST_F(HeldEventsTest, WhatWasLetGoCannotBeForgotten) {
  set("a");
  row('1', 7);
  EXPECT_EQ(bodies(held), "1");
  set("b");
  row('2');
  EXPECT_TRUE(held.roll_back("b")->whole);
  row('3');
  const auto undone = held.roll_back("a");
  EXPECT_FALSE(undone->whole);
  EXPECT_EQ(undone->first, 1u);
  EXPECT_THAT(undone->tables, testing::ElementsAre(1, 7));
  EXPECT_EQ(bodies(held), "");
}

TEST_F(HeldEventsTest, ASavepointBehindAllThatWasLetGoIsWhole) {
  set("a");
  EXPECT_EQ(bodies(held), "");
  row('1');
  EXPECT_TRUE(held.roll_back("a")->whole);
}

TEST_F(HeldEventsTest, TheEndOfTheTransactionForgetsAll) {
  set("a");
  row('1');
  held.clear();
  EXPECT_FALSE(held.is_holding());
  EXPECT_EQ(held.bytes(), 0u);
  EXPECT_FALSE(held.roll_back("a"));
}

TEST(VoidRows, AreRangesOfATransaction) {
  VoidRows rows;
  const BinlogPosition one{"b.1", 4}, other{"b.1", 5};
  EXPECT_FALSE(rows.contain(one, 1, 1));
  rows.add(one, 3, 5);
  rows.add(one, 8, VoidRows::kLast);
  EXPECT_TRUE(rows.contain(one, 3, 5));
  EXPECT_TRUE(rows.contain(one, 9, VoidRows::kLast));
  EXPECT_FALSE(rows.contain(one, 2, 3));
  EXPECT_FALSE(rows.contain(one, 5, 8));
  EXPECT_FALSE(rows.contain(other, 3, 5));
  rows.forget_before(one);
  EXPECT_TRUE(rows.contain(one, 3, 5));
  rows.forget_before(other);
  EXPECT_FALSE(rows.contain(one, 3, 5));
}

}  // namespace
}  // namespace mysql_sync::binlog
