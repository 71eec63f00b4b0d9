#include "bgworker/catalog/table_lookup.hpp"

#include "bgworker/catalog/load_chunks.hpp"

namespace mysql_sync {

namespace {

std::optional<StoredTable> read_stored(const std::optional<pg::TextRow>& row) {
  if (!row) return std::nullopt;
  return StoredTable{static_cast<uint32_t>(std::stoul(*(*row)[0])),
                     pg::value_or_throw(read_table_state(*(*row)[1]))};
}

}  // namespace

std::optional<StoredTable> find_stored_table(pg::SpiSession& spi, const std::string& task,
                                             const std::string& source_table, bool locks) {
  return read_stored(
      spi.query_row(std::string("SELECT number, state FROM mysql_sync.table_mapping"
                                " WHERE task = $1::name AND source_database || '.' || source_table = $2") +
                        (locks ? " FOR UPDATE" : ""),
                    {task, source_table}));
}

std::optional<StoredTable> lock_stored_table(pg::SpiSession& spi, const std::string& task, uint32_t number) {
  return read_stored(
      spi.query_row("SELECT number, state FROM mysql_sync.table_mapping"
                    " WHERE task = $1::name AND number = $2::integer FOR UPDATE",
                    {task, std::to_string(number)}));
}

bool has_stored_key(pg::SpiSession& spi, const std::string& task, uint32_t number) {
  return spi
      .query_row(
          "SELECT 1 FROM mysql_sync.table_column"
          " WHERE task = $1::name AND number = $2::integer AND key_position IS NOT NULL LIMIT 1",
          {task, std::to_string(number)})
      .has_value();
}

void store_failure(pg::SpiSession& spi, const std::string& task, const StoredTable& table,
                   const std::string& error) {
  const TableState after = pg::value_or_throw(next_state(table.state, TableEvent::kFailed));
  spi.execute(
      "UPDATE mysql_sync.table_mapping SET state = $4, consistent_file = NULL, consistent_offset = NULL,"
      "       last_error = $3 WHERE task = $1::name AND number = $2::integer",
      {task, std::to_string(table.number), error, std::string(table_state_name(after))});
  delete_chunks(spi, task, table.number);
}

std::vector<SuspendedTable> suspended_tables(pg::SpiSession& spi, const std::string& task) {
  std::vector<SuspendedTable> tables;
  for (const pg::TextRow& row :
       spi.query("SELECT source_database || '.' || source_table, last_error FROM mysql_sync.table_mapping"
                 " WHERE task = $1::name AND state = 'suspended' ORDER BY 1",
                 {task}))
    tables.push_back({*row[0], row[1].value_or("")});
  return tables;
}

void clear_table_errors(pg::SpiSession& spi, const std::string& task) {
  spi.execute(
      "UPDATE mysql_sync.table_mapping SET last_error = NULL"
      " WHERE task = $1::name AND last_error IS NOT NULL AND state <> 'suspended'",
      {task});
}

std::vector<TargetUser> users_of_target(pg::SpiSession& spi, const apply::TargetTable& target) {
  std::vector<TargetUser> users;
  for (const pg::TextRow& row :
       spi.query("SELECT task, number, source_database, source_table FROM mysql_sync.table_mapping"
                 " WHERE target_schema = $1::name AND target_table = $2::name AND state <> 'dropped'"
                 " ORDER BY task, number",
                 {target.schema, target.table}))
    users.push_back({*row[0], static_cast<uint32_t>(std::stoul(*row[1])), *row[2], *row[3]});
  return users;
}

}  // namespace mysql_sync
