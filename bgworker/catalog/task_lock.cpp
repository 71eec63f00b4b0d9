#include "bgworker/catalog/task_lock.hpp"

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

std::vector<int32_t> lock_holders(pg::SpiSession& spi, int32_t lock_class, int32_t task_id) {
  std::vector<int32_t> holders;
  const auto rows = spi.query(
      "SELECT DISTINCT pid FROM pg_catalog.pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2"
      "   AND classid::bigint = $1::bigint AND objid::bigint = $2::bigint"
      "   AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = "
      "pg_catalog.current_database())",
      keys(lock_class, task_id));
  for (const pg::TextRow& row : rows) holders.push_back(std::stoi(*row[0]));
  return holders;
}

std::optional<int32_t> running_worker(pg::SpiSession& spi, int32_t task_id) {
  const std::vector<int32_t> holders = lock_holders(spi, kWorkerLockClass, task_id);
  if (holders.empty()) return std::nullopt;
  return holders.front();
}

void lock_load_for_session(pg::SpiSession& spi, int32_t task_id) {
  spi.query("SELECT pg_advisory_lock_shared($1::integer, $2::integer)", keys(kLoadLockClass, task_id));
}

bool try_lock_chunk(pg::SpiSession& spi, int32_t task_id, uint32_t table, const std::string& chunk) {
  // Two numbers for four: of two chunks that hash alike, one is left for later.
  const auto row =
      spi.query_row("SELECT pg_try_advisory_xact_lock(hashtext('mysql_sync chunk'), hashtext($1))",
                    {std::to_string(task_id) + "/" + std::to_string(table) + "/" + chunk});
  return (*row)[0] == "t";
}

void lock_start(pg::SpiSession& spi, int32_t task_id) {
  spi.query("SELECT pg_advisory_xact_lock($1::integer, $2::integer)", keys(kStartLockClass, task_id));
}

void lock_errors(pg::SpiSession& spi, const std::string& task) {
  spi.query("SELECT pg_advisory_xact_lock(hashtext('mysql_sync errors'), hashtext($1))", {task});
}

}  // namespace mysql_sync
