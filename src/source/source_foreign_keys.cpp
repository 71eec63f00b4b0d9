// Foreign keys of the source, from its information_schema.
#include <map>
#include <set>
#include <tuple>

#include "source/connection.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync::source {

namespace {

using Row = std::vector<std::optional<std::string>>;
using KeyName = std::tuple<std::string, std::string, std::string>;  // database, table, constraint

std::string text_of(const Row& row, size_t column) {
  return column < row.size() ? row[column].value_or("") : std::string();
}

ForeignAction action_of(const std::string& rule) {
  if (rule == "RESTRICT" || rule == "NO ACTION") return ForeignAction::kNone;
  if (rule == "CASCADE") return ForeignAction::kCascade;
  return rule == "SET NULL" ? ForeignAction::kSetNull : ForeignAction::kOther;
}

/// The columns of the keys of one database, which a source opens the tables for.
Status add_columns(Connection& connection, const std::string& database, std::map<KeyName, ForeignKey>* keys) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows,
      connection.query_all("SELECT table_name, constraint_name, column_name, referenced_table_schema,"
                           " referenced_table_name, referenced_column_name"
                           " FROM information_schema.key_column_usage WHERE table_schema = " +
                           connection.quote_literal(database) +
                           " AND referenced_table_name IS NOT NULL"
                           " ORDER BY table_name, constraint_name, ordinal_position"));
  for (const Row& row : rows) {
    const auto key = keys->find({database, text_of(row, 0), text_of(row, 1)});
    if (key == keys->end()) continue;
    key->second.columns.push_back(text_of(row, 2));
    key->second.parent_database = text_of(row, 3);
    key->second.parent_table = text_of(row, 4);
    key->second.referenced.push_back(text_of(row, 5));
  }
  return {};
}

}  // namespace

Result<bool> logs_cascades(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const auto native,
                              connection.query_all("SHOW VARIABLES LIKE 'innodb_native_foreign_keys'"));
  return !native.empty() && text_of(native[0], 1) == "OFF";
}

Result<std::vector<ForeignKey>> list_cascades(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows,
      connection.query_all("SELECT constraint_schema, table_name, constraint_name, delete_rule, update_rule"
                           " FROM information_schema.referential_constraints"
                           " WHERE delete_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT')"
                           " OR update_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT')"));
  std::map<KeyName, ForeignKey> keys;
  std::set<std::string> databases;
  for (const Row& row : rows) {
    ForeignKey key;
    key.child_database = text_of(row, 0);
    key.child_table = text_of(row, 1);
    key.name = text_of(row, 2);
    key.on_delete = action_of(text_of(row, 3));
    key.on_update = action_of(text_of(row, 4));
    databases.insert(key.child_database);
    keys.emplace(KeyName{key.child_database, key.child_table, key.name}, std::move(key));
  }
  for (const std::string& database : databases)
    MYSQL_SYNC_RETURN_IF_ERROR(add_columns(connection, database, &keys));
  std::vector<ForeignKey> found;
  for (auto& [name, key] : keys)
    if (!key.columns.empty()) found.push_back(std::move(key));
  return found;
}

}  // namespace mysql_sync::source
