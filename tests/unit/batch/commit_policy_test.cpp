#include "core/batch/commit_policy.hpp"

#include <gtest/gtest.h>

namespace mysql_sync {
namespace {

using std::chrono::milliseconds;

constexpr CommitPolicy::Work kNothing{false, false}, kMoved{false, true}, kChanges{true, true};

class CommitPolicyTest : public testing::Test {
 protected:
  static CommitPolicy::Time at(int ms) {
    return CommitPolicy::Time() + std::chrono::hours(1) + milliseconds(ms);
  }
  /// Where the stream begins is stored.
  void begin() { policy.note_commit(at(0)); }

  CommitPolicy policy;
};

TEST_F(CommitPolicyTest, NothingIsCommittedBeforeTheBeginningIsStored) {
  policy.note_change(at(0));
  EXPECT_FALSE(policy.is_due(kChanges, at(10000)));
  EXPECT_FALSE(policy.is_due_when_quiet(kChanges, at(10000)));
  EXPECT_EQ(policy.commits(), 0u);
}

TEST_F(CommitPolicyTest, WhereTheSourcePausesChangesAreCommittedAtOnce) {
  begin();
  EXPECT_TRUE(policy.is_due_when_quiet(kChanges, at(0)));
}

TEST_F(CommitPolicyTest, WhereTheSourceGoesOnAChangeWaitsForHalfASecond) {
  begin();
  policy.note_change(at(1000));
  policy.note_change(at(1400));
  EXPECT_FALSE(policy.is_due(kNothing, at(1500)));
  EXPECT_TRUE(policy.is_due(kNothing, at(1501)));
  policy.note_commit(at(1501));
  EXPECT_FALSE(policy.is_due(kNothing, at(9000))) << "nothing waits any more";
}

TEST_F(CommitPolicyTest, APositionAloneIsStoredSeldom) {
  begin();
  EXPECT_FALSE(policy.is_due_when_quiet(kMoved, at(200)));
  EXPECT_TRUE(policy.is_due_when_quiet(kMoved, at(201)));
  EXPECT_FALSE(policy.is_due(kMoved, at(1000)));
  EXPECT_TRUE(policy.is_due(kMoved, at(1001)));
}

TEST_F(CommitPolicyTest, AnIdleStreamShowsThatItLives) {
  begin();
  EXPECT_FALSE(policy.is_due_when_quiet(kNothing, at(2000)));
  EXPECT_TRUE(policy.is_due_when_quiet(kNothing, at(2001)));
}

TEST_F(CommitPolicyTest, TheSourcesEndIsLookedAtOnceASecond) {
  EXPECT_TRUE(policy.wants_look(at(0)));
  policy.note_look(at(0));
  EXPECT_FALSE(policy.wants_look(at(1000)));
  EXPECT_TRUE(policy.wants_look(at(1001)));
}

TEST_F(CommitPolicyTest, TheRateIsThatOfTheLastSecondOrMore) {
  policy.rate(0, at(0));
  EXPECT_EQ(policy.rate(500, at(500)), 0) << "too short";
  EXPECT_EQ(policy.rate(3000, at(2000)), 1500);
  EXPECT_EQ(policy.rate(9000, at(2500)), 1500) << "as before";
  EXPECT_EQ(policy.rate(3000, at(12000)), 0);
}

}  // namespace
}  // namespace mysql_sync
