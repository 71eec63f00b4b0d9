#include "core/route/rename_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace mysql_sync {
namespace {

using testing::ElementsAre;

/// "a>b b>c" with tables of the database d, names of one letter.
std::vector<TableMove> moves_of(const std::string& text) {
  std::vector<TableMove> moves;
  for (size_t at = 0; at < text.size(); at += 4)
    moves.push_back({{"d", text.substr(at, 1)}, {"d", text.substr(at + 2, 1)}});
  return moves;
}

std::string letters(MoveAction action) {
  switch (action) {
    case MoveAction::kRename:
      return "rename";
    case MoveAction::kLeave:
      return "leave";
    case MoveAction::kForget:
      return "forget";
    case MoveAction::kReplace:
      return "replace";
    case MoveAction::kDoubt:
      return "doubt";
    case MoveAction::kArrive:
      return "arrive";
  }
  return "";
}

/// A task that selects the names in lower case, or those that are named.
struct Task {
  std::string tables;                ///< the names of its tables
  std::string ahead = {};            ///< of these, those whose reload is ahead of the statement
  std::string unread = {};           ///< of these, those that nobody has looked at yet
  std::map<char, char> copies = {};  ///< names of copies, and of the tables that they are of
  std::string unselected = {};       ///< names that the task does not select
  bool fold_case = false;

  std::optional<uint32_t> number(char name) const {
    const size_t at = tables.find(name);
    return at == std::string::npos ? std::optional<uint32_t>() : static_cast<uint32_t>(at + 1);
  }

  KnownMove know(const TableMove& move) const {
    const char from = move.from.table[0], to = move.to.table[0];
    KnownMove known;
    known.move = move;
    if (ahead.find(from) == std::string::npos) known.table = number(from);
    known.is_unread = known.table && unread.find(from) != std::string::npos;
    const auto copy = copies.find(from);
    if (!known.table && copy != copies.end()) known.copy_of = number(copy->second);
    known.selects_to = unselected.find(to) == std::string::npos;
    known.present = number(to);
    known.present_is_ahead = known.present && ahead.find(to) != std::string::npos;
    return known;
  }

