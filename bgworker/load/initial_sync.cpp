#include "bgworker/load/initial_sync.hpp"

#include <unordered_map>

#include "apply/target_ddl.hpp"
#include "bgworker/catalog/database_charsets.hpp"
#include "bgworker/catalog/ghost_tables.hpp"
#include "bgworker/catalog/load_chunks.hpp"
#include "bgworker/catalog/made_targets.hpp"
#include "bgworker/catalog/table_mapping.hpp"
#include "bgworker/catalog/task_progress.hpp"
#include "bgworker/load/chunk_planner.hpp"
#include "bgworker/load/load_worker.hpp"
#include "bgworker/source/selected_tables.hpp"
#include "bgworker/target/shared_target.hpp"
#include "bgworker/worker/worker_control.hpp"
#include "bgworker/worker/worker_runtime.hpp"
#include "pg/compat/worker_compat.hpp"
#include "pg/encoding.hpp"
#include "source/start_position.hpp"

namespace mysql_sync {

namespace {

bool same_columns(const TableSchema& a, const TableSchema& b) {
  if (a.display_name() != b.display_name() || a.primary_key != b.primary_key ||
      a.columns.size() != b.columns.size())
    return false;
  for (size_t i = 0; i < a.columns.size(); ++i) {
    if (a.columns[i].name != b.columns[i].name || a.columns[i].type.declared != b.columns[i].type.declared ||
        a.columns[i].type.charset != b.columns[i].type.charset ||
        !same_default(a.columns[i].default_value, b.columns[i].default_value))
      return false;
  }
  return true;
}

bool same_schemas(const std::vector<TableSchema>& a, const std::vector<TableSchema>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_columns);
}

/// The copy of a running online schema change.
struct RunningMigration {
  TableSchema copy;
  std::string base;
};

struct StartPoint {
  std::vector<source::TableListing> tables;
  std::vector<TableSchema> schemas;
  std::vector<RunningMigration> migrations;
  std::vector<source::DatabaseCharset> databases;
  source::BinlogStatus binlog;
};

std::vector<TableSchema> read_schemas_with_defaults(source::Connection& source,
                                                    const std::vector<source::TableListing>& tables) {
  std::vector<TableSchema> schemas = read_selected_schemas(source, tables);
  for (TableSchema& schema : schemas) pg::check(source::read_defaults(source, &schema));
  return schemas;
}

std::vector<RunningMigration> read_migrations(source::Connection& source,
                                              const std::vector<MigrationTable>& tables) {
  std::vector<RunningMigration> migrations;
  for (const MigrationTable& table : tables) {
    if (table.role != MigrationRole::kGhost) continue;
    auto found = pg::value_or_throw(source::read_schemas(source, table.database, {table.table}));
    if (!found.empty()) migrations.push_back({std::move(found.front()), table.base});
  }
  return migrations;
}

StartPoint read_tables(source::Connection& source, const TaskConfig& config) {
  SelectedTables selected = list_selected_tables(source, config);
  StartPoint start;
  start.schemas = read_schemas_with_defaults(source, selected.tables);
  start.migrations = read_migrations(source, selected.migrations);
  start.databases = read_selected_charsets(source, config);
  start.tables = std::move(selected.tables);
  return start;
}

bool same_charset(const source::TableListing& a, const source::TableListing& b) {
  return a.charset == b.charset;
}

bool same_databases(const StartPoint& a, const StartPoint& b) {
  const auto same = [](const source::DatabaseCharset& x, const source::DatabaseCharset& y) {
    return x.database == y.database && x.charset == y.charset;
  };
  return std::equal(a.databases.begin(), a.databases.end(), b.databases.begin(), b.databases.end(), same);
}

bool same_tables(const StartPoint& a, const StartPoint& b) {
  const auto same_copy = [](const RunningMigration& x, const RunningMigration& y) {
    return same_columns(x.copy, y.copy);
  };
  return same_schemas(a.schemas, b.schemas) &&
         std::equal(a.tables.begin(), a.tables.end(), b.tables.begin(), b.tables.end(), same_charset) &&
         std::equal(a.migrations.begin(), a.migrations.end(), b.migrations.begin(), b.migrations.end(),
                    same_copy);
}

/// Tables and databases that are certain to be those at the position; nothing if they have changed
/// meanwhile.
std::optional<StartPoint> read_start_point(source::Connection& source, const TaskConfig& config) {
  StartPoint start = read_tables(source, config);
  start.binlog = pg::value_or_throw(source::read_start_position(source));
  const StartPoint again = read_tables(source, config);
  if (!same_tables(start, again) || !same_databases(start, again)) return std::nullopt;
  return start;
}

/// A target that the task itself filled before it was reset is made fit for the source's table of now.
void prepare_target(pg::SpiSession& spi, const TaskConfig& config, const MappedTable& table,
                    apply::Applier& applier) {
  const std::optional<apply::SourceColumns> remains = own_remains(config, table.target);
  if (remains && config.operations.alter && config.sync_data)
    return apply::fit_target(table.target, table.schema, *remains);
  if (remains && config.sync_data) return applier.truncate(table.target);
  apply::TargetState state = apply::target_state(table.target.schema, table.target.table);
  if (state == apply::TargetState::kEmpty && is_made(spi, config.task, table.target)) {
    apply::drop_target(table.target);  // the source may have other columns by now
    state = apply::TargetState::kAbsent;
  }
  if (state == apply::TargetState::kAbsent) {
    apply::create_target(table.target, table.schema);
    note_made(spi, config.task, table.target);
  } else if (state == apply::TargetState::kNotEmpty && config.sync_data &&
             config.existing_tables == ExistingTables::kTruncate) {
    applier.truncate(table.target);
  }
}

using Listings = std::unordered_map<std::string, const source::TableListing*>;

Listings by_name(const std::vector<source::TableListing>& tables) {
  Listings listings;
  for (const source::TableListing& table : tables) listings[table.database + "." + table.table] = &table;
  return listings;
}

MappedTable map_table(const TaskConfig& config, const Listings& listings, TableSchema schema,
                      uint32_t number) {
  MappedTable table;
  table.number = number;
  table.schema = std::move(schema);
  table.target = target_of(config, table.schema);
  const auto listing = listings.find(table.schema.display_name());
  if (listing == listings.end()) return table;
  table.table_charset = listing->second->charset;
  table.rows_estimated = listing->second->estimated_rows;
  return table;
}

/// MySQL's error value of an ENUM is '' with the number 0. Few columns hold it; a type made for one that does
/// not has no such label.
bool holds_error_value(source::Connection& source, const TableSchema& schema, const Column& column) {
  const std::string sql = "SELECT 1 FROM " + source::quote_identifier(schema.database) + "." +
                          source::quote_identifier(schema.table) + " WHERE " +
                          source::quote_identifier(column.name) + " = 0 LIMIT 1";
  return pg::value_or_throw(source.query_value(sql)).has_value();
}

/// A table and the conditions of its chunks; none if rows are not loaded.
struct PlannedTable {
  MappedTable table;
  std::vector<std::string> chunks;
};

/// Reads all it needs of the source. It can take long for large tables, so nothing is locked on the target
/// yet.
std::vector<PlannedTable> plan_tables(const TaskConfig& config, source::Connection& source,
                                      StartPoint& start) {
  const Listings listings = by_name(start.tables);
  std::vector<PlannedTable> tables;
  for (TableSchema& schema : start.schemas) {
    PlannedTable planned;
    planned.table = map_table(config, listings, std::move(schema), static_cast<uint32_t>(tables.size() + 1));
    if (config.sync_data) {
      find_error_values(source, &planned.table);
      planned.chunks =
          pg::value_or_throw(plan_chunks(source, planned.table.schema, planned.table.rows_estimated,
                                         static_cast<uint64_t>(config.options.chunk_rows)));
      planned.table.life = TableLife(TableState::kWaiting);
    }
    tables.push_back(std::move(planned));
  }
  return tables;
}

/// Nothing says what the migration has done to the copy so far, such as renaming columns.
std::vector<GhostTable> plan_ghosts(source::Connection& source, StartPoint& start,
                                    const std::vector<PlannedTable>& tables) {
  std::vector<GhostTable> ghosts;
  for (RunningMigration& migration : start.migrations) {
    GhostTable ghost;
    TableSchema& schema = migration.copy;
    for (const PlannedTable& planned : tables)
      if (planned.table.schema.database == schema.database && planned.table.schema.table == migration.base)
        ghost.of = planned.table.number;
    if (ghost.of == 0) continue;
    ghost.copy.number = static_cast<uint32_t>(tables.size() + ghosts.size() + 1);
    ghost.copy.table_charset =
        pg::value_or_throw(source::read_table_charset(source, schema.database, schema.table));
    ghost.copy.target.columns.resize(schema.columns.size());
    ghost.copy.schema = std::move(schema);
    ghost.reload = "it was under way when the task started";
    ghosts.push_back(std::move(ghost));
  }
  return ghosts;
}

/// A table that is made, or emptied, has several locks, and those of all sessions have to fit into a memory
/// that the server takes at its start.
constexpr size_t kTargetsAtOnce = 50;

void prepare_targets(const TaskConfig& config, const std::vector<PlannedTable>& tables) {
  const std::unique_ptr<apply::Applier> applier = apply::make_applier();
  for (size_t begin = 0; begin < tables.size(); begin += kTargetsAtOnce) {
    const size_t end = std::min(begin + kTargetsAtOnce, tables.size());
    in_transaction([&](pg::SpiSession& spi) {
      for (size_t i = begin; i < end; ++i) prepare_target(spi, config, tables[i].table, *applier);
    });
  }
}

struct LoadWorker {
  BackgroundWorkerHandle* handle = nullptr;
};

std::vector<LoadWorker> start_load_workers(const TaskConfig& config, uint64_t chunks) {
  const auto wanted =
      static_cast<int16>(std::min<uint64_t>(static_cast<uint64_t>(config.options.load_workers), chunks));
  std::vector<LoadWorker> workers;
  for (int16 i = 0; i < wanted; ++i) {
    const compat::WorkerArgument argument{MyDatabaseId, config.id, i, wanted};
    LoadWorker worker;
    in_transaction([&](pg::SpiSession&) {
      pg::guard([&] {
        compat::start_dynamic_worker("mysql_sync load", "mysql_sync_load_main", argument, &worker.handle);
      });
    });
    if (worker.handle != nullptr) workers.push_back(worker);
  }
  return workers;
}

bool any_running(const std::vector<LoadWorker>& workers) {
  bool running = false;
  for (const LoadWorker& worker : workers) {
    pid_t pid = 0;
    const BgwHandleStatus status = pg::guard([&] { return GetBackgroundWorkerPid(worker.handle, &pid); });
    running = running || status == BGWH_STARTED || status == BGWH_NOT_YET_STARTED;
  }
  return running;
}

/// Load workers must not outlive the task worker's interest in them.
class LoadWorkerGroup {
 public:
  explicit LoadWorkerGroup(std::vector<LoadWorker> workers) : workers_(std::move(workers)) {}
  ~LoadWorkerGroup() {
    for (const LoadWorker& worker : workers_) {
      TerminateBackgroundWorker(worker.handle);
      pfree(worker.handle);
    }
  }
  LoadWorkerGroup(const LoadWorkerGroup&) = delete;
  LoadWorkerGroup& operator=(const LoadWorkerGroup&) = delete;
  void wait() {
    while (any_running(workers_)) pg::guard([] { compat::wait_for_latch(200); });
  }

