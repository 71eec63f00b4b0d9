// A load worker: takes pending chunks of a task, each in one transaction that copies the rows and marks the
// chunk done. Killed at any moment, it leaves a chunk either whole or absent.
#include "bgworker/load/load_worker.hpp"

#include "apply/applier.hpp"
#include "apply/target_rights.hpp"
#include "apply/target_type.hpp"
#include "bgworker/catalog/load_chunks.hpp"
#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/catalog/table_lookup.hpp"
#include "bgworker/catalog/task_lock.hpp"
#include "bgworker/source/source_session.hpp"
#include "bgworker/worker/table_suspend.hpp"
#include "bgworker/worker/worker_runtime.hpp"
#include "fdw/fdw_scan.hpp"
#include "pg/acting_role.hpp"
#include "pg/compat/apply_compat.hpp"
#include "pg/compat/worker_compat.hpp"
#include "pg/transaction.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

/// All chunks that are not done, those of our own share first: workers begin apart.
std::vector<LoadChunk> read_chunks(pg::SpiSession& spi, const std::string& task,
                                   const compat::WorkerArgument& share) {
  std::vector<LoadChunk> chunks = read_pending_chunks(spi, task);
  const size_t own = chunks.size() * static_cast<size_t>(share.index) / static_cast<size_t>(share.count);
  std::rotate(chunks.begin(), chunks.begin() + static_cast<std::ptrdiff_t>(own), chunks.end());
  return chunks;
}

/// How many of so many chunks are a share.
size_t share_of(size_t chunks, const compat::WorkerArgument& share) {
  const auto count = static_cast<size_t>(share.count);
  return (chunks + count - 1) / count;
}

const char* policy_name(pg::ValuePolicies::ZeroDates policy) {
  switch (policy) {
    case pg::ValuePolicies::ZeroDates::kNull:
      return "null";
    case pg::ValuePolicies::ZeroDates::kError:
      return "error";
    case pg::ValuePolicies::ZeroDates::kMinusInfinity:
      return "-infinity";
  }
  return "error";
}

/// The loader's SQL for one chunk of one table.
class ChunkLoad {
 public:
  ChunkLoad(const TaskConfig& config, const MappedTable& table, const LoadChunk& chunk)
      : config_(config), table_(table), chunk_(chunk) {
    foreign_table_ = "mysql_sync." + pg::quote_name("load_" + std::to_string(config.id) + "_" +
                                                    std::to_string(chunk.number) + "_" + chunk.chunk);
  }

  /// False if another worker has the chunk, or has done it.
  bool run(pg::SpiSession& spi) {
    if (!read_progress(spi, config_.task).wanted_running)
      pg::fail(ErrorCode::kCancelled, "the task was stopped");
    if (!try_lock_chunk(spi, config_.id, chunk_.number, chunk_.chunk) ||
        !is_pending(spi, config_.task, chunk_))
      return false;
    spi.execute(create_statement());
    const fdw::ScanTotals before = fdw::scan_totals();
    const uint64_t rows = copy(spi);
    const fdw::ScanTotals after = fdw::scan_totals();
    spi.execute("DROP FOREIGN TABLE " + foreign_table_);
    finish_chunk(spi, config_.task, chunk_,
                 {rows, after.bytes - before.bytes, after.changed_by_policy - before.changed_by_policy});
    return true;
  }

 private:
  std::string create_statement() const {
    std::string columns;
    // Not the type map's where the table was there before.
    const std::vector<std::string> types = apply::column_type_names(table_.target);
    for (size_t i = 0; i < table_.target.columns.size(); ++i) {
      if (table_.target.columns[i].empty()) continue;
      columns += (columns.empty() ? "" : ", ") + pg::quote_name(table_.target.columns[i]) + " " + types[i] +
                 " OPTIONS (column_name " + pg::quote_literal(table_.schema.columns[i].name) +
                 (is_key_column(i) ? ", key 'true')" : ")");
    }
    return "CREATE FOREIGN TABLE " + foreign_table_ + " (" + columns + ") SERVER " +
           pg::quote_name(config_.server) + " OPTIONS (" + table_options() + ")";
  }

  bool is_key_column(size_t column) const {
    const std::vector<size_t>& key = table_.schema.primary_key;
    return std::find(key.begin(), key.end(), column) != key.end();
  }

