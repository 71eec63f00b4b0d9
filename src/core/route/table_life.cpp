#include "core/route/table_life.hpp"

#include <array>
#include <utility>

namespace mysql_sync {

namespace {

using State = TableState;
using Event = TableEvent;

constexpr std::array<std::string_view, kTableStates> kStateNames = {
    "waiting",     "loading", "loaded",        "reload_wanted", "reloading",
    "catching_up", "away",    "away_outdated", "suspended",     "dropped"};
constexpr std::array<std::string_view, kTableEvents> kEventNames = {
    "have rows loaded", "end its load", "be loaded again", "begin its reload", "end its reload",
    "catch up",         "fail",         "leave",           "return",           "be dropped"};

struct Transition {
  State from;
  Event event;
  State to;
};

constexpr Transition kTransitions[] = {
    {State::kWaiting, Event::kRowsLoaded, State::kLoading},
    {State::kWaiting, Event::kLoadEnded, State::kLoaded},
    {State::kWaiting, Event::kReloadRequested, State::kReloadWanted},
    {State::kWaiting, Event::kFailed, State::kSuspended},
    {State::kWaiting, Event::kDropped, State::kDropped},

    {State::kLoading, Event::kRowsLoaded, State::kLoading},
    {State::kLoading, Event::kLoadEnded, State::kLoaded},
    {State::kLoading, Event::kReloadRequested, State::kReloadWanted},
    {State::kLoading, Event::kFailed, State::kSuspended},
    {State::kLoading, Event::kDropped, State::kDropped},

    {State::kLoaded, Event::kReloadRequested, State::kReloadWanted},
    {State::kLoaded, Event::kFailed, State::kSuspended},
    {State::kLoaded, Event::kLeft, State::kAway},
    {State::kLoaded, Event::kDropped, State::kDropped},

    {State::kReloadWanted, Event::kReloadRequested, State::kReloadWanted},
    {State::kReloadWanted, Event::kReloadBegan, State::kReloading},
    {State::kReloadWanted, Event::kFailed, State::kSuspended},
    {State::kReloadWanted, Event::kLeft, State::kAwayOutdated},
    {State::kReloadWanted, Event::kDropped, State::kDropped},

    {State::kReloading, Event::kReloadRequested, State::kReloadWanted},
    {State::kReloading, Event::kReloadRead, State::kCatchingUp},
    {State::kReloading, Event::kFailed, State::kSuspended},
    {State::kReloading, Event::kLeft, State::kAwayOutdated},
    {State::kReloading, Event::kDropped, State::kDropped},

    {State::kCatchingUp, Event::kReloadRequested, State::kReloadWanted},
    {State::kCatchingUp, Event::kCaughtUp, State::kLoaded},
    {State::kCatchingUp, Event::kFailed, State::kSuspended},
    {State::kCatchingUp, Event::kLeft, State::kAwayOutdated},
    {State::kCatchingUp, Event::kDropped, State::kDropped},

    {State::kAway, Event::kReloadRequested, State::kAwayOutdated},
    {State::kAway, Event::kFailed, State::kAwayOutdated},
    {State::kAway, Event::kReturned, State::kLoaded},
    {State::kAway, Event::kDropped, State::kDropped},

    {State::kAwayOutdated, Event::kReloadRequested, State::kAwayOutdated},
    {State::kAwayOutdated, Event::kFailed, State::kAwayOutdated},
    {State::kAwayOutdated, Event::kReturned, State::kReloadWanted},
    {State::kAwayOutdated, Event::kDropped, State::kDropped},

    {State::kSuspended, Event::kReloadRequested, State::kReloadWanted},
    {State::kSuspended, Event::kLeft, State::kAwayOutdated},
    {State::kSuspended, Event::kDropped, State::kDropped},
};

}  // namespace

std::string_view table_state_name(TableState state) { return kStateNames[static_cast<size_t>(state)]; }

Result<TableState> read_table_state(std::string_view name) {
  for (size_t i = 0; i < kStateNames.size(); ++i)
    if (kStateNames[i] == name) return static_cast<TableState>(i);
  return Status(ErrorCode::kInternal, "unknown state of a table: " + std::string(name));
}

Result<TableState> next_state(TableState state, TableEvent event) {
  for (const Transition& transition : kTransitions)
    if (transition.from == state && transition.event == event) return transition.to;
  return Status(ErrorCode::kInternal, "a table that is " + std::string(table_state_name(state)) + " cannot " +
                                          std::string(kEventNames[static_cast<size_t>(event)]));
}

TableLife::TableLife(TableState state, BinlogPosition begin, BinlogPosition consistent)
    : state_(state), begin_(std::move(begin)), consistent_(std::move(consistent)) {}

Status TableLife::happen(TableEvent event) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(state_, next_state(state_, event));
  consistent_ = {};
  if (event == Event::kCaughtUp) begin_ = {};
  return {};
}

Status TableLife::begin_reload(BinlogPosition begin) {
  MYSQL_SYNC_RETURN_IF_ERROR(happen(Event::kReloadBegan));
  begin_ = std::move(begin);
  return {};
}

Status TableLife::end_reload(BinlogPosition consistent) {
  MYSQL_SYNC_RETURN_IF_ERROR(happen(Event::kReloadRead));
  consistent_ = std::move(consistent);
  return {};
}

bool TableLife::is_live(const BinlogPosition& position) const {
  const bool follows = is(State::kLoaded) || is(State::kReloading) || is(State::kCatchingUp);
  return follows && begin_ <= position;
}

bool TableLife::is_exact(const BinlogPosition& position) const {
  if (is(State::kCatchingUp)) return consistent_ <= position;
  return is(State::kLoaded) || is(State::kAway) || is(State::kDropped);
}

bool TableLife::is_ahead(const BinlogPosition& position) const {
  return (is(State::kReloading) || is(State::kCatchingUp)) && position < begin_;
}

bool TableLife::is_outdated() const {
  return is(State::kReloadWanted) || is(State::kAwayOutdated) || is(State::kSuspended);
}

bool TableLife::has_reload() const {
  return is(State::kReloadWanted) || is(State::kReloading) || is(State::kCatchingUp) ||
         is(State::kAwayOutdated);
}

}  // namespace mysql_sync
