#include "bgworker/control/control_arguments.hpp"

#include "bgworker/catalog/task_lock.hpp"
#include "bgworker/catalog/task_progress.hpp"

namespace mysql_sync {

std::string task_argument(FunctionCallInfo call) {
  if (!pg::guard([] { return superuser(); }))
    pg::fail(ErrorCode::kPermission, "must be superuser to run mysql_sync tasks");
  std::string task = pg::required_argument(call, 0, NAMEOID, "task");
  if (task.empty()) pg::fail(ErrorCode::kInvalidArgument, "the name of a task must not be empty");
  return task;
}

void check_not_running(pg::SpiSession& spi, const TaskConfig& config, const char* to_do) {
  lock_start(spi, config.id);
  if (!running_worker(spi, config.id) && !read_progress(spi, config.task).wanted_running) return;
  pg::fail(ErrorCode::kAlreadyExists, "task \"" + config.task + "\" is running", {},
           "Stop it with mysql_sync.stop_task('" + config.task + "') before you " + to_do + " it.");
}

}  // namespace mysql_sync
