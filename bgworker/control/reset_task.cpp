// The SQL function reset_task. Documented in docs/functions.md.
#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/catalog/table_mapping.hpp"
#include "bgworker/catalog/task_progress.hpp"
#include "bgworker/control/control_arguments.hpp"
#include "pg/encoding.hpp"

namespace mysql_sync {

namespace {

/// Rows of others may be in the targets, or some that the source has no more.
void warn_of_rows(const TaskConfig& config) {
  const std::string problem = pg::shown_by_server(reload_problem(config));
  if (problem.empty()) return;
  pg::guard([&] {
    ereport(WARNING,
            (errmsg("the rows in the targets of the task stay as they are"), errdetail("%s", problem.c_str()),
             errhint("Where the next start loads rows, remove those first that it would load again.")));
  });
}

void reset_task(FunctionCallInfo call) {
  const std::string task = task_argument(call);
  pg::SpiSession spi;
  const TaskConfig config = load_task_config(spi, task);
  check_not_running(spi, config, "reset");
  if (reload_problem(config).empty()) keep_targets(spi, task);
  forget_tables(spi, task);
  reset_progress(spi, task);
  warn_of_rows(config);
}

}  // namespace
}  // namespace mysql_sync

extern "C" {
PG_FUNCTION_INFO_V1(mysql_sync_reset_task);
Datum mysql_sync_reset_task(PG_FUNCTION_ARGS) {
  mysql_sync::pg::entry([&] { mysql_sync::reset_task(fcinfo); });
  PG_RETURN_VOID();
}
}
