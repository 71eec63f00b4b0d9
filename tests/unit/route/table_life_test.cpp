#include "core/route/table_life.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace mysql_sync {
namespace {

using State = TableState;
using Event = TableEvent;

std::string name_of(State state) { return std::string(table_state_name(state)); }

std::vector<State> all_states() {
  std::vector<State> states;
  for (int i = 0; i < kTableStates; ++i) states.push_back(static_cast<State>(i));
  return states;
}

std::vector<Event> all_events() {
  std::vector<Event> events;
  for (int i = 0; i < kTableEvents; ++i) events.push_back(static_cast<Event>(i));
  return events;
}

/// By event; what is not there is refused. Written down a second time on purpose.
const std::map<Event, std::map<State, State>>& legal() {
  static const std::map<Event, std::map<State, State>> table{
      {Event::kRowsLoaded, {{State::kWaiting, State::kLoading}, {State::kLoading, State::kLoading}}},
      {Event::kLoadEnded, {{State::kWaiting, State::kLoaded}, {State::kLoading, State::kLoaded}}},
      {Event::kReloadRequested,
       {{State::kWaiting, State::kReloadWanted},
        {State::kLoading, State::kReloadWanted},
        {State::kLoaded, State::kReloadWanted},
        {State::kReloadWanted, State::kReloadWanted},
        {State::kReloading, State::kReloadWanted},
        {State::kCatchingUp, State::kReloadWanted},
        {State::kSuspended, State::kReloadWanted},
        {State::kAway, State::kAwayOutdated},
        {State::kAwayOutdated, State::kAwayOutdated}}},
      {Event::kReloadBegan, {{State::kReloadWanted, State::kReloading}}},
      {Event::kReloadRead, {{State::kReloading, State::kCatchingUp}}},
      {Event::kCaughtUp, {{State::kCatchingUp, State::kLoaded}}},
      {Event::kFailed,
       {{State::kWaiting, State::kSuspended},
        {State::kLoading, State::kSuspended},
        {State::kLoaded, State::kSuspended},
        {State::kReloadWanted, State::kSuspended},
        {State::kReloading, State::kSuspended},
        {State::kCatchingUp, State::kSuspended},
        {State::kAway, State::kAwayOutdated},
        {State::kAwayOutdated, State::kAwayOutdated}}},
      {Event::kLeft,
       {{State::kLoaded, State::kAway},
        {State::kReloadWanted, State::kAwayOutdated},
        {State::kReloading, State::kAwayOutdated},
        {State::kCatchingUp, State::kAwayOutdated},
        {State::kSuspended, State::kAwayOutdated}}},
      {Event::kReturned, {{State::kAway, State::kLoaded}, {State::kAwayOutdated, State::kReloadWanted}}},
      {Event::kDropped,
       {{State::kWaiting, State::kDropped},
        {State::kLoading, State::kDropped},
        {State::kLoaded, State::kDropped},
        {State::kReloadWanted, State::kDropped},
        {State::kReloading, State::kDropped},
        {State::kCatchingUp, State::kDropped},
        {State::kAway, State::kDropped},
        {State::kAwayOutdated, State::kDropped},
        {State::kSuspended, State::kDropped}}}};
  return table;
}

TEST(TableState, LegalTransitionsAreMadeAndAllOthersRefused) {
  for (const Event event : all_events()) {
    const std::map<State, State>& targets = legal().at(event);
    for (const State from : all_states()) {
      const auto to = next_state(from, event);
      const auto expected = targets.find(from);
      const bool is_legal = expected != targets.end();
      EXPECT_EQ(to.ok() ? *to : from, is_legal ? expected->second : from) << name_of(from);
      EXPECT_EQ(to.ok(), is_legal) << name_of(from) << ", event " << static_cast<int>(event);
    }
  }
}

TEST(TableState, ARefusalNamesTheStateAndTheEvent) {
  EXPECT_EQ(next_state(State::kDropped, Event::kReturned).status().message(),
            "a table that is dropped cannot return");
}

TEST(TableState, NamesLeadBack) {
  std::set<std::string> names;
  for (const State state : all_states()) {
    EXPECT_EQ(*read_table_state(table_state_name(state)), state);
    names.insert(name_of(state));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(kTableStates));
  EXPECT_EQ(read_table_state("live").status().code(), ErrorCode::kInternal);
}

/// Each state can be left, but for the last one, and reached, but for the first one.
TEST(TableState, NoStateIsATrap) {
  std::set<State> left, reached;
  for (const auto& [event, targets] : legal())
    for (const auto& [from, to] : targets)
      if (from != to) left.insert(from), reached.insert(to);
  for (const State state : all_states()) {
    EXPECT_EQ(left.count(state) > 0, state != State::kDropped) << name_of(state);
    EXPECT_EQ(reached.count(state) > 0, state != State::kWaiting) << name_of(state);
  }
}

BinlogPosition at(uint64_t offset) { return {"b.1", offset}; }

TEST(TableLife, AReloadIsFollowedFromItsBeginToWhereItIsExact) {
  TableLife life;
  EXPECT_TRUE(life.is_live(at(10)));
  EXPECT_TRUE(life.is_exact(at(10)));
  ASSERT_TRUE(life.happen(Event::kReloadRequested).ok());
  EXPECT_FALSE(life.is_live(at(10)));
  EXPECT_TRUE(life.is_outdated());
  ASSERT_TRUE(life.begin_reload(at(50)).ok());
  EXPECT_FALSE(life.is_live(at(49)));
  EXPECT_TRUE(life.is_ahead(at(49)));
  EXPECT_TRUE(life.is_live(at(50)));
  EXPECT_FALSE(life.is_ahead(at(50)));
  EXPECT_FALSE(life.is_exact(at(1000)));
  ASSERT_TRUE(life.end_reload(at(90)).ok());
  EXPECT_TRUE(life.is_live(at(89)));
  EXPECT_FALSE(life.is_exact(at(89)));
  EXPECT_TRUE(life.is_exact(at(90)));
  ASSERT_TRUE(life.happen(Event::kCaughtUp).ok());
  EXPECT_TRUE(life.begin().empty());
  EXPECT_TRUE(life.consistent().empty());
  EXPECT_FALSE(life.has_reload());
}

/// Statements before the first begin are in the columns known, whatever comes after it.
TEST(TableLife, AReloadThatBeginsAnewKeepsWhereItsColumnsAreFrom) {
  TableLife life(State::kReloading, at(50));
  ASSERT_TRUE(life.happen(Event::kReloadRequested).ok());
  EXPECT_EQ(life.begin(), at(50));
  ASSERT_TRUE(life.begin_reload(at(70)).ok());
  EXPECT_EQ(life.begin(), at(70));
}

TEST(TableLife, ATableThatLeavesInTheMidstOfAReloadIsReadAgainWhenItIsBack) {
  TableLife life(State::kCatchingUp, at(50), at(90));
  ASSERT_TRUE(life.happen(Event::kLeft).ok());
  EXPECT_TRUE(life.is_away());
  EXPECT_FALSE(life.is_live(at(95)));
  EXPECT_FALSE(life.is_exact(at(95)));
  ASSERT_TRUE(life.happen(Event::kReturned).ok());
  EXPECT_TRUE(life.is(State::kReloadWanted));
}

TEST(TableLife, ATableThatWasLoadedWhenItLeftIsSoWhenItIsBack) {
  TableLife life;
  ASSERT_TRUE(life.happen(Event::kLeft).ok());
  EXPECT_FALSE(life.is_live(at(10)));
  EXPECT_FALSE(life.is_outdated());
  ASSERT_TRUE(life.happen(Event::kReturned).ok());
  EXPECT_TRUE(life.is_live(at(10)));
}

TEST(TableLife, WhatIsRefusedChangesNothing) {
  TableLife life(State::kCatchingUp, at(50), at(90));
  EXPECT_FALSE(life.begin_reload(at(70)).ok());
  EXPECT_FALSE(life.end_reload(at(70)).ok());
  EXPECT_FALSE(life.happen(Event::kReturned).ok());
  EXPECT_TRUE(life.is(State::kCatchingUp));
  EXPECT_EQ(life.begin(), at(50));
  EXPECT_EQ(life.consistent(), at(90));
}

TEST(TableLife, OnlyWhatFollowsTheBinlogIsLive) {
  for (const State state : all_states()) {
    const bool follows = state == State::kLoaded || state == State::kReloading || state == State::kCatchingUp;
    EXPECT_EQ(TableLife(state).is_live(at(10)), follows) << name_of(state);
  }
}

}  // namespace
}  // namespace mysql_sync