 private:
  std::vector<LoadWorker> workers_;
};

uint64_t pending_chunks_now(const std::string& task) {
  uint64_t pending = 0;
  in_transaction([&](pg::SpiSession& spi) { pending = pending_chunks(spi, task); });
  return pending;
}

std::string clock_now() {
  std::string now;
  in_transaction([&](pg::SpiSession& spi) { now = *(*spi.query_row("SELECT clock_timestamp()"))[0]; });
  return now;
}

/// What load workers have met since then; first what stops the task.
std::optional<LoadFailure> find_failure(pg::SpiSession& spi, const std::string& task,
                                        const std::string& since) {
  const std::optional<ErrorEntry> entry = find_load_error(spi, task, since);
  if (!entry) return std::nullopt;
  const std::string& state = entry->sqlstate;
  return LoadFailure({MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]), entry->message,
                      entry->detail, entry->remedy, entry->context},
                     {entry->source_table, entry->position, {}});
}

void check_load(const std::string& task, const std::string& since) {
  std::optional<LoadFailure> failure;
  in_transaction([&](pg::SpiSession& spi) {
    if (pending_chunks(spi, task) == 0) return;
    failure = find_failure(spi, task, since);
    if (!failure)
      pg::fail(ErrorCode::kConnection, "the load ended before its last chunk", {},
               "The server's log says why.");
  });
  if (failure) throw LoadFailure(*failure);
}

