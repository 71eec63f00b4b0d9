// Everything that must hold before a task starts, looked at on source and target.
#pragma once

#include <vector>

#include "bgworker/catalog/task_config.hpp"
#include "bgworker/precheck/precheck_items.hpp"

namespace mysql_sync {

/// Runs all checks. Needs a transaction; leaves nothing behind. Problems are items, not errors; only what
/// keeps the checks themselves from running (no such server, a cancel) throws.
std::vector<PrecheckItem> run_precheck(const TaskConfig& config);

}  // namespace mysql_sync
