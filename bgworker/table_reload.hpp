// Loading a single table again while its task streams: where the binlog cannot tell the table's rows.
//
//   loaded -> reload_wanted -> reloading -> loaded
//
// See docs/architecture.md, "Reloads".
#pragma once

#include <string>

#include "bgworker/table_mapping.hpp"
#include "bgworker/task_progress.hpp"

namespace mysql_sync {

/// Why this task cannot load a table again; empty where it can. It must be one whose target tables hold
/// nothing but the rows of their source table.
std::string reload_problem(const TaskConfig& config);

/// What asked for a reload, for mysql_sync.errors.
struct ReloadReason {
  std::string reason;     ///< "ALTER TABLE ... DROP PARTITION"
  std::string statement;  ///< of the source; empty where there is none
  std::string position, gtid;
};

/// The table waits for a reload from here on. Stores that, and says why in mysql_sync.errors. Throws
/// kUnsupported where reload_problem() says something.
void want_reload(pg::SpiSession& spi, const TaskConfig& config, MappedTable& table,
                 const ReloadReason& reason);

}  // namespace mysql_sync