  std::string table_options() const {
    std::string options = "dbname " + pg::quote_literal(table_.schema.database) + ", table_name " +
                          pg::quote_literal(table_.schema.table) + ", zero_dates " +
                          pg::quote_literal(policy_name(config_.options.policies.zero_dates)) +
                          ", nul_bytes " + pg::quote_literal(config_.options.policies.nul_bytes.to_string()) +
                          ", invalid_text " +
                          pg::quote_literal(config_.options.policies.invalid_text.to_string());
    if (!chunk_.condition.empty()) options += ", filter " + pg::quote_literal(chunk_.condition);
    return options;
  }

  /// Written as the owner of the target, and read with the user mapping of the task's: that of a view's owner
  /// counts for what the view reads.
  uint64_t copy(pg::SpiSession& spi) {
    const Oid owner = apply::locked_owner_for_insert(table_.target);
    if (owner == GetUserId()) return spi.execute(copy_statement(foreign_table_));
    spi.execute(std::string("CREATE TEMP VIEW ") + kView + " AS SELECT " + column_list() + " FROM " +
                foreign_table_);
    spi.execute(std::string("GRANT SELECT ON pg_temp.") + kView + " TO " + apply::quoted_role(owner));
    const uint64_t rows = copy_as(spi, owner);
    spi.execute(std::string("DROP VIEW pg_temp.") + kView);
    return rows;
  }

  uint64_t copy_as(pg::SpiSession& spi, Oid owner) {
    const pg::ActingRole acting(owner);
    return spi.execute(copy_statement(std::string("pg_temp.") + kView));
  }

  std::string column_list() const {
    std::string columns;
    for (const std::string& column : table_.target.columns)
      if (!column.empty()) columns += (columns.empty() ? "" : ", ") + pg::quote_name(column);
    return columns;
  }

  std::string copy_statement(const std::string& from) const {
    const std::string columns = column_list();
    return "INSERT INTO " + pg::quote_qualified(table_.target.schema, table_.target.table) + " (" + columns +
           ")" + compat::kOverridingClause + " SELECT " + columns + " FROM " + from;
  }

  static constexpr const char* kView = "mysql_sync_load";

  const TaskConfig& config_;
  const MappedTable& table_;
  const LoadChunk& chunk_;
  std::string foreign_table_;
};

struct TableChanged {};

const MappedTable& table_of(const std::vector<MappedTable>& tables, uint32_t number) {
  for (const MappedTable& table : tables)
    if (table.number == number) return table;
  pg::fail(ErrorCode::kInternal, "a chunk of the load belongs to no table");
}

/// What the chunk read is nothing to the stream where the source has changed the table meanwhile: names may
/// have changed hands. ADD COLUMN does not matter.
void copy_chunk(const TaskConfig& config, const MappedTable& table, const LoadChunk& chunk,
                source::Connection& source) {
  in_transaction([&](pg::SpiSession& spi) {
    if (ChunkLoad(config, table, chunk).run(spi) && !keeps_columns(source, table.schema))
      throw TableChanged();
  });
}

/// Of several workers that find it out, one says so.
void leave_to_stream(const TaskConfig& config, MappedTable table, const std::string& error) {
  in_transaction([&](pg::SpiSession& spi) {
    const auto stored = lock_stored_table(spi, config.task, table.number);
    const bool is_loading =
        stored && (stored->state == TableState::kWaiting || stored->state == TableState::kLoading ||
                   stored->state == TableState::kLoaded);
    if (!is_loading) return;
    want_reload(spi, config, table, {"the source changed it during the load", error, {}, {}});
  });
}

void note_failure(const TaskConfig& config, const MappedTable& table, pg::ErrorReport report,
                  const ErrorPlace& place) {
  const bool is_final = !may_pass(report);
  if (is_final && report.hint.empty())
    report.hint = "Fix the cause, then start the task again: it goes on with the chunks that are not loaded.";
  in_transaction([&](pg::SpiSession& spi) {
    record_error(spi, config.task, report, place);
    if (is_final) set_table_error(spi, config.task, table.schema.display_name(), one_line(report));
  });
}

/// Where it cannot be noted, the server's log has to do: the task worker tries again what is left.
void record_failure(const TaskConfig& config, const MappedTable& table, const LoadChunk& chunk,
                    const pg::ErrorReport& report) {
  const ErrorPlace place = {table.schema.display_name(), "load of chunk " + chunk.chunk, {}};
  try {
    note_failure(config, table, report, place);
  } catch (const std::exception&) {
    log_failure(config.task, report, place, "has met an error during the load");
    log_current_failure(config.task, "cannot note it");
  }
}