/// All that is read of the source before something is made in the target.
struct InitialPlan {
  StartPoint start;
  std::vector<PlannedTable> tables;
  std::vector<GhostTable> ghosts;
};

std::optional<InitialPlan> try_plan(const TaskConfig& config, source::Connection& source) {
  std::optional<StartPoint> start = read_start_point(source, config);
  if (!start) return std::nullopt;
  InitialPlan plan;
  plan.start = *std::move(start);
  plan.tables = plan_tables(config, source, plan.start);
  plan.ghosts = plan_ghosts(source, plan.start, plan.tables);
  return plan;
}

/// Tables may be dropped between two looks at them.
InitialPlan make_plan(const TaskConfig& config, source::Connection& source) {
  constexpr int kTries = 10;
  std::string last;
  for (int i = 0; i < kTries; ++i) {
    try {
      if (std::optional<InitialPlan> plan = try_plan(config, source)) return *std::move(plan);
    } catch (const pg::StatusError& error) {
      if (error.status().code() != ErrorCode::kNotFound) throw;
      last = error.what();
    }
  }
  pg::fail(ErrorCode::kConnection, "the source keeps changing its tables while the task starts", last);
}

void log_lack_of_slots(const TaskConfig& config) {
  const std::string name = pg::shown_by_server(config.task);
  pg::guard([&] {
    ereport(WARNING,
            (errmsg("no free background worker slot for the load of mysql_sync task \"%s\"", name.c_str()),
             errdetail("The task's own worker loads until there is one."),
             errhint("Raise max_worker_processes.")));
  });
}

