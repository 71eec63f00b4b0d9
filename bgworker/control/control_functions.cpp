// The SQL functions that define, start, stop and watch tasks. Documented in docs/functions.md.
#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/catalog/task_lock.hpp"
#include "bgworker/catalog/task_progress.hpp"
#include "bgworker/control/control_arguments.hpp"
#include "bgworker/precheck/precheck.hpp"
#include "bgworker/source/source_session.hpp"
#include "bgworker/worker/table_suspend.hpp"
#include "bgworker/worker/visited_databases.hpp"
#include "bgworker/worker/worker_control.hpp"
#include "pg/compat/worker_compat.hpp"
#include "pg/encoding.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

/// The arguments of create_task and alter_task after the task's name, in their order.
constexpr TaskSetting kSettings[] = {
    {"server", NAMEOID, "name"},
    {"tables", TEXTARRAYOID, "text[]"},
    {"target_schema", NAMEOID, "name"},
    {"sync_schema", BOOLOID, "boolean"},
    {"sync_data", BOOLOID, "boolean"},
    {"existing_tables", TEXTOID, "text"},
    {"operations", TEXTARRAYOID, "text[]"},
    {"options", JSONBOID, "jsonb"},
};

void check_server(const TaskConfig& config) { source_options(config); }

void create_task(FunctionCallInfo call) {
  const std::string task = task_argument(call);
  std::vector<pg::Text> values{task};
  for (const TaskSetting& setting : kSettings) {
    const int index = static_cast<int>(values.size());
    const bool optional = std::strcmp(setting.name, "target_schema") == 0;
    values.push_back(optional ? pg::argument_text(call, index, setting.type)
                              : pg::Text(pg::required_argument(call, index, setting.type, setting.name)));
  }
  pg::SpiSession spi;
  insert_task(spi, {std::begin(kSettings), std::end(kSettings)}, values);
  ensure_progress(spi, task);
  check_server(load_task_config(spi, task));
}

/// What a started task copies is settled: a table added to the patterns would never be loaded, and a target
/// that was loaded is no target that may differ.
void check_not_settled(pg::SpiSession& spi, const std::string& task, const TaskSetting& setting) {
  const std::string name = setting.name;
  if (name == "operations" || name == "options") return;
  if (read_progress(spi, task).applied.empty()) return;
  pg::fail(ErrorCode::kUnsupported, "\"" + name + "\" of a task that was started cannot be changed", {},
           "Drop the task and create it again, or create a second task.");
}

void alter_task(FunctionCallInfo call) {
  const std::string task = task_argument(call);
  pg::SpiSession spi;
  check_not_running(spi, load_task_config(spi, task), "alter");
  int index = 1;
  for (const TaskSetting& setting : kSettings) {
    const pg::Text value = pg::argument_text(call, index++, setting.type);
    if (!value) continue;
    check_not_settled(spi, task, setting);
    update_setting(spi, task, setting, *value);
  }
  check_server(load_task_config(spi, task));
}

void drop_task(FunctionCallInfo call) {
  const std::string task = task_argument(call);
  pg::SpiSession spi;
  check_not_running(spi, load_task_config(spi, task), "drop");
  delete_mappings(spi, task);
  delete_table_settings(spi, task);
  delete_task(spi, task);
}

/// Says what is wrong and stores the state; an error would undo the latter.
void report_precheck_failure(pg::SpiSession& spi, const std::string& task,
                             const std::vector<PrecheckItem>& items) {
  for (const PrecheckItem& item : items) {
    if (item.status != PrecheckItem::Status::kFailed) continue;
    const std::string object = pg::shown_by_server(item.object), detail = pg::shown_by_server(item.detail);
    const std::string remedy = pg::shown_by_server(item.remedy);
    pg::guard([&] {
      ereport(WARNING,
              (errmsg("precheck failed: %s (%s): %s", item.item.c_str(), object.c_str(), detail.c_str()),
               remedy.empty() ? 0 : errhint("%s", remedy.c_str())));
    });
  }
  ErrorEntry entry;
  entry.sqlstate = "55000";
  entry.message = "the precheck failed";
  entry.detail = describe_failures(items);
  entry.remedy = "See SELECT * FROM mysql_sync.precheck('" + task + "'), then start the task again.";
  log_error(spi, task, entry);
  note_error(spi, task, entry.message + ": " + entry.detail);
  set_state(spi, task, task_state::kPrecheckFailed);
}

