#include "bgworker/catalog/table_settings.hpp"

namespace mysql_sync {

namespace {

/// The members of a JSON column of table_setting, by table, in the order of load_table_settings().
std::vector<pg::TextRow> read_members(pg::SpiSession& spi, const std::string& task,
                                      const std::string& column) {
  return spi.query(
      "SELECT s.source_database, s.source_table, m.key, m.value FROM mysql_sync.table_setting s, "
      "jsonb_each_text(s." +
          column + ") m WHERE s.task = $1::name ORDER BY 1, 2, 3",
      {task});
}

constexpr const char* kThisTable = " WHERE task = $1::name AND source_database = $2 AND source_table = $3";

TableSettings& table_of_row(std::vector<TableSettings>& all, const pg::TextRow& row) {
  for (TableSettings& settings : all)
    if (settings.database == *row[0] && settings.table == *row[1]) return settings;
  pg::fail(ErrorCode::kInternal, "settings of a table appeared meanwhile");
}

}  // namespace

std::vector<TableSettings> load_table_settings(pg::SpiSession& spi, const std::string& task) {
  std::vector<TableSettings> all;
  for (pg::TextRow& row : spi.query("SELECT source_database, source_table, target_schema, target_table"
                                    "  FROM mysql_sync.table_setting WHERE task = $1::name ORDER BY 1, 2",
                                    {task}))
    all.push_back({*row[0], *row[1], row[2], row[3], {}, {}});
  for (const pg::TextRow& row : read_members(spi, task, "columns"))
    table_of_row(all, row).columns[*row[2]] = row[3];
  for (const pg::TextRow& row : read_members(spi, task, "types"))
    table_of_row(all, row).types[*row[2]] = row[3].value_or("");
  return all;
}

StoredSettings read_stored_settings(pg::SpiSession& spi, const std::string& task, const std::string& database,
                                    const std::string& table) {
  const auto row = spi.query_row(
      std::string("SELECT target_schema, target_table, columns, types FROM mysql_sync.table_setting") +
          kThisTable,
      {task, database, table});
  if (!row) return {};
  return {(*row)[0], (*row)[1], *(*row)[2], *(*row)[3]};
}

void store_settings(pg::SpiSession& spi, const std::string& task, const std::string& database,
                    const std::string& table, const StoredSettings& settings) {
  spi.execute(std::string("DELETE FROM mysql_sync.table_setting") + kThisTable, {task, database, table});
  if (settings == StoredSettings()) return;
  spi.execute(
      "INSERT INTO mysql_sync.table_setting (task, source_database, source_table, target_schema, target_table,"
      " columns, types) VALUES ($1::name, $2, $3, $4::name, $5::name, $6::jsonb, $7::jsonb)",
      {task, database, table, settings.target_schema, settings.target_table, settings.columns,
       settings.types});
}

void delete_table_settings(pg::SpiSession& spi, const std::string& task) {
  spi.execute("DELETE FROM mysql_sync.table_setting WHERE task = $1::name", {task});
}

}  // namespace mysql_sync
