// The life of a table in a task, from the first look at it until the source drops it: one state, which is
// stored with the mapping and shown by mysql_sync.task_tables, and the positions that belong to it.
//
//                        new on the source, and empty
//                                    |
//   waiting --> loading --------> loaded <------------------ catching_up
//      |           |              |    ^                          ^
//      |           |              |    |                          |
//      +-----------+--------------+    +-- (cut-over) -- away     |
//      |                          |                               |
//      v                          v                               |
//   reload_wanted <---------------+                               |
//      |    ^                                                     |
//      |    +-- something changed, or was asked for, meanwhile    |
//      v                                                          |
//   reloading ----------------------------------------------------+
//
//   suspended       from any state but away: an error concerns this table alone; resync_table() leads to
//                   reload_wanted
//   away            from loaded: the table has another name on the source, or none for the time being
//   away_outdated   from the other states likewise: its target is not what the source has; back leads to
//                   reload_wanted
//   dropped         from any state, for good
//
// Examples:
//
// - A table of the start: waiting; loading, once a load worker has committed some of its rows; loaded, with
//   the last ones. The stream begins behind the load and is idempotent up to the task's own position.
// - An ALTER TABLE that only the source can carry: loaded, reload_wanted. Row events are passed over. At the
//   next boundary the source's columns and the end of its binlog, `begin`, are read: reloading. Events before
//   `begin` are passed over, as what is read has them; those behind it are applied idempotently, as some of
//   it may have them. With the last row the end of the binlog is noted, `consistent`: catching_up. Where the
//   stream gets there: loaded.
// - A second such statement while rows are read: reloading, reload_wanted, and from there as above.
// - RENAME TABLE t TO elsewhere, and back: loaded, away, loaded, reload_wanted, as nobody followed its
// changes.
// - pt-online-schema-change that drops the table first: loaded, away, and loaded where the copy takes its
//   place.
// - A view on the target keeps a column from being changed: reload_wanted, suspended; resync_table():
//   reload_wanted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/status.hpp"
#include "core/binlog/position.hpp"

namespace mysql_sync {

enum class TableState : uint8_t {
  kWaiting,       ///< for its first rows; a load worker will read them
  kLoading,       ///< load workers read its rows
  kLoaded,        ///< its target has its rows, and follows the binlog
  kReloadWanted,  ///< its target is out of date; a reload begins at one of the next boundaries
  kReloading,     ///< its rows are read, beside the stream
  kCatchingUp,    ///< all rows are read, and some may be ahead of the stream
  kAway,          ///< not on the source under its name; its target has the rows that it had then
  kAwayOutdated,  ///< likewise, but its target is out of date
  kSuspended,     ///< set aside with an error; it waits for resync_table()
  kDropped        ///< gone from the source, and no longer one of the task's
};
constexpr int kTableStates = 10;

enum class TableEvent : uint8_t {
  kRowsLoaded,       ///< of the initial load: some of its rows
  kLoadEnded,        ///< of the initial load: the last ones
  kReloadRequested,  ///< only the source knows its rows
  kReloadBegan,      ///< its columns were read, and its target is fit for them
  kReloadRead,       ///< the last row
  kCaughtUp,         ///< the stream has reached what was read
  kFailed,           ///< an error concerns this table alone
  kLeft,             ///< another name on the source, or none for the time being
  kReturned,         ///< it has its name again
  kDropped           ///< on the source
};
constexpr int kTableEvents = 10;

/// As they are stored: "reload_wanted".
std::string_view table_state_name(TableState state);
/// kInternal for other names.
Result<TableState> read_table_state(std::string_view name);

/// What an event makes of a state. kInternal if it cannot happen in that state: somebody has lost track.
Result<TableState> next_state(TableState state, TableEvent event);

/// The state with its positions.
class TableLife {
 public:
  explicit TableLife(TableState state = TableState::kLoaded, BinlogPosition begin = {},
                     BinlogPosition consistent = {});

  /// Events that bring no position. kInternal, and nothing changes, where one cannot happen now.
  Status happen(TableEvent event);
  /// kReloadBegan: changes that begin before `begin` are in what is read.
  Status begin_reload(BinlogPosition begin);
  /// kReloadRead: `consistent` is the end of the binlog after the last row was read.
  Status end_reload(BinlogPosition consistent);

  TableState state() const { return state_; }
  /// Of the last reload that has begun and not caught up: changes that begin before it are in what was read,
  /// and statements before it are in the columns known. Else empty.
  const BinlogPosition& begin() const { return begin_; }
  /// Up to here changes are idempotent. Empty but in kCatchingUp.
  const BinlogPosition& consistent() const { return consistent_; }

  /// True if changes that begin at `position` go to the target, and DDL there concerns the columns known.
  bool is_live(const BinlogPosition& position) const;
  /// True if the target has nothing that is ahead of changes that begin at `position`.
  bool is_exact(const BinlogPosition& position) const;
  /// True if a reload reads what the table is later than at `position`: statements there are in what it
  /// reads, whoever has the table's name there.
  bool is_ahead(const BinlogPosition& position) const;
  /// True if the target is out of date until a reload begins.
  bool is_outdated() const;
  /// True from the moment a reload is wanted until it has caught up, also where the table cannot be read now.
  bool has_reload() const;
  bool is_away() const { return state_ == TableState::kAway || state_ == TableState::kAwayOutdated; }
  bool is(TableState state) const { return state_ == state; }

 private:
  TableState state_;
  BinlogPosition begin_, consistent_;
};

}  // namespace mysql_sync
