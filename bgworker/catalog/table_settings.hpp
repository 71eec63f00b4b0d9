// What set_table() says of single tables of a task, in the catalog table table_setting.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pg/spi.hpp"

namespace mysql_sync {

struct TableSettings {
  std::string database, table;              ///< of the source
  pg::Text target_schema, target_table;     ///< nothing: as the task's settings have it
  std::map<std::string, pg::Text> columns;  ///< target column by source column; nothing: not carried
  /// Target type by source column, as SQL text, qualified outside pg_catalog; apply::kMadeEnum for an enum
  /// type that is made with the table.
  std::map<std::string, std::string> types;

  /// "database.table", for messages.
  std::string display_name() const { return database + "." + table; }
};

/// All settings of a task, by database and table.
std::vector<TableSettings> load_table_settings(pg::SpiSession& spi, const std::string& task);

/// Forgets the settings of a task.
void delete_table_settings(pg::SpiSession& spi, const std::string& task);

}  // namespace mysql_sync
