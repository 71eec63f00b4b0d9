// The launcher starts with the server when the library is preloaded. It visits every database with a
// short-lived worker that starts the tasks found wanted there and not running: after a restart of the server,
// and later should a task's worker have been lost. Where there are none, it comes rarely.
#include <map>

#include "apply/applier.hpp"
#include "bgworker/catalog/task_lock.hpp"
#include "bgworker/worker/visited_databases.hpp"
#include "bgworker/worker/worker_control.hpp"
#include "bgworker/worker/worker_runtime.hpp"
#include "pg/compat/worker_compat.hpp"
#include "pg/transaction.hpp"

extern "C" {
#include "commands/extension.h"
}

namespace mysql_sync {

namespace {

constexpr long kVisitIntervalMs = 20000;
// A database without tasks is visited after twice as long each time, up to this.
constexpr long kMaxIntervalMs = 3600000;

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

void wait_for_end(BackgroundWorkerHandle* handle) {
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

void log_lack_of_slots(const char* what) {
  pg::guard([&] {
    ereport(WARNING, (errmsg("mysql_sync has no free background worker slot to %s", what),
                      errdetail("It tries again every 20 seconds, and says so once."),
                      errhint("Raise max_worker_processes.")));
  });
}

/// Visits databases: those with tasks in each round, others more and more rarely, until start_task is called
/// there.
class Rounds {
 public:
  void run() {
    std::map<Oid, Visits> present;
    for (const Oid database : databases()) present[database] = visits_[database];
    visits_ = std::move(present);
    forget_others();
    for (auto& [database, visits] : visits_)
      if (is_due(database, visits)) visit(database, visits);
  }

 private:
  struct Visits {
    TimestampTz next = 0;
    long interval_ms = kVisitIntervalMs;
    uint32_t announced = 0;
  };

  void forget_others() const {
    std::vector<Oid> present;
    for (const auto& known : visits_) present.push_back(known.first);
    keep_databases(present);
  }

  static bool is_due(Oid database, const Visits& visits) {
    return visits.next <= GetCurrentTimestamp() || news_of(database).announced != visits.announced;
  }

  /// Waits for the end of the visit: one database at a time, as a visit takes one of the server's worker
  /// slots.
  void visit(Oid database, Visits& visits) {
    const uint32_t announced = news_of(database).announced;
    BackgroundWorkerHandle* handle = start_visit(database);
    if (handle == nullptr && !lacks_slots_) log_lack_of_slots("look for tasks to resume");
    lacks_slots_ = handle == nullptr;
    if (handle == nullptr) return;
    wait_for_end(handle);
    const bool is_idle = announced == visits.announced && !news_of(database).has_tasks;
    visits.interval_ms = is_idle ? std::min(visits.interval_ms * 2, kMaxIntervalMs) : kVisitIntervalMs;
    visits.next = GetCurrentTimestamp() + (visits.interval_ms - kVisitIntervalMs / 2) * 1000;
    visits.announced = announced;
  }

  std::map<Oid, Visits> visits_;
  bool lacks_slots_ = false;
};

void run_launcher() {
  compat::connect_launcher();
  for (Rounds rounds;;) {
    rounds.run();
    pg::guard([] {
      const TimestampTz until = GetCurrentTimestamp() + kVisitIntervalMs * 1000;
      while (GetCurrentTimestamp() < until) compat::wait_for_latch(kVisitIntervalMs);
    });
  }
}

bool extension_is_here() {
  return pg::guard([] { return OidIsValid(get_extension_oid("mysql_sync", true)); });
}

/// False if there is none that shall run.
bool start_wanted_tasks(pg::SpiSession& spi) {
  const std::vector<int32_t> wanted = wanted_tasks(spi);
  bool lacks_slots = false;
  for (const int32_t id : wanted)
    if (!running_worker(spi, id) && !start_task_worker(id)) lacks_slots = true;
  if (report_slots(lacks_slots)) log_lack_of_slots("resume a task");
  return !wanted.empty();
}

void run_visit() {
  compat::connect_worker();
  apply::prepare_apply_session();
  bool has_tasks = false;
  in_transaction([&](pg::SpiSession& spi) { has_tasks = extension_is_here() && start_wanted_tasks(spi); });
  report_visit(has_tasks);
}

}  // namespace
}  // namespace mysql_sync

extern "C" PGDLLEXPORT void mysql_sync_launcher_main(Datum);
void mysql_sync_launcher_main(Datum) { mysql_sync::run_worker(mysql_sync::run_launcher); }

extern "C" PGDLLEXPORT void mysql_sync_visit_main(Datum);
void mysql_sync_visit_main(Datum) { mysql_sync::run_worker(mysql_sync::run_visit); }
