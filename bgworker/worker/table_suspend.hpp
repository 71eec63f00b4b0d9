// Tables that are set aside: one that cannot be read, stored or trusted leaves the others alone. It waits,
// with its error in task_tables, for resync_table(); until then its changes are passed over, and of its DDL
// the names are followed.
#pragma once

#include "bgworker/catalog/table_lookup.hpp"
#include "bgworker/catalog/task_config.hpp"
#include "bgworker/worker/worker_runtime.hpp"

namespace mysql_sync {

/// True for errors that no retry fixes and that other tables do not share: the source cannot read the table,
/// or a limit of the target's server is in the way.
bool concerns_one_table(const pg::ErrorReport& report);

/// True if the table of `place` is to be loaded again and what depends on its target refuses that.
bool hinders_reload(pg::SpiSession& spi, const TaskConfig& config, const pg::ErrorReport& report,
                    const ErrorPlace& place);

/// Sets the table of `place` aside, and says so in mysql_sync.errors. False if the task knows no such
/// table, could not load it again, or has set it aside already.
bool suspend_table(pg::SpiSession& spi, const TaskConfig& config, const pg::ErrorReport& report,
                   const ErrorPlace& place);

/// Sets aside, or fails for, tables whose targets a crash of the server would empty. Not inside a
/// transaction.
void check_logged_targets(const TaskConfig& config);

}  // namespace mysql_sync
