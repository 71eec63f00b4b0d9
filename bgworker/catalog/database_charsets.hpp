// The default character sets of databases: the part of the schema history that CREATE TABLE takes where it
// names none. Of the databases that a task may select tables from.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bgworker/catalog/task_config.hpp"
#include "core/route/source_names.hpp"
#include "pg/spi.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

/// Those known, at the place that the stream has reached.
class DatabaseCharsets {
 public:
  explicit DatabaseCharsets(SourceNames names) : names_(names) {}

  /// nullptr: not known.
  const std::string* find(const std::string& database) const;
  /// An empty character set: not known any more.
  void set(const std::string& database, const std::string& charset);
  /// The name that stands for the database, however a statement spells it.
  std::string key(const std::string& database) const { return names_.folded(database); }

 private:
  SourceNames names_;
  std::unordered_map<std::string, std::string> charsets_;
};

/// Those of the source now.
std::vector<source::DatabaseCharset> read_selected_charsets(source::Connection& source,
                                                            const TaskConfig& config);

/// In the catalog, under the name by DatabaseCharsets::key(). An empty character set forgets the database.
void save_database_charset(pg::SpiSession& spi, const std::string& task, const std::string& database,
                           const std::string& charset);
DatabaseCharsets load_database_charsets(pg::SpiSession& spi, const std::string& task,
                                        const SourceNames& names);

}  // namespace mysql_sync
