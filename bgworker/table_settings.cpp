#include "bgworker/table_settings.hpp"

namespace mysql_sync {

std::vector<TableSettings> load_table_settings(pg::SpiSession& spi, const std::string& task) {
  std::vector<TableSettings> all;
  const auto rows = spi.query(
      "SELECT s.source_database, s.source_table, t.key, t.value"
      "  FROM mysql_sync.table_setting s, pg_catalog.jsonb_each_text(s.types) t"
      " WHERE s.task = $1::name ORDER BY 1, 2, 3",
      {task});
  for (const pg::TextRow& row : rows) {
    if (all.empty() || all.back().database != *row[0] || all.back().table != *row[1])
      all.push_back({*row[0], *row[1], {}});
    all.back().types[*row[2]] = row[3].value_or("");
  }
  return all;
}

void delete_table_settings(pg::SpiSession& spi, const std::string& task) {
  spi.execute("DELETE FROM mysql_sync.table_setting WHERE task = $1::name", {task});
}

}  // namespace mysql_sync
