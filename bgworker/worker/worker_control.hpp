// Starting and stopping the worker of a task, from a session or the launcher.
#pragma once

#include "bgworker/catalog/task_config.hpp"

namespace mysql_sync {

/// Starts the worker of a task in this database. False: no slot is free.
bool start_task_worker(int32_t task_id);

/// Waits until the worker that was just started holds its lock. Throws StatusError when it does not come up.
void wait_until_running(pg::SpiSession& spi, int32_t task_id);

/// Ends the task's worker and its load workers, where there are any, and waits until they are gone. Throws
/// StatusError when they do not go.
void terminate_workers(pg::SpiSession& spi, int32_t task_id);

/// The same for the load workers alone: those that a task worker, killed or stopped, left behind.
void terminate_load_workers(pg::SpiSession& spi, int32_t task_id);

}  // namespace mysql_sync
