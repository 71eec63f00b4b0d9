// Loading ranges of tables, each in one transaction that copies the rows and marks the range done.
#pragma once

#include "bgworker/catalog/task_config.hpp"

namespace mysql_sync {

/// Loads a range that is pending in this process, for a task worker that gets no load workers. Acts as the
/// owner of the task already; not inside a transaction. An error is noted as a load worker notes it, and
/// thrown.
void load_one_chunk(const TaskConfig& config);

}  // namespace mysql_sync
