// The tables of a stream that are, or wait to be, loaded again, in the order in which they were asked for.
// Tables go by their numbers.
#pragma once

#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bgworker/reload/reload_pauses.hpp"
#include "bgworker/stream/stream_state.hpp"

namespace mysql_sync {

struct Reload {
  using Clock = std::chrono::steady_clock;
  uint32_t number = 0;                     ///< of the table
  Clock::time_point not_before;            ///< it is not tried again
  std::optional<Clock::time_point> since;  ///< it could begin, had it not to wait for its rows
  /// The source did not have the table: what brings it is in the binlog up to here, if anything does.
  std::optional<BinlogPosition> absent_until;
  bool repeats = false;  ///< it is known that what is being read has to be read once more
  /// It could not be read, as it was not there: what became of it is in the binlog up to here.
  std::optional<BinlogPosition> gone_until;
  /// The source had these columns, and what they were called before is in the binlog up to there.
  std::optional<BinlogPosition> named_until;
  std::vector<Column> named;
};

class ReloadQueue {
 public:
  explicit ReloadQueue(StreamState& state);

  bool empty() const { return reloads_.empty(); }
  /// The reload that is to go on, or to begin; nullptr: none. One that is reading comes first. Valid until a
  /// reload is over or its table dropped.
  Reload* next();
  /// The tables that have read all rows, by number.
  std::vector<uint32_t> catching_up() const;

  /// Only the source knows the table's rows from here on: what was gathered is applied, the table waits for a
  /// reload, and mysql_sync.errors says why. In the open target transaction. `statement`: of the source,
  /// where one is the reason. Throws kUnsupported if the task cannot reload a table.
  void request(MappedTable& table, const std::string& reason, const std::string& statement);
  /// A table that has to be read again and again waits longer each time.
  void put_off(const MappedTable& table);
  /// What is being read of the table will have to be read once more.
  void repeat(MappedTable& table, const std::string& reason);
  /// Of tables for which rows had to be read that the source has with other columns by now.
  void request_outdated();
  /// The rows of an event are not of the columns known: a statement was not logged (sql_log_bin = 0), or not
  /// understood. The source has the columns that it logs with, so they are read anew, once.
  void distrust_history(MappedTable& table, const Status& misfit);
  /// What resync_table() asked for, and what is to be repeated. In the open target transaction.
  void take_requests();

 private:
  Reload* find(uint32_t number);
  void add(uint32_t number);

  StreamState& state_;
  std::list<Reload> reloads_;
  ReloadPauses pauses_;
  std::unordered_map<uint32_t, TableSchema> misfits_;  // columns that row events did not fit last, by table
};

}  // namespace mysql_sync
