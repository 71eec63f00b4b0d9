// How far a task is, in the catalog: position, state, counters, errors. Every function works inside the
// caller's transaction, so that the position commits with the rows it stands for.
#pragma once

#include <optional>
#include <string>

#include "core/binlog/gtid.hpp"
#include "core/binlog/position.hpp"
#include "pg/spi.hpp"

namespace mysql_sync {

/// What to do where changes of the source are lost.
inline constexpr const char* kLoadAllAgain =
    "Call mysql_sync.reset_task(), then start_task(): all tables are loaded again.";

/// States of a task, as the view tasks shows them.
namespace task_state {
inline constexpr const char* kNotStarted = "not_started";
inline constexpr const char* kPrechecking = "prechecking";
inline constexpr const char* kPrecheckFailed = "precheck_failed";
inline constexpr const char* kInitializing = "initializing";
inline constexpr const char* kSynchronizing = "synchronizing";
inline constexpr const char* kPaused = "paused";
inline constexpr const char* kFailed = "failed";
}  // namespace task_state

struct TaskProgress {
  bool wanted_running = false;
  std::string state;
  std::string source_identity;  ///< empty until the position was noted
  BinlogPosition applied;       ///< empty until then
  BinlogPosition consistent;    ///< empty until the load is done
  BinlogPosition judged;        ///< see note_judged()
  GtidSet gtids;
  uint32_t file_created = 0;  ///< header timestamp of the applied file's format event; 0 unknown

  /// The state of a task that runs from here on, whether or not its source can be reached.
  const char* running_state() const;
};

/// Makes the row of a task where there is none: a new task, or one restored by pg_dump.
void ensure_progress(pg::SpiSession& spi, const std::string& task);

TaskProgress read_progress(pg::SpiSession& spi, const std::string& task);

void set_state(pg::SpiSession& spi, const std::string& task, const std::string& state);

/// What the user wants: the worker goes on only while it is true.
void set_wanted(pg::SpiSession& spi, const std::string& task, bool running);

/// Forgets the position and what belongs to it, as if the task had never been started. Counters stay.
void reset_progress(pg::SpiSession& spi, const std::string& task);

/// Notes where streaming will begin, and on which server, before the load reads its first row.
void note_start(pg::SpiSession& spi, const std::string& task, const std::string& source_identity,
                const BinlogPosition& position, const std::string& gtid_set);

/// Notes the end of the source's binlog after the load.
void note_consistent(pg::SpiSession& spi, const std::string& task, const BinlogPosition& position);
/// Logged statements were judged by the catalog that the source had at this end of its binlog.
void note_judged(pg::SpiSession& spi, const std::string& task, const BinlogPosition& position);

/// What a commit of the stream adds.
struct CommitNote {
  BinlogPosition applied;
  std::string gtid_set;
  uint64_t inserted = 0, updated = 0, deleted = 0, ddl = 0;
  double rows_per_second = 0;
  int64_t current_at_us = 0;  ///< microseconds since 1970: the target is the source as it was then
  bool caught_up = false;
  BinlogPosition source_end;  ///< as last seen
  BinlogPosition consistent;  ///< end of the idempotent phase
  uint32_t file_created = 0;  ///< of the applied position's file; 0 unknown
};
/// Writes commit notes; it runs in every target transaction, so its statement is planned once. kCancelled
/// where the task is no longer wanted: a worker that missed its end must not go on.
class CommitNotes {
 public:
  CommitNotes();
  void write(pg::SpiSession& spi, const std::string& task, const CommitNote& note);

 private:
  pg::SavedStatement statement_;
};

/// Counts a try after a transient error, and shows the error.
void note_retry(pg::SpiSession& spi, const std::string& task, const std::string& error);
/// Shows an error without counting a try.
void note_error(pg::SpiSession& spi, const std::string& task, const std::string& error);
/// After the source was reached again.
void clear_error(pg::SpiSession& spi, const std::string& task);

/// An entry of mysql_sync.errors.
struct ErrorEntry {
  std::string source_table, position, gtid, sqlstate, message, detail, remedy, context;
};
/// Appends an entry; the newest thousand of a task are kept.
void log_error(pg::SpiSession& spi, const std::string& task, const ErrorEntry& entry);
/// What load workers have met since then; first what stops the task.
std::optional<ErrorEntry> find_load_error(pg::SpiSession& spi, const std::string& task,
                                          const std::string& since);

/// Counts `entry` at one that says the same of the same table, if there is one of the last minutes: an outage
/// of days is one entry, not thousands. False if there is none.
bool count_again(pg::SpiSession& spi, const std::string& task, const ErrorEntry& entry);

}  // namespace mysql_sync
