// The precheck of foreign keys whose cascades the source does not log: what carrying them needs.
#pragma once

#include <vector>

#include "bgworker/catalog/task_config.hpp"
#include "bgworker/precheck/precheck_items.hpp"
#include "core/types/table_schema.hpp"
#include "source/connection.hpp"

namespace mysql_sync {

/// `schemas`: of the tables that the task selects.
std::vector<PrecheckItem> check_cascades(const TaskConfig& config, source::Connection& source,
                                         const std::vector<TableSchema>& schemas);

}  // namespace mysql_sync
