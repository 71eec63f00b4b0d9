// The precheck of column types: what set_table() chose, and what existing targets have.
#pragma once

#include "apply/applier.hpp"
#include "bgworker/catalog/task_config.hpp"
#include "bgworker/precheck/precheck_items.hpp"

namespace mysql_sync {

/// Failed items for settings of tables and columns that the source does not have. `schemas`: the selected
/// tables.
std::vector<PrecheckItem> check_table_settings(const TaskConfig& config,
                                               const std::vector<TableSchema>& schemas);

/// Items for columns whose values the target's type may refuse or cannot take, and for enum types that cannot
/// be made. `exists`: the target table is there, with all columns; otherwise it will be made.
std::vector<PrecheckItem> check_target_types(const TableSchema& schema, const apply::TargetTable& target,
                                             bool exists);

}  // namespace mysql_sync
