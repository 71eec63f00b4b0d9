#include "bgworker/catalog/reload_requests.hpp"

#include <map>

#include "bgworker/catalog/load_chunks.hpp"

namespace mysql_sync {

namespace {

// Of the requests of task $1, r: those that repeat a reload wait until its rows are read.
constexpr const char* kCounts =
    "r.task = $1::name AND (r.repeats IS NULL OR NOT EXISTS (SELECT 1 FROM mysql_sync.table_mapping m"
    " WHERE m.task = r.task AND m.number = r.number AND m.state = 'reloading'))";

void log_reload(pg::SpiSession& spi, const TaskConfig& config, const MappedTable& table,
                const ReloadReason& reason) {
  ErrorEntry entry;
  entry.source_table = table.schema.display_name();
  entry.position = reason.position;
  entry.gtid = reason.gtid;
  entry.sqlstate = "00000";
  entry.message = "the table is loaded again: " + reason.reason;
  entry.detail = reason.detail;
  log_error(spi, config.task, entry);
}

}  // namespace

std::string reload_problem(const TaskConfig& config) {
  if (!config.sync_data) return "The task does not load rows: its sync_data is false.";
  if (config.existing_tables == ExistingTables::kAppend)
    return "Its target may hold rows of others: existing_tables is 'append'.";
  if (!config.operations.remove)
    return "Its target may hold rows that the source deleted: 'delete' is not among the operations.";
  return {};
}

void want_reload(pg::SpiSession& spi, const TaskConfig& config, MappedTable& table,
                 const ReloadReason& reason) {
  const std::string problem = reload_problem(config);
  if (!problem.empty()) {
    pg::fail(ErrorCode::kUnsupported,
             table.schema.display_name() + " would have to be loaded again: " + reason.reason,
             reason.detail.empty() ? problem : problem + " " + reason.detail,
             "Bring the target table to what the source has by hand, then create the task again.");
  }
  pg::check(table.life.happen(TableEvent::kReloadRequested));
  save_life(spi, config.task, table);
  delete_chunks(spi, config.task, table.number);
  spi.execute(
      "DELETE FROM mysql_sync.reload_request"
      " WHERE task = $1::name AND number = $2::integer AND repeats IS NOT NULL",
      {config.task, std::to_string(table.number)});
  spi.execute(
      "UPDATE mysql_sync.table_mapping SET last_error = NULL WHERE task = $1::name AND number = $2::integer",
      {config.task, std::to_string(table.number)});
  log_reload(spi, config, table, reason);
}

void ask_for_reload(pg::SpiSession& spi, const std::string& task, uint32_t number) {
  spi.execute("INSERT INTO mysql_sync.reload_request (task, number) VALUES ($1::name, $2::integer)",
              {task, std::to_string(number)});
}

void want_repeated(pg::SpiSession& spi, const std::string& task, uint32_t number, const std::string& reason) {
  spi.execute(
      "INSERT INTO mysql_sync.reload_request (task, number, repeats) VALUES ($1::name, $2::integer, $3)",
      {task, std::to_string(number), reason});
}

bool is_reload_asked_for(pg::SpiSession& spi, const std::string& task) {
  return spi
      .query_row(std::string("SELECT 1 FROM mysql_sync.reload_request r WHERE ") + kCounts + " LIMIT 1",
                 {task})
      .has_value();
}

std::vector<ReloadRequest> take_asked_for(pg::SpiSession& spi, const std::string& task) {
  std::map<uint32_t, ReloadRequest> requests;
  const std::string sql =
      std::string("DELETE FROM mysql_sync.reload_request r WHERE ") + kCounts + " RETURNING number, repeats";
  for (const pg::TextRow& row : spi.query(sql, {task})) {
    const auto number = static_cast<uint32_t>(std::stoul(*row[0]));
    const auto [known, is_new] = requests.try_emplace(number, ReloadRequest{number, row[1]});
    if (!row[1]) known->second.repeats.reset();
  }
  std::vector<ReloadRequest> found;
  for (auto& [number, request] : requests) found.push_back(std::move(request));
  return found;
}

bool has_unfinished_reload(pg::SpiSession& spi, const std::string& task) {
  if (is_reload_asked_for(spi, task)) return true;
  return spi
      .query_row(
          "SELECT 1 FROM mysql_sync.doubtful_rename WHERE task = $1::name UNION ALL "
          "SELECT 1 FROM mysql_sync.table_mapping WHERE task = $1::name"
          "   AND state IN ('reload_wanted', 'reloading', 'catching_up') LIMIT 1",
          {task})
      .has_value();
}

void begin_reload(pg::SpiSession& spi, const std::string& task, const MappedTable& table) {
  save_columns(spi, task, table);
  save_life(spi, task, table);
  spi.execute(
      "UPDATE mysql_sync.table_mapping SET rows_estimated = $3::bigint"
      " WHERE task = $1::name AND number = $2::integer",
      {task, std::to_string(table.number), std::to_string(table.rows_estimated)});
  spi.execute(
      "INSERT INTO mysql_sync.load_chunk (task, number, chunk, condition)"
      " VALUES ($1::name, $2::integer, 0, '')",
      {task, std::to_string(table.number)});
}

std::string rest_of_reload(pg::SpiSession& spi, const std::string& task, uint32_t number) {
  const auto row = spi.query_row(
      "SELECT condition FROM mysql_sync.load_chunk WHERE task = $1::name AND number = $2::integer",
      {task, std::to_string(number)});
  if (!row) pg::fail(ErrorCode::kInternal, "a table that is being loaded again has no chunk");
  return *(*row)[0];
}

void save_step(pg::SpiSession& spi, const std::string& task, uint32_t number, const ReloadStep& step) {
  spi.execute(
      "UPDATE mysql_sync.load_chunk SET condition = $3, done = $4::boolean, rows = rows + $5::bigint,"
      "       bytes = bytes + $6::bigint, values_changed_by_policy = values_changed_by_policy + $7::bigint"
      " WHERE task = $1::name AND number = $2::integer",
      {task, std::to_string(number), step.rest, step.done ? "t" : "f", std::to_string(step.rows),
       std::to_string(step.bytes), std::to_string(step.changed_by_policy)});
}

}  // namespace mysql_sync