  std::string plan(const std::string& text) const {
    std::vector<KnownMove> known;
    for (const TableMove& move : net_moves(moves_of(text), SourceNames(fold_case)))
      known.push_back(know(move));
    std::string actions;
    for (const MoveAction action : plan_moves(known, SourceNames(fold_case)))
      actions += (actions.empty() ? "" : " ") + letters(action);
    return actions;
  }
};

TEST(RenamePlan, ATableFollowsItsName) {
  EXPECT_EQ(Task{"a"}.plan("a>b"), "rename");
  EXPECT_EQ(Task{"ab"}.plan("a>x b>y"), "rename rename");
}

TEST(RenamePlan, ATableLeavesTheSelection) {
  const Task task{"a", {}, {}, {}, "x"};
  EXPECT_EQ(task.plan("a>x"), "leave");
}

TEST(RenamePlan, SwapsAndChainsAreFollowed) {
  EXPECT_EQ(Task{"ab"}.plan("a>x b>a x>b"), "rename rename");
  EXPECT_EQ(Task{"ab"}.plan("a>c b>a"), "rename rename");
  EXPECT_EQ(Task{"abc"}.plan("a>x b>a c>b x>c"), "rename rename rename");
  EXPECT_EQ(Task{"a"}.plan("a>x x>a"), "") << "nothing has come of it";
}

TEST(RenamePlan, ATableThatIsNoneOfTheTasksArrives) {
  EXPECT_EQ(Task{"a"}.plan("x>b"), "arrive");
  EXPECT_EQ(Task{""}.plan("x>y"), "arrive");
}

/// RENAME TABLE t TO t_old, t_new TO t, with t_old not selected: t's mapping belongs to t_new.
TEST(RenamePlan, AnotherTableTakesThePlaceOfOneThatLeaves) {
  const Task task{"a", {}, {}, {}, "o"};
  EXPECT_EQ(task.plan("a>o n>a"), "replace arrive");
  EXPECT_EQ(task.plan("n>x a>o x>a"), "arrive replace");
}

/// With t_old selected, both follow their names.
TEST(RenamePlan, ATableThatStaysSelectedGivesItsPlaceFree) {
  EXPECT_EQ(Task{"a"}.plan("a>o n>a"), "rename arrive");
}

TEST(RenamePlan, TheOwnCopyTakesThePlaceWhereverTheTableGoes) {
  const Task task{"ab", {}, {}, {{'c', 'a'}}};
  EXPECT_EQ(task.plan("a>o c>a"), "replace arrive");
  EXPECT_EQ(task.plan("b>o c>b"), "rename arrive") << "the copy is of another table";
}

TEST(RenamePlan, AReplacedTableDoesNotMakeRoomForOthers) {
  const Task task{"ab", {}, {}, {{'c', 'a'}}};
  EXPECT_EQ(task.plan("a>o c>a b>x"), "replace arrive rename");
}

TEST(RenamePlan, ANameThatAnotherTableKeepsIsDoubted) {
  EXPECT_EQ(Task{"ab"}.plan("a>b"), "doubt");
  EXPECT_EQ(Task{"abc"}.plan("a>b b>c"), "doubt") << "net, a goes to c, which stays";
  EXPECT_EQ(Task{"abc"}.plan("b>c a>b"), "doubt doubt") << "one that stays is in the way of the next";
  EXPECT_EQ(Task{"ab"}.plan("a>b b>x"), "rename") << "net, only a is renamed";
}

TEST(RenamePlan, ANameThatIsFreedIsNotDoubted) { EXPECT_EQ(Task{"ab"}.plan("b>x a>b"), "rename rename"); }

/// A reload reads what has the name later on: the table is among that one's rows.
TEST(RenamePlan, ATableWhoseNewNameIsReadAheadLeaves) {
  const Task task{"ab", "b"};
  EXPECT_EQ(task.plan("a>b"), "leave");
}

TEST(RenamePlan, ATableThatOnlyPassesThroughANameIsForgotten) {
  const Task task{"ab", "b", "a"};
  EXPECT_EQ(task.plan("a>b"), "forget");
}

TEST(RenamePlan, ATableThatIsReadAheadIsNotMoved) {
  const Task task{"a", "a"};
  EXPECT_EQ(task.plan("a>b"), "arrive");
}

TEST(RenamePlan, CaseIsFoldedWhereTheSourceDoes) {
  Task task{"a", {}, {}, {}, "o"};
  EXPECT_EQ(task.plan("a>o n>A"), "leave arrive");
  task.fold_case = true;
  EXPECT_EQ(task.plan("a>o n>A"), "replace arrive");
}

std::string certain(const std::string& pairs, const std::string& known, bool fold_case = false) {
  std::string text;
  const auto knows = [&](const TableMove& move) { return known.find(move.from.table) != std::string::npos; };
  for (const TableMove& move : certain_moves(moves_of(pairs), SourceNames(fold_case), knows))
    text += (text.empty() ? "" : " ") + move.from.table + ">" + move.to.table;
  return text;
}

TEST(CertainMoves, OneMoveIsTaken) { EXPECT_EQ(certain("x>y", ""), "x>y"); }

TEST(CertainMoves, OfSeveralOnlyThoseOfKnownTables) {
  EXPECT_EQ(certain("a>b x>y", "a"), "a>b");
  EXPECT_EQ(certain("a>b c>d", "ac"), "a>b c>d");
}

TEST(CertainMoves, FollowNamesFromMoveToMove) {
  EXPECT_EQ(certain("a>b b>c", "a"), "a>b b>c") << "b is there now";
  EXPECT_EQ(certain("a>b a>c", "a"), "a>b") << "a is gone";
  EXPECT_EQ(certain("x>a a>b", "a"), "a>b") << "it is open whether x came to a";
  EXPECT_EQ(certain("a>b A>c", "aA", true), "a>b");
}

TargetMove target(uint32_t number, const std::string& now, const std::string& wanted) {
  return {number, {"s", now}, {"s", wanted}};
}

/// The names that targets get; `users`: others' targets and their tables.
std::string settled(const std::vector<TargetMove>& moves, const std::map<std::string, uint32_t>& users = {}) {
  const auto user_of = [&](const TargetName& name) -> std::optional<uint32_t> {
    for (const TargetMove& move : moves)
      if (move.now == name) return move.number;
    const auto user = users.find(name.table);
    return user == users.end() ? std::optional<uint32_t>() : user->second;
  };
  std::string text;
  for (const TargetName& name : settle_targets(moves, user_of))
    text += (text.empty() ? "" : " ") + name.table;
  return text;
}

TEST(SettledTargets, AreThoseWanted) {
  EXPECT_EQ(settled({target(1, "a", "b")}), "b");
  EXPECT_EQ(settled({target(1, "a", "b"), target(2, "b", "a")}), "b a");
  EXPECT_EQ(settled({target(1, "a", "a")}), "a");
}

TEST(SettledTargets, StayWhereAnotherTableHasTheName) {
  EXPECT_EQ(settled({target(1, "a", "b")}, {{"b", 9}}), "a");
}

TEST(SettledTargets, OneThatStaysIsInTheWayOfOthers) {
  EXPECT_EQ(settled({target(1, "a", "x"), target(2, "b", "a")}, {{"x", 9}}), "a b");
}

TEST(SettledTargets, TheFirstOfTwoGetsAName) {
  EXPECT_EQ(settled({target(1, "a", "x"), target(2, "b", "x")}), "x b");
}

std::vector<std::string> ordered(const std::vector<TargetMove>& moves) {
  std::vector<TargetName> wanted;
  for (const TargetMove& move : moves) wanted.push_back(move.wanted);
  std::vector<std::string> steps;
  for (const TargetRename& rename : order_renames(moves, wanted))
    steps.push_back(std::to_string(rename.move) + ": " + rename.from.table + ">" + rename.to.table);
  return steps;
}

TEST(OrderedRenames, AreDoneInOneStepWhereTheNameIsFree) {
  EXPECT_THAT(ordered({target(1, "a", "b")}), ElementsAre("0: a>b"));
  EXPECT_THAT(ordered({target(1, "a", "a")}), ElementsAre());
}

TEST(OrderedRenames, GoAsideWhereAnotherOneWantsTheirName) {
  EXPECT_THAT(ordered({target(7, "a", "b"), target(8, "b", "a")}),
              ElementsAre("0: a>mysql_sync_renamed_7", "1: b>mysql_sync_renamed_8",
                          "0: mysql_sync_renamed_7>b", "1: mysql_sync_renamed_8>a"));
  EXPECT_THAT(ordered({target(7, "a", "b"), target(8, "b", "c")}),
              ElementsAre("1: b>mysql_sync_renamed_8", "0: a>b", "1: mysql_sync_renamed_8>c"));
}

/// All ways in which three of four names change hands: at the end each target has the name that was settled,
/// and none ever takes a name that another one has.
TEST(OrderedRenames, NeverCollide) {
  const std::string names = "abcd";
  for (const char first : names)
    for (const char second : names)
      for (const char third : names) {
        const std::vector<TargetMove> moves{target(1, "a", {first}), target(2, "b", {second}),
                                            target(3, "c", {third})};
        const auto user_of = [&](const TargetName& name) -> std::optional<uint32_t> {
          const size_t at = names.substr(0, 3).find(name.table);
          return at == std::string::npos ? std::optional<uint32_t>() : static_cast<uint32_t>(at + 1);
        };
        const std::vector<TargetName> wanted = settle_targets(moves, user_of);
        std::vector<std::string> at{"a", "b", "c"};
        for (const TargetRename& rename : order_renames(moves, wanted)) {
          ASSERT_EQ(at[rename.move], rename.from.table);
          ASSERT_THAT(at, testing::Not(testing::Contains(rename.to.table)));
          at[rename.move] = rename.to.table;
        }
        for (size_t i = 0; i < moves.size(); ++i) EXPECT_EQ(at[i], wanted[i].table);
      }
}

}  // namespace
}  // namespace mysql_sync
