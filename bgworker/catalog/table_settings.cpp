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

void delete_table_settings(pg::SpiSession& spi, const std::string& task) {
  spi.execute("DELETE FROM mysql_sync.table_setting WHERE task = $1::name", {task});
}

}  // namespace mysql_sync
