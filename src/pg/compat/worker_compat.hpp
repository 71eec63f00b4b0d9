// Background workers on PostgreSQL 13 to 18 and Greenplum 6: what differs in registering, connecting,
// waiting.
#pragma once

#include "pg/compat/postgres_headers.hpp"

extern "C" {
#include "postmaster/bgworker.h"
}

namespace mysql_sync::compat {

/// What a worker of ours is told.
struct WorkerArgument {
  Oid database = InvalidOid;
  int32 task_id = 0;  ///< 0: none
  int16 index = 0;    ///< of `count` load workers
  int16 count = 0;
};

/// True while the library is preloaded on a server that may run our workers (on Greenplum: the coordinator).
bool preloading_on_coordinator();

/// True when a background worker was registered at server start, that is, the library is preloaded.
bool is_preloaded();

/// Registers the launcher at server start. `type` shows in pg_stat_activity.
void register_static_worker(const char* type, const char* function);

/// Starts a worker now; when it ends, however it does, the server does not start it again. False when no slot
/// is free. `handle` may be nullptr; with it the starter is told about start and end, and pfree()s it. Needs
/// a transaction.
bool start_dynamic_worker(const char* type, const char* function, const WorkerArgument& argument,
                          BackgroundWorkerHandle** handle);

/// First thing in a worker: signal handlers, then the connection. Returns its argument.
WorkerArgument connect_worker();
/// The launcher connects to no database.
void connect_launcher();

/// Waits for the latch, at most `milliseconds`. Ends the process when the postmaster is gone, serves
/// interrupts (so it may leave by ereport), rereads the configuration after SIGHUP.
void wait_for_latch(long milliseconds);

/// Rereads the configuration after SIGHUP; for loops that wait elsewhere.
void reread_configuration_if_asked();

/// Databases a worker may connect to, template1 left out, as a list of OIDs. Needs a transaction; runs inside
/// guard().
List* connectable_databases();

/// Sends collected statistics, so that autovacuum sees what workers change. Outside a transaction.
void report_statistics();

/// The number initdb gave this database system.
uint64_t system_identifier();

/// True for ctid, xmin and the others that every table has.
bool is_system_column(const char* name);

/// Locks that all sessions together can have.
int64_t lock_capacity();

/// Names the process for pg_stat_activity.application_name.
void set_application_name(const char* name);

}  // namespace mysql_sync::compat
