// The worker of a task, from its first step to the last.
//
//   not_started -> prechecking -> initializing (load, then catching up) -> synchronizing
//                      |               |                                      |
//                precheck_failed     failed  <--- errors that concern data ---+
//
// Each step starts from what the catalog says, so a worker that died goes on where its last transaction
// ended:
//   no position noted                  -> precheck, then initialize_task()
//   position noted, chunks pending     -> load workers take the pending ones
//   chunks done, no consistent position -> note the end of the source's binlog
//   consistent position noted          -> stream, idempotently up to it, then strictly
// Transient errors are tried again after a pause, for ever; others stop the task until start_task.
#include <algorithm>

#include "bgworker/catalog/task_lock.hpp"
#include "bgworker/load/initial_sync.hpp"
#include "bgworker/precheck/precheck.hpp"
#include "bgworker/source/source_session.hpp"
#include "bgworker/stream/change_stream.hpp"
#include "bgworker/stream/prepared_lookup.hpp"
#include "bgworker/target/table_indexes.hpp"
#include "bgworker/task/error_recovery.hpp"
#include "bgworker/worker/table_suspend.hpp"
#include "bgworker/worker/visited_databases.hpp"
#include "bgworker/worker/worker_runtime.hpp"
#include "fdw/fdw_orphans.hpp"
#include "pg/compat/worker_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/transaction.hpp"
#include "source/replica_logging.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

class TaskWorker {
 public:
  explicit TaskWorker(TaskConfig config) : config_(std::move(config)), recovery_(config_) {}

  /// Until the task is stopped or has failed.
  void run() {
    while (go_on()) {
    }
  }

 private:
  bool go_on() {
    try {
      if (!wanted()) return false;
      step();
    } catch (const LoadFailure& failure) {
      return recovery_.recover(failure.report(), failure.place(), true);
    } catch (const std::exception&) {
      return recovery_.recover(pg::describe_current_exception(), place_, false);
    }
    return true;
  }

  bool wanted() {
    bool running = false;
    in_transaction([&](pg::SpiSession& spi) {
      running =
          task_name_of_id(spi, config_.id).has_value() && read_progress(spi, config_.task).wanted_running;
    });
    return running;
  }

  TaskProgress progress() {
    TaskProgress progress;
    in_transaction([&](pg::SpiSession& spi) { progress = read_progress(spi, config_.task); });
    return progress;
  }

  /// One step of the table at the top of this file.
  void step() {
    place_ = ErrorPlace();
    const TaskProgress progress = this->progress();
    show_state(progress);
    if (progress.applied.empty()) return initialize();
    check_source(progress);
    check_logged_targets(config_);
    run_load(config_);
    if (progress.consistent.empty()) return finish_load();
    const StreamEnd end = stream(progress);
    std::visit([&](const auto& reason) { prepare_next(reason); }, end);
  }

  void prepare_next(const VoidRowsApplied& rows) { void_rows_.add(rows.transaction, rows.first, rows.last); }

  void prepare_next(const SourceIsAhead& ahead) {
    const ReloadReason reason{"the source changed it before rows of it were read", ahead.error,
                              place_.position, place_.gtid};
    std::vector<MappedTable> tables = this->tables();
    const auto table = std::find_if(tables.begin(), tables.end(),
                                    [&](const MappedTable& known) { return known.number == ahead.table; });
    // Made in the very transaction of its rows: there would be no end of trying.
    if (table == tables.end())
      pg::fail(ErrorCode::kConflict, "a new table was changed on the source before its rows were read",
               ahead.error, "Leave the table out of the task, or create the task again.");
    in_transaction([&](pg::SpiSession& spi) { want_reload(spi, config_, *table, reason); });
  }

  void show_state(const TaskProgress& progress) {
    in_transaction([&](pg::SpiSession& spi) { set_state(spi, config_.task, progress.running_state()); });
  }

  source::ConnectionOptions options() {
    source::ConnectionOptions options;
    in_transaction([&](pg::SpiSession&) { options = source_options(config_); });
    return options;
  }

  void initialize() {
    std::vector<PrecheckItem> items;
    in_transaction([&](pg::SpiSession&) { items = run_precheck(config_); });
    const std::string failures = describe_failures(items);
    if (!failures.empty()) return precheck_failed(failures);
    source::Connection source = connect_source(options());
    initialize_task(config_, source);
  }

