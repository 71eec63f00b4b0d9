// Several source tables, of several tasks, may go to one target table.
#pragma once

#include <optional>

#include "apply/target_ddl.hpp"
#include "bgworker/catalog/task_config.hpp"

namespace mysql_sync {

/// The source tables that go to the same target as table `number` of `task`, that one and dropped ones left
/// out. Needs a transaction.
std::vector<apply::SourceColumns> sharing_tables(const std::string& task, uint32_t number,
                                                 const apply::TargetTable& target);

/// The columns of a target that this task has filled itself and kept: as its table was dropped, or as the
/// task was reset. It may be emptied. Nothing if others may have put rows there, or where the task keeps
/// rows that the source deletes. Needs a transaction.
std::optional<apply::SourceColumns> own_remains(const TaskConfig& config, const apply::TargetTable& target);

}  // namespace mysql_sync