bool precheck_passes(pg::SpiSession& spi, const TaskConfig& config) {
  if (!read_progress(spi, config.task).applied.empty())
    return true;  // resumes: its tables are its own by now
  const std::vector<PrecheckItem> items = run_precheck(config);
  if (describe_failures(items).empty()) return true;
  report_precheck_failure(spi, config.task, items);
  return false;
}

void warn_where_not_preloaded() {
  pg::guard([] {
    if (compat::is_preloaded()) return;
    ereport(WARNING, (errmsg("the task will not resume by itself after a restart or crash of the server"),
                      errdetail("mysql_sync is not in shared_preload_libraries."),
                      errhint("Add it there, or call mysql_sync.start_task() after each of them.")));
  });
}

void start_task(FunctionCallInfo call) {
  const std::string task = task_argument(call);
  pg::SpiSession spi;
  const TaskConfig config = load_task_config(spi, task);
  lock_start(spi, config.id);
  ensure_progress(spi, task);
  if (running_worker(spi, config.id)) {
    pg::fail(ErrorCode::kAlreadyExists, "task \"" + task + "\" is already running", {},
             "See SELECT * FROM mysql_sync.tasks.");
  }
  if (!precheck_passes(spi, config)) return;
  set_wanted(spi, task, true);
  set_state(spi, task, read_progress(spi, task).running_state());
  clear_error(spi, task);
  clear_table_errors(spi, task);
  if (!start_task_worker(config.id)) {
    pg::fail(ErrorCode::kInternal, "no free background worker slot", {}, "Raise max_worker_processes.");
  }
  announce_task();
  wait_until_running(spi, config.id);
  warn_where_not_preloaded();
}

void stop_task(FunctionCallInfo call) {
  const std::string task = task_argument(call);
  pg::SpiSession spi;
  const TaskConfig config = load_task_config(spi, task);
  lock_start(spi, config.id);  // a worker that comes up meanwhile waits for the end of this transaction
  const bool wanted = read_progress(spi, task).wanted_running;
  if (!wanted && !running_worker(spi, config.id)) {
    pg::fail(ErrorCode::kInvalidArgument, "task \"" + task + "\" is not running", {},
             "See SELECT * FROM mysql_sync.tasks.");
  }
  set_wanted(spi, task, false);
  terminate_workers(spi, config.id);
  set_state(spi, task, task_state::kPaused);
}

/// Reads the position first, so that every reload that was asked for before it is seen.
bool has_reached(pg::SpiSession& spi, const std::string& task, const TaskProgress& progress,
                 const BinlogPosition& end) {
  return progress.state == task_state::kSynchronizing && end <= progress.applied &&
         !has_unfinished_reload(spi, task);
}

/// What is committed here lacks tables that are set aside: that is not "everything".
void check_none_suspended(pg::SpiSession& spi, const std::string& task) {
  const std::vector<SuspendedTable> tables = suspended_tables(spi, task);
  if (tables.empty()) return;
  pg::fail(ErrorCode::kInvalidArgument,
           "task \"" + task + "\" has caught up, but for tables that are set aside",
           "Of " + std::to_string(tables.size()) + " the first: " + tables.front().source_table + " (" +
               tables.front().error + ").",
           "Fix the cause, then call mysql_sync.resync_table('" + task + "', '" +
               tables.front().source_table + "').");
}

