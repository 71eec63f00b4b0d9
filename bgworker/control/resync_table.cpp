// The SQL function resync_table. Documented in docs/functions.md.
#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/catalog/table_lookup.hpp"
#include "bgworker/control/control_arguments.hpp"

namespace mysql_sync {

namespace {

uint32_t find_mapped(pg::SpiSession& spi, const std::string& task, const std::string& source_table) {
  const auto stored = find_stored_table(spi, task, source_table);
  const std::string hint = "See SELECT source_table, state FROM mysql_sync.task_tables.";
  if (!stored)
    pg::fail(ErrorCode::kNotFound, "task \"" + task + "\" has no table " + source_table, {},
             "The tables of a task are known once it was started. " + hint);
  if (stored->state == TableState::kDropped)
    pg::fail(ErrorCode::kNotFound, source_table + " was dropped on the source", {}, hint);
  return stored->number;
}

/// Nothing if the table can be loaded again.
std::string problem_of(pg::SpiSession& spi, const TaskConfig& config, uint32_t number) {
  const std::string problem = reload_problem(config);
  if (!problem.empty()) return problem;
  return has_stored_key(spi, config.task, number) ? "" : "It has no primary key.";
}

void resync_table(FunctionCallInfo call) {
  const std::string task = task_argument(call);
  const std::string source_table = pg::required_argument(call, 1, TEXTOID, "source_table");
  pg::SpiSession spi;
  const TaskConfig config = load_task_config(spi, task);
  const uint32_t number = find_mapped(spi, task, source_table);
  const std::string problem = problem_of(spi, config, number);
  if (!problem.empty())
    pg::fail(ErrorCode::kUnsupported, source_table + " cannot be loaded again", problem,
             "Create the task again, with other settings.");
  ask_for_reload(spi, task, number);
}

}  // namespace
}  // namespace mysql_sync

extern "C" {
PG_FUNCTION_INFO_V1(mysql_sync_resync_table);
Datum mysql_sync_resync_table(PG_FUNCTION_ARGS) {
  mysql_sync::pg::entry([&] { mysql_sync::resync_table(fcinfo); });
  PG_RETURN_VOID();
}
}
