#include "bgworker/catalog/database_charsets.hpp"

#include <algorithm>

namespace mysql_sync {

const std::string* DatabaseCharsets::find(const std::string& database) const {
  const auto found = charsets_.find(key(database));
  return found == charsets_.end() ? nullptr : &found->second;
}

void DatabaseCharsets::set(const std::string& database, const std::string& charset) {
  if (charset.empty())
    charsets_.erase(key(database));
  else
    charsets_[key(database)] = charset;
}

std::vector<source::DatabaseCharset> read_selected_charsets(source::Connection& source,
                                                            const TaskConfig& config) {
  const ObjectSelection selection = config.selection();
  auto databases = pg::value_or_throw(source::read_database_charsets(source));
  databases.erase(std::remove_if(databases.begin(), databases.end(),
                                 [&](const source::DatabaseCharset& database) {
                                   return !selection.may_select_from(database.database);
                                 }),
                  databases.end());
  return databases;
}

void save_database_charset(pg::SpiSession& spi, const std::string& task, const std::string& database,
                           const std::string& charset) {
  spi.execute("DELETE FROM mysql_sync.database_charset WHERE task = $1::name AND source_database = $2",
              {task, database});
  if (charset.empty()) return;
  spi.execute(
      "INSERT INTO mysql_sync.database_charset (task, source_database, charset) VALUES ($1::name, $2, $3)",
      {task, database, charset});
}

DatabaseCharsets load_database_charsets(pg::SpiSession& spi, const std::string& task,
                                        const SourceNames& names) {
  DatabaseCharsets charsets(names);
  for (const pg::TextRow& row : spi.query(
           "SELECT source_database, charset FROM mysql_sync.database_charset WHERE task = $1::name", {task}))
    charsets.set(*row[0], *row[1]);
  return charsets;
}

}  // namespace mysql_sync
