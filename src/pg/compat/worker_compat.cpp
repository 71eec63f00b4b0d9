#include "pg/compat/worker_compat.hpp"

extern "C" {
#include "access/genam.h"
#include "access/heapam.h"
#include "access/twophase.h"
#include "access/xlog.h"
#include "catalog/heap.h"
#include "catalog/pg_database.h"
#include "commands/dbcommands.h"
#include "pgstat.h"
#include "postmaster/postmaster.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#if PG_VERSION_NUM >= 120000
#include "access/table.h"
#endif
#ifdef GP_VERSION_NUM
#include "cdb/cdbvars.h"
#endif
}

namespace mysql_sync::compat {

namespace {

constexpr const char* kLibrary = "mysql_sync";

// Set by the SIGHUP handler of a worker; a handler can reach nothing else.
volatile sig_atomic_t reload_configuration = false;

void handle_sighup(SIGNAL_ARGS) {
  (void)postgres_signal_arg;
  const int saved = errno;
  reload_configuration = true;
  SetLatch(&MyProc->procLatch);
  errno = saved;
}

/// The fields of a BackgroundWorker are not all of one length, from PostgreSQL 16 on.
template <size_t kSize>
void copy_name(char (&to)[kSize], const char* from) {
  strlcpy(to, from, kSize);
}

BackgroundWorker make_worker(const char* type, const char* function, int restart_seconds) {
  BackgroundWorker worker;
  memset(&worker, 0, sizeof(worker));
  worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
  worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
  worker.bgw_restart_time = restart_seconds;
  copy_name(worker.bgw_name, type);
  copy_name(worker.bgw_library_name, kLibrary);
  copy_name(worker.bgw_function_name, function);
#if PG_VERSION_NUM >= 110000
  copy_name(worker.bgw_type, type);
#endif
  return worker;
}

#if PG_VERSION_NUM >= 90500

void put_argument(BackgroundWorker* worker, const WorkerArgument& argument) {
  static_assert(sizeof(WorkerArgument) <= BGW_EXTRALEN, "the argument travels in bgw_extra");
  memcpy(worker->bgw_extra, &argument, sizeof(argument));
}

WorkerArgument connect_with_argument() {
  WorkerArgument argument;
  memcpy(&argument, MyBgworkerEntry->bgw_extra, sizeof(argument));
  BackgroundWorkerInitializeConnectionByOid(argument.database, InvalidOid, 0);
  return argument;
}

#else

// 9.4 has neither bgw_extra nor connections by OID: the name carries the database's name, the argument the
// rest.
void put_argument(BackgroundWorker* worker, const WorkerArgument& argument) {
  char* database = get_database_name(argument.database);
  copy_name(worker->bgw_name, database == NULL ? "" : database);
  worker->bgw_main_arg = Int64GetDatum(static_cast<int64>(argument.task_id) << 32 |
                                       static_cast<int64>(argument.index) << 16 | argument.count);
}

WorkerArgument connect_with_argument() {
  const int64 packed = DatumGetInt64(MyBgworkerEntry->bgw_main_arg);
  WorkerArgument argument;
  argument.task_id = static_cast<int32>(packed >> 32);
  argument.index = static_cast<int16>(packed >> 16 & 0x7fff);
  argument.count = static_cast<int16>(packed & 0x7fff);
  BackgroundWorkerInitializeConnection(MyBgworkerEntry->bgw_name, NULL);
  argument.database = MyDatabaseId;
  return argument;
}

#endif

void prepare_signals() {
  pqsignal(SIGTERM, die);
  pqsignal(SIGHUP, handle_sighup);
  BackgroundWorkerUnblockSignals();
}

}  // namespace

bool preloading_on_coordinator() {
#ifdef GP_VERSION_NUM
  return process_shared_preload_libraries_in_progress && IsUnderMasterDispatchMode();
#else
  return process_shared_preload_libraries_in_progress;
#endif
}

bool is_preloaded() {
  const char* libraries = GetConfigOption("shared_preload_libraries", true, false);
  return libraries != NULL && strstr(libraries, kLibrary) != NULL;
}

void register_static_worker(const char* type, const char* function) {
  BackgroundWorker worker = make_worker(type, function, 10);
  RegisterBackgroundWorker(&worker);
}

bool start_dynamic_worker(const char* type, const char* function, const WorkerArgument& argument,
                          BackgroundWorkerHandle** handle) {
  BackgroundWorker worker = make_worker(type, function, BGW_NEVER_RESTART);
  put_argument(&worker, argument);
  if (handle != nullptr) worker.bgw_notify_pid = MyProcPid;
  // The handle is wanted after the transaction.
  MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
  const bool started = RegisterDynamicBackgroundWorker(&worker, handle);
  MemoryContextSwitchTo(caller);
  return started;
}

WorkerArgument connect_worker() {
  prepare_signals();
  return connect_with_argument();
}

void connect_launcher() {
  prepare_signals();
#if PG_VERSION_NUM >= 110000
  BackgroundWorkerInitializeConnection(NULL, NULL, 0);
#else
  BackgroundWorkerInitializeConnection(NULL, NULL);
#endif
}

void wait_for_latch(long milliseconds) {
  Latch* latch = &MyProc->procLatch;
#if PG_VERSION_NUM >= 120000
  WaitLatch(latch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds, PG_WAIT_EXTENSION);
#else
  if (WaitLatch(latch, WL_LATCH_SET | WL_TIMEOUT | WL_POSTMASTER_DEATH, milliseconds) & WL_POSTMASTER_DEATH)
    proc_exit(1);
#endif
  ResetLatch(latch);
  CHECK_FOR_INTERRUPTS();
  reread_configuration_if_asked();
}

void reread_configuration_if_asked() {
  if (!reload_configuration) return;
  reload_configuration = false;
  ProcessConfigFile(PGC_SIGHUP);
}

List* connectable_databases() {
  List* databases = NIL;
#if PG_VERSION_NUM >= 120000
  Relation relation = table_open(DatabaseRelationId, AccessShareLock);
#else
  Relation relation = heap_open(DatabaseRelationId, AccessShareLock);
#endif
  SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, NULL, 0, NULL);
  HeapTuple tuple;
  while (HeapTupleIsValid(tuple = systable_getnext(scan))) {
    auto* form = reinterpret_cast<Form_pg_database>(GETSTRUCT(tuple));
    // A worker in template1 would make CREATE DATABASE fail. Greenplum marks postgres as a template too.
    if (!form->datallowconn || strcmp(NameStr(form->datname), "template1") == 0) continue;
    if (form->datconnlimit < -1) continue;  // it is being dropped, or that was interrupted
#if PG_VERSION_NUM >= 120000
    databases = lappend_oid(databases, form->oid);
#else
    databases = lappend_oid(databases, HeapTupleGetOid(tuple));
#endif
  }
  systable_endscan(scan);
  relation_close(relation, AccessShareLock);
  return databases;
}

void report_statistics() { pgstat_report_stat(true); }

bool is_system_column(const char* name) {
#if PG_VERSION_NUM >= 120000
  return SystemAttributeByName(name) != NULL;
#else
  return SystemAttributeByName(name, true) != NULL;
#endif
}

uint64_t system_identifier() { return GetSystemIdentifier(); }

int64_t lock_capacity() {
  return static_cast<int64_t>(max_locks_per_xact) * (MaxBackends + max_prepared_xacts);
}

void set_application_name(const char* name) {
  SetConfigOption("application_name", name, PGC_USERSET, PGC_S_SESSION);
}

}  // namespace mysql_sync::compat
