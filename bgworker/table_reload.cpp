#include "bgworker/table_reload.hpp"

namespace mysql_sync {

namespace {

void log_reload(pg::SpiSession& spi, const TaskConfig& config, const MappedTable& table,
                const ReloadReason& reason) {
  ErrorEntry entry;
  entry.source_table = table.schema.display_name();
  entry.position = reason.position;
  entry.gtid = reason.gtid;
  entry.sqlstate = "00000";
  entry.message = "the table is loaded again: " + reason.reason;
  entry.detail = reason.statement;
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
    const std::string statement = reason.statement.empty() ? "" : " Statement: " + reason.statement;
    pg::fail(ErrorCode::kUnsupported,
             table.schema.display_name() + " would have to be loaded again: " + reason.reason,
             problem + statement,
             "Bring the target table to what the source has by hand, then create the task again.");
  }
  table.phase = TablePhase::kReloadWanted;
  table.begin = BinlogPosition();
  table.consistent = BinlogPosition();
  save_phase(spi, config.task, table);
  spi.execute("DELETE FROM mysql_sync.load_chunk WHERE task = $1::name AND number = $2::integer",
              {config.task, std::to_string(table.number)});
  log_reload(spi, config, table, reason);
}

}  // namespace mysql_sync
