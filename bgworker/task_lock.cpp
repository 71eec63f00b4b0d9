#include "bgworker/task_lock.hpp"

namespace mysql_sync {

namespace {

std::vector<pg::Text> keys(int32_t lock_class, int32_t task_id) {
  return {std::to_string(lock_class), std::to_string(task_id)};
}

}  // namespace

bool lock_task_for_session(pg::SpiSession& spi, int32_t task_id) {
  const auto row =
      spi.query_row("SELECT pg_try_advisory_lock($1::integer, $2::integer)", keys(kWorkerLockClass, task_id));
  return *(*row)[0] == "t";
}

std::optional<int32_t> running_worker(pg::SpiSession& spi, int32_t task_id) {
  const auto row = spi.query_row(
      "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2"
      "   AND classid::bigint = $1::bigint AND objid::bigint = $2::bigint"
      "   AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1",
      keys(kWorkerLockClass, task_id));
  if (!row) return std::nullopt;
  return std::stoi(*(*row)[0]);
}

void lock_start(pg::SpiSession& spi, int32_t task_id) {
  spi.query("SELECT pg_advisory_xact_lock($1::integer, $2::integer)", keys(kStartLockClass, task_id));
}

}  // namespace mysql_sync
