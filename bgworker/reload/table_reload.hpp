// Loading a single table again while its task streams, where only the source knows the table's rows.
//
// The source's side of it: what the table is now, and its rows, piece by piece. reload_requests.hpp is the
// catalog's. ReloadRunner puts it between the transactions of the binlog. See
// docs/architecture.md, "Reloads".
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/catalog/table_mapping.hpp"
#include "bgworker/catalog/task_progress.hpp"
#include "bgworker/source/source_rows.hpp"
#include "source/start_position.hpp"

namespace mysql_sync {

/// True if both have the same columns, types, defaults and key, in the same order.
bool same_table(const TableSchema& a, const TableSchema& b);

/// Statistics for the planner, in a transaction of its own. A failure is noted, unless it is transient.
void analyze_target(const TaskConfig& config, const MappedTable& table);

/// Reads a table from the source. Not for several threads, one table at a time.
class TableReload {
 public:
  /// `connect` opens a connection to the source.
  TableReload(const TaskConfig& config, std::function<source::Connection()> connect)
      : config_(config), connect_(std::move(connect)) {}

  /// The table as it is on the source now, with where it goes, to be reloaded with everything that begins
  /// before `begin`, which is no earlier than `boundary`. Nothing if the source has no such table, or is
  /// changing it. `control` is another connection. Throws kUnsupported for a table that cannot be carried.
  std::optional<MappedTable> plan(source::Connection& control, const MappedTable& table,
                                  const BinlogPosition& boundary);

  /// True if the source has a table, and no view, of this name.
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
