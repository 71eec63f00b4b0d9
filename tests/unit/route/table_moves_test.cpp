#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/route/table_moves.hpp"

namespace mysql_sync {
namespace {

/// "a>b b>c" with tables of the database d, and back.
std::vector<TableMove> moves(const std::string& text) {
  std::vector<TableMove> moves;
  for (size_t at = 0; at < text.size(); at += 4)
    moves.push_back({{"d", text.substr(at, 1)}, {"d", text.substr(at + 2, 1)}});
  return moves;
}

std::string net(const std::string& pairs, bool fold_case = false) {
  std::string text;
  for (const TableMove& move : net_moves(moves(pairs), SourceNames(fold_case)))
    text += (text.empty() ? "" : " ") + move.from.table + ">" + move.to.table;
  return text;
}

TEST(TableMoves, AreThoseOfTheStatement) {
  EXPECT_EQ(net("a>b"), "a>b");
  EXPECT_EQ(net("a>b c>a"), "a>b c>a");
  EXPECT_EQ(net(""), "");
}

TEST(TableMoves, SeeThroughNamesInBetween) {
  EXPECT_EQ(net("a>x b>a x>b"), "a>b b>a");
  EXPECT_EQ(net("a>b b>c c>d"), "a>d");
  EXPECT_EQ(net("a>x b>a c>b x>c"), "a>c b>a c>b");
  EXPECT_EQ(net("a>b b>a"), "");
}

TEST(TableMoves, ReuseAName) { EXPECT_EQ(net("a>b c>a a>e"), "a>b c>e"); }

TEST(TableMoves, FoldCaseWhereTheSourceDoes) {
  EXPECT_EQ(net("a>B b>c", true), "a>c");
  EXPECT_EQ(net("a>B b>c"), "a>B b>c");
  EXPECT_EQ(net("a>A"), "a>A");
}

TEST(TableMoves, KnowDatabases) {
  const std::vector<TableMove> found =
      net_moves({{{"d", "a"}, {"e", "a"}}, {{"e", "a"}, {"f", "b"}}}, SourceNames());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].to.database + "." + found[0].to.table, "f.b");
}

}  // namespace
}  // namespace mysql_sync
