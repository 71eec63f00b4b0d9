#include "core/route/doubtful_rename.hpp"

#include <gtest/gtest.h>

#include <string>

namespace mysql_sync {
namespace {

using Use = NameUse;
using Verdict = RenameVerdict;

ddl::TableName name(const std::string& table) {
  return table.empty() ? ddl::TableName() : ddl::TableName{"d", table};
}

/// What is told of "a>b" by a use of names, while the task has the tables of `known`, one letter each.
Verdict judge(const std::string& from, const std::string& to, Use use, const std::string& known,
              const TableMove& followed = {name("a"), name("b")}, bool fold_case = false) {
  const auto knows = [&](const ddl::TableName& table) {
    return !table.table.empty() && known.find(table.table) != std::string::npos;
  };
  return judge_rename(followed, {name(from), name(to)}, use, SourceNames(fold_case), knows);
}

TEST(DoubtfulRename, OtherNamesTellNothing) {
  for (const Use use : {Use::kUsed, Use::kMoved, Use::kDropped, Use::kDroppedIfThere})
    EXPECT_EQ(judge("x", "", use, "b"), Verdict::kOpen);
  EXPECT_EQ(judge("", "x", Use::kMade, "b"), Verdict::kOpen);
}

/// The table has the new name, so whoever uses the old one uses the table under it.
TEST(DoubtfulRename, AUseOfTheOldNameProvesATemporaryTable) {
  EXPECT_EQ(judge("a", "", Use::kUsed, "b"), Verdict::kTemporary);
  EXPECT_EQ(judge("a", "", Use::kDropped, "b"), Verdict::kTemporary);
  EXPECT_EQ(judge("a", "x", Use::kMoved, "b"), Verdict::kTemporary);
}

TEST(DoubtfulRename, NotWhereAnotherTableHasTheOldNameNow) {
  EXPECT_EQ(judge("a", "", Use::kUsed, "ab"), Verdict::kOpen);
  EXPECT_EQ(judge("a", "x", Use::kMoved, "ab"), Verdict::kOpen);
  EXPECT_EQ(judge("a", "", Use::kDropped, "ab"), Verdict::kOldNameFree);
}

TEST(DoubtfulRename, DropIfExistsOfTheOldNameProvesNothing) {
  EXPECT_EQ(judge("a", "", Use::kDroppedIfThere, "b"), Verdict::kOldNameFree);
}

TEST(DoubtfulRename, ATableMadeByTheOldNameProvesTheRename) {
  EXPECT_EQ(judge("", "a", Use::kMade, "b"), Verdict::kReal);
}

TEST(DoubtfulRename, ARenameToTheOldNameProvesNothingAsItMayBeOfATemporaryTable) {
  EXPECT_EQ(judge("x", "a", Use::kMoved, "b"), Verdict::kOpen);
}

TEST(DoubtfulRename, ATableThatGetsTheNewNameProvesATemporaryTable) {
  EXPECT_EQ(judge("", "b", Use::kMade, "b"), Verdict::kTemporary);
  EXPECT_EQ(judge("x", "b", Use::kMoved, "b"), Verdict::kTemporary);
}

TEST(DoubtfulRename, AUseOfTheNewNameTellsNothing) {
  EXPECT_EQ(judge("b", "", Use::kUsed, "b"), Verdict::kOpen);
  EXPECT_EQ(judge("b", "x", Use::kMoved, "b"), Verdict::kOpen);
}

TEST(DoubtfulRename, ADropOfTheNewName) {
  EXPECT_EQ(judge("b", "", Use::kDropped, "ab"), Verdict::kReal) << "another table has the old name";
  EXPECT_EQ(judge("b", "", Use::kDropped, "b"), Verdict::kNewNameFree);
  EXPECT_EQ(judge("b", "", Use::kDroppedIfThere, "b"), Verdict::kTemporary) << "it may not have been there";
  EXPECT_EQ(judge("b", "", Use::kDropped, ""), Verdict::kTemporary);
  EXPECT_EQ(judge("b", "", Use::kDropped, "b", {name(""), name("b")}), Verdict::kReal);
}

TEST(DoubtfulRename, ANameThatIsNobodysTellsNothing) {
  EXPECT_EQ(judge("a", "", Use::kUsed, "b", {name(""), name("b")}), Verdict::kOpen);
  EXPECT_EQ(judge("", "b", Use::kMade, "", {name("a"), name("")}), Verdict::kOpen);
}

TEST(DoubtfulRename, ARenameToTheSameNameTellsNothing) {
  EXPECT_EQ(judge("a", "a", Use::kMoved, "b"), Verdict::kOpen);
  EXPECT_EQ(judge("a", "A", Use::kMoved, "b", {name("a"), name("b")}, true), Verdict::kOpen);
}

TEST(DoubtfulRename, CaseIsFoldedWhereTheSourceDoes) {
  EXPECT_EQ(judge("", "B", Use::kMade, "b"), Verdict::kOpen);
  EXPECT_EQ(judge("", "B", Use::kMade, "b", {name("a"), name("b")}, true), Verdict::kTemporary);
}

}  // namespace
}  // namespace mysql_sync
