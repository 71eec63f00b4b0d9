#include "bgworker/worker/worker_control.hpp"

#include <set>

#include "bgworker/catalog/task_lock.hpp"
#include "pg/compat/worker_compat.hpp"

namespace mysql_sync {

namespace {

constexpr int kPatienceMs = 30000;
constexpr long kPollMs = 20;

/// Polls until `holds`; false after the patience is over.
bool wait_until(const std::function<bool()>& holds) {
  for (long waited = 0; waited < kPatienceMs; waited += kPollMs) {
    if (holds()) return true;
    pg::guard([] { compat::wait_for_latch(kPollMs); });
  }
  return holds();
}

/// Also those that come up meanwhile: the launcher may not see yet that the task is to stop.
void terminate_holders(pg::SpiSession& spi, int32_t lock_class, int32_t task_id) {
  std::vector<int32_t> holders;
  std::set<int32_t> told;
  const auto none_left = [&] {
    holders = lock_holders(spi, lock_class, task_id);
    for (const int32_t pid : holders)
      if (told.insert(pid).second)
        spi.query("SELECT pg_terminate_backend($1::integer)", {std::to_string(pid)});
    return holders.empty();
  };
  if (wait_until(none_left)) return;
  pg::fail(ErrorCode::kInternal, "a worker of the task did not stop",
           "Its process is " + std::to_string(holders.front()) + ".");
}

}  // namespace

bool start_task_worker(int32_t task_id) {
  return pg::guard([&] {
    compat::WorkerArgument argument;
    argument.database = MyDatabaseId;
    argument.task_id = task_id;
    // The launcher brings back what was lost. The server itself would also bring back what was stopped, and
    // go on trying in a database that was dropped.
    return compat::start_dynamic_worker("mysql_sync task", "mysql_sync_task_main", argument, nullptr);
  });
}

void wait_until_running(pg::SpiSession& spi, int32_t task_id) {
  if (wait_until([&] { return running_worker(spi, task_id).has_value(); })) return;
  pg::fail(ErrorCode::kInternal, "the worker of the task did not come up", {}, "The server's log says why.");
}

void terminate_workers(pg::SpiSession& spi, int32_t task_id) {
  terminate_holders(spi, kWorkerLockClass, task_id);
  terminate_load_workers(spi, task_id);
}

void terminate_load_workers(pg::SpiSession& spi, int32_t task_id) {
  terminate_holders(spi, kLoadLockClass, task_id);
}

}  // namespace mysql_sync
