// The columns of the tables of a binlog file: as its CREATE and ALTER TABLE statements say, or as a table map
// does.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "core/binlog/event.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::golden {

/// Follows the statements of one file through the DDL parser.
class SchemaTracker {
 public:
  void begin_server(const std::string& server_version);
  void follow(const binlog::QueryEvent& query);
  /// Nothing where the file does not create the table, or where what came after could not be followed.
  const TableSchema* find(const std::string& database, const std::string& table) const;

 private:
  bool mariadb_ = false;
  std::string default_charset_ = "latin1";
  std::map<std::pair<std::string, std::string>, TableSchema> tables_;
};

/// What a table map alone tells: strings are bytes, the labels of ENUM and SET are their numbers.
TableSchema schema_of_map(const binlog::TableMapEvent& map);

}  // namespace mysql_sync::golden
