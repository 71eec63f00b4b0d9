// What the SQL functions that control tasks check first.
#pragma once

#include "bgworker/catalog/task_config.hpp"
#include "pg/function_arguments.hpp"

namespace mysql_sync {

/// The task's name, the first argument. kPermission where the caller is no superuser: a task's worker reads
/// with stored passwords and writes where its owner may.
std::string task_argument(FunctionCallInfo call);

/// kAlreadyExists if the task runs, or is to run; "Stop it before you `to_do` it."
void check_not_running(pg::SpiSession& spi, const TaskConfig& config, const char* to_do);

}  // namespace mysql_sync
