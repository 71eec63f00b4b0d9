// Loading a single table again while its task streams, where only the source knows the table's rows.
//
//   loaded -> reload_wanted -> reloading: rows are read -> reloading: catching up -> loaded
//
// The catalog's side of it, and the source's. ChangeStream (stream_reload.cpp) puts it between the
// transactions of the binlog. See docs/architecture.md, "Reloads".
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "bgworker/source_rows.hpp"
#include "bgworker/table_mapping.hpp"
#include "bgworker/task_progress.hpp"
#include "source/start_position.hpp"

namespace mysql_sync {

/// Why this task cannot load a table again; empty where it can. It must be one whose target tables hold
/// nothing but the rows of their source table.
std::string reload_problem(const TaskConfig& config);

/// True where both have the same columns, types, defaults and key, in the same order.
bool same_table(const TableSchema& a, const TableSchema& b);

/// What asked for a reload, for mysql_sync.errors.
struct ReloadReason {
  std::string reason;  ///< "ALTER TABLE ... DROP PARTITION"
  std::string detail;  ///< the source's statement, or an error; may be empty
  std::string position, gtid;
};

/// The table waits for a reload from here on. Stores that, and says why in mysql_sync.errors. Throws
/// kUnsupported where reload_problem() says something.
void want_reload(pg::SpiSession& spi, const TaskConfig& config, MappedTable& table,
                 const ReloadReason& reason);

/// Notes that a user asked for it; the stream sees it within a second.
void ask_for_reload(pg::SpiSession& spi, const std::string& task, uint32_t number);
/// Notes that the reload whose rows are being read has to be repeated: it counts once they are.
void want_repeated(pg::SpiSession& spi, const std::string& task, uint32_t number, const std::string& reason);

struct ReloadRequest {
  uint32_t number = 0;  ///< of the table
  pg::Text repeats;     ///< the reason of one that repeats another; nothing: a user asked for it
};
/// take_ returns those that count, one for each table, and forgets them.
bool is_reload_asked_for(pg::SpiSession& spi, const std::string& task);
std::vector<ReloadRequest> take_asked_for(pg::SpiSession& spi, const std::string& task);

/// True where a table of the task waits for a reload, or has not caught up with one, or may come to one, as a
/// RENAME TABLE is in doubt.
bool has_unfinished_reload(pg::SpiSession& spi, const std::string& task);

/// How far the rows of a table are read: kept in mysql_sync.load_chunk as one chunk that grows.
struct ReloadStep {
  uint64_t rows = 0, bytes = 0, changed_by_policy = 0;
  std::string rest;  ///< the condition for the rows that are still to be read
  bool done = false;
};
void begin_reload(pg::SpiSession& spi, const std::string& task, const MappedTable& table);
std::string rest_of_reload(pg::SpiSession& spi, const std::string& task, uint32_t number);
void save_step(pg::SpiSession& spi, const std::string& task, uint32_t number, const ReloadStep& step);

/// Statistics for the planner, in a transaction of its own. A failure is noted, unless it is transient.
void analyze_target(const TaskConfig& config, const MappedTable& table);

/// Reads a table from the source. Not for several threads, one table at a time.
class TableReload {
 public:
  /// `connect` opens a connection to the source.
  TableReload(const TaskConfig& config, std::function<source::Connection()> connect)
      : config_(config), connect_(std::move(connect)) {}

  /// The table as it is on the source now, with where it goes, to be reloaded with everything that begins
  /// before `begin`, which is no earlier than `boundary`. Nothing where the source has no such table, or is
  /// changing it. `control` is another connection. Throws kUnsupported for a table that cannot be carried.
  std::optional<MappedTable> plan(source::Connection& control, const MappedTable& table,
                                  const BinlogPosition& boundary);

  /// True where the source has a table, and no view, of this name.
  static bool exists(source::Connection& control, const MappedTable& table);

  /// See source::VisibleHorizon.
  BinlogPosition visible();

  /// Gets rows as inserts. The views live until it returns.
  using TakeRows = std::function<void(const TableChanges&)>;
  /// Reads some rows of those that meet `condition` (empty: all), for a quarter of a second or 16 MiB, about.
  /// Throws StatusError, where the table has other columns by now as well.
  ReloadStep read(const MappedTable& table, const std::string& condition, const TakeRows& take);

 private:
  class Piece;
  source::Connection& reader();
  void adapt(uint64_t rows, double seconds);

  const TaskConfig& config_;
  std::function<source::Connection()> connect_;
  std::optional<source::Connection> reader_;
  source::VisibleHorizon horizon_;
  Arena arena_;
  uint32_t table_ = 0;  // that limit_ was found for
  uint64_t limit_ = 0;  // rows of the next query
};

}  // namespace mysql_sync
