// The advisory lock that a task's worker holds for as long as it lives. It keeps a second worker out, and it
// is what the view tasks calls "running": a stored word could outlive the worker.
#pragma once

#include <cstdint>
#include <optional>

#include "pg/spi.hpp"

namespace mysql_sync {

/// First key of the advisory locks of workers; the view tasks looks for it.
constexpr int32_t kWorkerLockClass = 1836410723;
/// First key of the lock that start_task holds until its transaction ends, so that the worker waits for it.
constexpr int32_t kStartLockClass = 1836410724;

/// First key of the lock that load workers share, so that they can be found.
constexpr int32_t kLoadLockClass = 1836410725;

/// Takes the worker's lock for the rest of the process. False if another worker has it.
bool lock_task_for_session(pg::SpiSession& spi, int32_t task_id);

/// Process of the worker that holds the task's lock, if any.
std::optional<int32_t> running_worker(pg::SpiSession& spi, int32_t task_id);

/// Takes the load workers' shared lock for the rest of the process.
void lock_load_for_session(pg::SpiSession& spi, int32_t task_id);

/// Keeps every other load worker off a chunk until the end of the transaction. False if one has it.
bool try_lock_chunk(pg::SpiSession& spi, int32_t task_id, uint32_t table, const std::string& chunk);

/// Processes that hold a lock of one of the classes above for the task.
std::vector<int32_t> lock_holders(pg::SpiSession& spi, int32_t lock_class, int32_t task_id);

/// Waits until no start_task of this task is in an open transaction (worker), or announces one (start_task).
/// Held until the end of the transaction.
void lock_start(pg::SpiSession& spi, int32_t task_id);

/// Keeps the task's other workers from noting an error until the end of the transaction: of two that fail at
/// once, the second is to find what the first one noted.
void lock_errors(pg::SpiSession& spi, const std::string& task);

}  // namespace mysql_sync
