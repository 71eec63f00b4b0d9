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

/// A row of table_setting, as it is stored.
struct StoredSettings {
  pg::Text target_schema, target_table;
  std::string columns = "{}", types = "{}";  ///< JSON

  bool operator==(const StoredSettings& other) const {
    return target_schema == other.target_schema && target_table == other.target_table &&
           columns == other.columns && types == other.types;
  }
};
/// The settings of one table; the default ones if nothing is stored.
StoredSettings read_stored_settings(pg::SpiSession& spi, const std::string& task, const std::string& database,
                                    const std::string& table);
/// Takes the place of what is stored. Default ones are not stored.
void store_settings(pg::SpiSession& spi, const std::string& task, const std::string& database,
                    const std::string& table, const StoredSettings& settings);

/// Forgets the settings of a task.
void delete_table_settings(pg::SpiSession& spi, const std::string& task);

}  // namespace mysql_sync
