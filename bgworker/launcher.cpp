// The launcher starts with the server when the library is preloaded. It visits every database with a
// short-lived worker that starts the tasks found wanted there and not running: after a restart of the server,
// and later should a task's worker have been lost.
#include "apply/applier.hpp"
#include "bgworker/task_lock.hpp"
#include "bgworker/worker_control.hpp"
#include "bgworker/worker_runtime.hpp"
#include "pg/compat/worker_compat.hpp"
#include "pg/transaction.hpp"

extern "C" {
#include "commands/extension.h"
}

namespace mysql_sync {

namespace {

constexpr long kVisitIntervalMs = 20000;

std::vector<Oid> databases() {
  pg::guard([] { StartTransactionCommand(); });
  List* found = pg::guard([] { return compat::connectable_databases(); });
  std::vector<Oid> oids;
  ListCell* cell;
  foreach (cell, found) oids.push_back(lfirst_oid(cell));
  pg::guard([] { CommitTransactionCommand(); });
  return oids;
}

BackgroundWorkerHandle* start_visit(Oid database) {
  BackgroundWorkerHandle* handle = nullptr;
  pg::guard([&] {
    compat::WorkerArgument argument;
    argument.database = database;
    StartTransactionCommand();
    compat::start_dynamic_worker("mysql_sync launcher", "mysql_sync_visit_main", argument, &handle);
    CommitTransactionCommand();
  });
  return handle;
}

/// Waits for the end of the visit: one database at a time, as a visit takes one of the server's worker slots.
void visit(Oid database) {
  BackgroundWorkerHandle* handle = start_visit(database);
  if (handle == nullptr) return;
  pg::guard([&] {
    pid_t pid;
    for (BgwHandleStatus status = BGWH_NOT_YET_STARTED; status != BGWH_STOPPED;) {
      status = GetBackgroundWorkerPid(handle, &pid);
      if (status == BGWH_POSTMASTER_DIED) proc_exit(1);
      if (status != BGWH_STOPPED) compat::wait_for_latch(1000);
    }
    pfree(handle);
  });
}

void run_launcher() {
  compat::connect_launcher();
  for (;;) {
    for (const Oid database : databases()) visit(database);
    pg::guard([] {
      const TimestampTz until = GetCurrentTimestamp() + kVisitIntervalMs * 1000;
      while (GetCurrentTimestamp() < until) compat::wait_for_latch(kVisitIntervalMs);
    });
  }
}

bool extension_is_here() {
  return pg::guard([] { return OidIsValid(get_extension_oid("mysql_sync", true)); });
}

void start_wanted_tasks(pg::SpiSession& spi) {
  const auto rows = spi.query(
      "SELECT c.id FROM mysql_sync.task_config c JOIN mysql_sync.task_progress p ON p.task = c.task"
      " WHERE p.wanted = 'running'");
  for (const pg::TextRow& row : rows) {
    const int32_t id = std::stoi(*row[0]);
    if (running_worker(spi, id)) continue;
    if (start_task_worker(id)) continue;
    pg::guard([] {
      ereport(LOG, (errmsg("mysql_sync has no free background worker slot to resume a task"),
                    errhint("Raise max_worker_processes.")));
    });
  }
}

void run_visit() {
  compat::connect_worker();
  apply::prepare_apply_session();
  in_transaction([](pg::SpiSession& spi) {
    if (extension_is_here()) start_wanted_tasks(spi);
  });
}

}  // namespace
}  // namespace mysql_sync

extern "C" PGDLLEXPORT void mysql_sync_launcher_main(Datum);
void mysql_sync_launcher_main(Datum) { mysql_sync::run_worker(mysql_sync::run_launcher); }

extern "C" PGDLLEXPORT void mysql_sync_visit_main(Datum);
void mysql_sync_visit_main(Datum) { mysql_sync::run_worker(mysql_sync::run_visit); }