/// Sleeps a little and looks again, until the applied position has reached `end` and no table is reloaded.
bool wait_for_position(pg::SpiSession& spi, const TaskConfig& config, const BinlogPosition& end,
                       TimestampTz until) {
  for (;;) {
    const TaskProgress progress = read_progress(spi, config.task);
    if (has_reached(spi, config.task, progress, end)) {
      check_none_suspended(spi, config.task);
      return true;
    }
    if (!progress.wanted_running) {
      pg::fail(
          ErrorCode::kInvalidArgument,
          "task \"" + config.task + "\" is not running, its state is " + progress.state, {},
          "See mysql_sync.tasks and mysql_sync.errors, then mysql_sync.start_task('" + config.task + "').");
    }
    if (GetCurrentTimestamp() >= until) return false;
    pg::guard([] { compat::wait_for_latch(20); });
  }
}

/// The position comes from other transactions: one snapshot for all its statements would never see it move.
void check_sees_commits() {
  if (!IsolationUsesXactSnapshot()) return;
  pg::fail(ErrorCode::kInvalidArgument, "wait_for_catchup cannot wait in a transaction with one snapshot", {},
           "Call it with the isolation level read committed.");
}

/// In so long from now; the end of time where that is longer than a timestamp can tell.
TimestampTz time_after(const Interval& interval) {
  constexpr int64 kDay = INT64CONST(86400000000);
  constexpr int64 kMostDays = 100000000;
  const int64 days = int64{interval.month} * 30 + interval.day + interval.time / kDay;
  if (days > kMostDays) return DT_NOEND;
  if (days < -kMostDays) return DT_NOBEGIN;
  return GetCurrentTimestamp() + days * kDay + interval.time % kDay;
}

bool wait_for_catchup(FunctionCallInfo fcinfo) {
  check_sees_commits();
  const std::string task = task_argument(fcinfo);
  const TimestampTz until = time_after(*PG_GETARG_INTERVAL_P(1));
  pg::SpiSession spi;
  const TaskConfig config = load_task_config(spi, task);
  source::Connection source = connect_source(source_options(config));
  const BinlogPosition end = pg::value_or_throw(source::read_binlog_status(source)).position;
  return wait_for_position(spi, config, end, until);
}

void precheck(FunctionCallInfo call) {
  const std::string task = task_argument(call);
  std::vector<pg::TextRow> rows;
  {
    pg::SpiSession spi;
    for (const PrecheckItem& item : run_precheck(load_task_config(spi, task)))
      rows.push_back({item.item, item.object, precheck_status_name(item.status), item.detail,
                      item.remedy.empty() ? pg::Text() : pg::Text(item.remedy)});
  }
  pg::return_text_rows(call, rows);
}

}  // namespace
}  // namespace mysql_sync

#define MYSQL_SYNC_VOID_FUNCTION(name)                        \
  extern "C" {                                                \
  PG_FUNCTION_INFO_V1(mysql_sync_##name);                     \
  Datum mysql_sync_##name(PG_FUNCTION_ARGS) {                 \
    mysql_sync::pg::entry([&] { mysql_sync::name(fcinfo); }); \
    PG_RETURN_VOID();                                         \
  }                                                           \
  }

MYSQL_SYNC_VOID_FUNCTION(create_task)
MYSQL_SYNC_VOID_FUNCTION(alter_task)
MYSQL_SYNC_VOID_FUNCTION(drop_task)
MYSQL_SYNC_VOID_FUNCTION(start_task)
MYSQL_SYNC_VOID_FUNCTION(stop_task)

extern "C" {
PG_FUNCTION_INFO_V1(mysql_sync_wait_for_catchup);
Datum mysql_sync_wait_for_catchup(PG_FUNCTION_ARGS) {
  PG_RETURN_BOOL(mysql_sync::pg::entry([&] { return mysql_sync::wait_for_catchup(fcinfo); }));
}

PG_FUNCTION_INFO_V1(mysql_sync_precheck);
Datum mysql_sync_precheck(PG_FUNCTION_ARGS) {
  mysql_sync::pg::entry([&] { mysql_sync::precheck(fcinfo); });
  return Datum{0};
}
}