/// Tasks that wait for each other's slots would wait for ever.
void load_here(const TaskConfig& config, const std::string& begin) {
  try {
    load_one_chunk(config);
  } catch (const std::exception&) {
    std::optional<LoadFailure> failure;
    in_transaction([&](pg::SpiSession& spi) { failure = find_failure(spi, config.task, begin); });
    if (failure) throw LoadFailure(*failure);
    throw;
  }
}

/// Numbers come after those of tables whose targets were kept.
void renumber(pg::SpiSession& spi, const std::string& task, InitialPlan* plan) {
  const uint32_t first = next_table_number(spi, task);
  for (PlannedTable& planned : plan->tables) planned.table.number += first - 1;
  for (GhostTable& ghost : plan->ghosts) {
    ghost.of += first - 1;
    ghost.copy.number += first - 1;
  }
}

}  // namespace

bool same_default(const ColumnDefault& a, const ColumnDefault& b) {
  return a.kind == b.kind && a.literal == b.literal;
}

void find_error_values(source::Connection& source, MappedTable* table) {
  apply::TargetTable& target = table->target;
  target.error_values.resize(table->schema.columns.size());
  for (size_t i = 0; i < table->schema.columns.size(); ++i) {
    if (apply::has_made_enum(target, i) && !target.columns[i].empty())
      target.error_values[i] = holds_error_value(source, table->schema, table->schema.columns[i]);
  }
}

void initialize_task(const TaskConfig& config, source::Connection& source) {
  const source::SourceVariables variables = pg::value_or_throw(source::read_variables(source));
  InitialPlan plan;
  in_transaction([&](pg::SpiSession& spi) {
    plan = make_plan(config, source);
    renumber(spi, config.task, &plan);
  });
  const StartPoint& start = plan.start;
  prepare_targets(config, plan.tables);
  in_transaction([&](pg::SpiSession& spi) {
    forget_tables(spi, config.task);
    for (const PlannedTable& planned : plan.tables) {
      forget_dropped(spi, config.task, planned.table);
      save_mapping(spi, config.task, planned.table);
      save_chunks(spi, config.task, planned.table.number, planned.chunks);
    }
    for (const GhostTable& ghost : plan.ghosts) save_ghost(spi, config.task, ghost);
    const SourceNames names(variables.lower_case_table_names != 0);
    for (const source::DatabaseCharset& database : start.databases)
      save_database_charset(spi, config.task, names.folded(database.database), database.charset);
    note_start(spi, config.task, variables.server_identity, start.binlog.position, start.binlog.gtid_set);
  });
}

void run_load(const TaskConfig& config) {
  bool lacked_slots = false;
  while (const uint64_t pending = pending_chunks_now(config.task)) {
    in_transaction([&](pg::SpiSession& spi) { terminate_load_workers(spi, config.id); });
    const std::string begin = clock_now();
    std::vector<LoadWorker> workers = start_load_workers(config, pending);
    if (workers.empty()) {
      if (!std::exchange(lacked_slots, true)) log_lack_of_slots(config);
      load_here(config, begin);
      continue;
    }
    LoadWorkerGroup(std::move(workers)).wait();
    check_load(config.task, begin);
  }
}

}  // namespace mysql_sync