/// A task that cannot load a table again fails, and says why.
void leave_or_fail(const TaskConfig& config, const MappedTable& table, const LoadChunk& chunk,
                   const std::string& error) {
  try {
    leave_to_stream(config, table, error);
  } catch (const std::exception&) {
    record_failure(config, table, chunk, pg::describe_current_exception());
    throw;
  }
}

/// The stream tells what became of the table, even where another one just like it has its name by now.
bool was_absent(const pg::ErrorReport& report) {
  return report.sqlstate == pg::sqlstate_of(ErrorCode::kNotFound);
}

/// True if the table is set aside, by this worker or by another one.
bool set_aside(const TaskConfig& config, const MappedTable& table, const LoadChunk& chunk,
               const pg::ErrorReport& report) {
  if (!concerns_one_table(report)) return false;
  bool is_aside = false;
  const ErrorPlace place = {table.schema.display_name(), "load of chunk " + chunk.chunk, {}};
  in_transaction([&](pg::SpiSession& spi) {
    is_aside = !has_chunks(spi, config.task, table.number) || suspend_table(spi, config, report, place);
  });
  return is_aside;
}

void load_chunk(const TaskConfig& config, const std::vector<MappedTable>& tables, const LoadChunk& chunk,
                source::Connection& source) {
  const MappedTable& table = table_of(tables, chunk.number);
  try {
    copy_chunk(config, table, chunk, source);
  } catch (const TableChanged&) {
    leave_or_fail(config, table, chunk, {});
  } catch (const std::exception&) {
    const pg::ErrorReport report = pg::describe_current_exception();
    if (!may_pass(report) && (was_absent(report) || !keeps_columns(source, table.schema, Labels::kSame)))
      return leave_or_fail(config, table, chunk, one_line(report));
    if (set_aside(config, table, chunk, report)) return;
    record_failure(config, table, chunk, report);
    throw;
  }
}

/// First our own share, then what is left of the others': a list of all of them, read at the start, would be
/// mostly of chunks that are done by then.
void load_chunks(const TaskConfig& config, const std::vector<MappedTable>& tables,
                 std::vector<LoadChunk> chunks, const compat::WorkerArgument& share,
                 source::Connection& source) {
  chunks.resize(share_of(chunks.size(), share));
  for (const LoadChunk& chunk : chunks) load_chunk(config, tables, chunk, source);
  in_transaction([&](pg::SpiSession& spi) { chunks = read_chunks(spi, config.task, share); });
  for (const LoadChunk& chunk : chunks) load_chunk(config, tables, chunk, source);
}

void run_load_worker() {
  const compat::WorkerArgument share = compat::connect_worker();
  apply::prepare_apply_session();
  fdw::keep_connections();
  std::optional<TaskConfig> config;
  std::vector<MappedTable> tables;
  std::vector<LoadChunk> chunks;
  in_transaction([&](pg::SpiSession& spi) {
    lock_load_for_session(spi, share.task_id);
    const auto task = task_name_of_id(spi, share.task_id);
    if (!task || !read_progress(spi, *task).wanted_running) return;
    config = load_task_config(spi, *task);
    tables = load_mappings(spi, *config);
    chunks = read_chunks(spi, *task, share);
  });
  if (!config) return;
  become_owner(config->owner);
  if (chunks.empty()) return;
  source::ConnectionOptions options;
  in_transaction([&](pg::SpiSession&) { options = source_options(*config); });
  source::Connection source = connect_source(options);
  load_chunks(*config, tables, std::move(chunks), share, source);
}

}  // namespace

void load_one_chunk(const TaskConfig& config) {
  std::vector<MappedTable> tables;
  std::vector<LoadChunk> chunks;
  source::ConnectionOptions options;
  in_transaction([&](pg::SpiSession& spi) {
    tables = load_mappings(spi, config);
    chunks = read_chunks(spi, config.task, {MyDatabaseId, config.id, 0, 1});
    options = source_options(config);
  });
  if (chunks.empty()) return;
  source::Connection source = connect_source(options);
  load_chunk(config, tables, chunks.front(), source);
}

}  // namespace mysql_sync

extern "C" PGDLLEXPORT void mysql_sync_load_main(Datum);
void mysql_sync_load_main(Datum) { mysql_sync::run_worker(mysql_sync::run_load_worker); }