  void precheck_failed(const std::string& failures) {
    in_transaction([&](pg::SpiSession& spi) {
      ErrorEntry entry;
      entry.sqlstate = "55000";
      entry.message = "the precheck failed";
      entry.detail = failures;
      entry.remedy = "See SELECT * FROM mysql_sync.precheck(task), then start the task again.";
      log_error(spi, config_.task, entry);
      note_error(spi, config_.task, "the precheck failed: " + failures);
      set_wanted(spi, config_.task, false);
      set_state(spi, config_.task, task_state::kPrecheckFailed);
    });
  }

  /// What may have changed since it was looked at last. On the right server, what killed processes left
  /// behind ends.
  void check_source(const TaskProgress& progress) {
    source::Connection source = connect_source(options());
    check_identity(source, progress);
    fdw::end_orphans(source);
    const auto logging = pg::value_or_throw(source::read_replica_logging(source));
    if (logging.kind == source::ReplicaLogging::Kind::kLacking)
      pg::fail(ErrorCode::kUnsupported, "the source's binlog lacks changes", logging.detail,
               source::kHintReplicaLogging);
  }

  /// A position means nothing on another server.
  static void check_identity(source::Connection& source, const TaskProgress& progress) {
    const source::SourceVariables variables = pg::value_or_throw(source::read_variables(source));
    if (variables.server_identity == progress.source_identity) return;
    pg::fail(
        ErrorCode::kPositionLost, "another server answers at the source's address",
        "The task's position belongs to server " + progress.source_identity + ", this one is " +
            variables.server_identity + ".",
        "Point the server's host and port at the original source; or call mysql_sync.reset_task(), then start_task(): "
        "all tables are loaded again from this one.");
  }

  void finish_load() {
    source::Connection source = connect_source(options());
    in_transaction([&](pg::SpiSession& spi) { end_load(spi, config_.task); });
    const std::vector<MappedTable> tables = this->tables();
    for (const MappedTable& table : tables)
      if (table.life.is(TableState::kLoaded))
        in_transaction([&](pg::SpiSession&) { follow_indexes(config_, source, table); });
    const BinlogPosition end = pg::value_or_throw(source::read_binlog_status(source)).position;
    in_transaction([&](pg::SpiSession& spi) { note_consistent(spi, config_.task, end); });
    // The planner knows nothing of freshly loaded tables; on Greenplum nobody else will tell it.
    for (const MappedTable& table : tables) analyze_target(config_, table);
  }

  std::vector<MappedTable> tables() {
    std::vector<MappedTable> tables;
    in_transaction([&](pg::SpiSession& spi) { tables = load_mappings(spi, config_); });
    return tables;
  }

  StreamEnd stream(const TaskProgress& progress) {
    const source::ConnectionOptions connection_options = options();
    source::Connection control = connect_source(connection_options);
    SourceFacts facts = read_facts(control);
    facts.connect = [connection_options] { return connect_source(connection_options); };
    std::vector<MappedTable> tables;
    source::StreamOptions stream_options;
    in_transaction([&](pg::SpiSession& spi) {
      tables = load_mappings(spi, config_);
      stream_options.server_id = replica_server_id(config_);
    });
    auto opened = pg::value_or_throw(
        source::BinlogStream::open(connect_source(connection_options), progress.applied, stream_options));
    in_transaction([&](pg::SpiSession& spi) { clear_error(spi, config_.task); });
    void_rows_.forget_before(progress.applied);
    ChangeStream changes(config_, progress, std::move(tables), std::move(control), std::move(facts),
                         void_rows_, unrelated_xids_);
    const auto leave = [&] {
      if (changes.has_progressed()) recovery_.reset();
      place_ = changes.place();
    };
    try {
      StreamEnd end = changes.run(std::move(opened));
      leave();
      return end;
    } catch (...) {
      leave();
      throw;
    }
  }

  /// The source ends the one stream of a replica when another begins, so this comes between two of them.
  void prepare_next(const UnknownPrepared& unknown) {
    place_ = ErrorPlace();
    place_.position = unknown.commit.to_string();
    const std::string name = pg::shown_by_server(config_.task), xid = pg::shown_by_server(unknown.xid);
    pg::guard([&] {
      ereport(LOG, (errmsg("mysql_sync task \"%s\" looks for the prepare of XA transaction %s", name.c_str(),
                           xid.c_str())));
    });
    const source::ConnectionOptions connection_options = options();
    source::Connection control = connect_source(connection_options);
    std::vector<MappedTable> tables;
    source::StreamOptions stream_options;
    in_transaction([&](pg::SpiSession& spi) {
      tables = load_mappings(spi, config_);
      stream_options.server_id = replica_server_id(config_);
    });
    LookupSource source;
    source.files = pg::value_or_throw(source::list_binlog_files(control));
    source.names =
        SourceNames(pg::value_or_throw(source::read_variables(control)).lower_case_table_names != 0);
    source.mariadb = control.is_mariadb();
    ForeignKeys keys(source.names);
    keys.read(control);
    source.foreign_keys = &keys;
    source.open = [&](const BinlogPosition& from) {
      return pg::value_or_throw(
          source::BinlogStream::open(connect_source(connection_options), from, stream_options));
    };
    look_up_prepared(config_.task, std::move(tables), unknown, source, unrelated_xids_);
  }

  SourceFacts read_facts(source::Connection& control) {
    SourceFacts facts;
    facts.mariadb = control.is_mariadb();
    const auto variables = pg::value_or_throw(source::read_variables(control));
    facts.names = SourceNames(variables.lower_case_table_names != 0);
    facts.lowers_names = variables.lower_case_table_names == 1;
    const auto explicit_defaults =
        pg::value_or_throw(control.query_all("SHOW VARIABLES LIKE 'explicit_defaults_for_timestamp'"));
    // Unknown to sources before MySQL 5.6: they behave as if it were off.
    facts.explicit_defaults_for_timestamp =
        !explicit_defaults.empty() && explicit_defaults[0].size() == 2 && explicit_defaults[0][1] == "ON";
    // Rights that are granted later do not count on this connection.
    facts.rights = source::CatalogRights(pg::value_or_throw(source::read_grants(control)));
    facts.charset_of_collation = pg::value_or_throw(source::read_collation_charsets(control));
    const auto clock = pg::value_or_throw(control.query_value("SELECT UNIX_TIMESTAMP()"));
    const int64_t behind = static_cast<int64_t>(std::time(nullptr)) - std::stoll(clock.value_or("0"));
    // The source's clock comes in whole seconds: less than two cannot be told from none.
    facts.clock_offset_us = std::abs(behind) < 2 ? 0 : behind * 1000000;
    return facts;
  }

  TaskConfig config_;
  ErrorPlace place_;
  ErrorRecovery recovery_;
  binlog::VoidRows void_rows_;  ///< see ChangeStream
  UnrelatedXids unrelated_xids_;
};

/// The task's settings once the start_task that started us has committed; nothing if it did not, where the
/// task is not to run, or where another worker has it.
std::optional<TaskConfig> take_task(int32_t task_id) {
  bool locked = false;
  in_transaction([&](pg::SpiSession& spi) { locked = lock_task_for_session(spi, task_id); });
  if (!locked) return std::nullopt;
  announce_task();
  std::optional<TaskConfig> config;
  persist([&] {
    in_transaction([&](pg::SpiSession& spi) { lock_start(spi, task_id); });
    in_transaction([&](pg::SpiSession& spi) {
      const auto task = task_name_of_id(spi, task_id);
      if (task && read_progress(spi, *task).wanted_running) config = load_task_config(spi, *task);
    });
  });
  return config;
}

/// False if the task has failed.
bool act_for_owner(const TaskConfig& config) {
  ErrorRecovery recovery(config);
  for (;;) {
    try {
      become_owner(config.owner);
      return true;
    } catch (const std::exception&) {
      if (!recovery.recover(pg::describe_current_exception(), {}, false)) return false;
    }
  }
}

void run_task_worker() {
  const compat::WorkerArgument argument = compat::connect_worker();
  pg::guard([] { compat::set_application_name("mysql_sync task"); });
  apply::prepare_apply_session();
  std::optional<TaskConfig> config = take_task(argument.task_id);
  if (config && act_for_owner(*config)) TaskWorker(std::move(*config)).run();
}

}  // namespace
}  // namespace mysql_sync

extern "C" PGDLLEXPORT void mysql_sync_task_main(Datum);
void mysql_sync_task_main(Datum) { mysql_sync::run_worker(mysql_sync::run_task_worker); }
