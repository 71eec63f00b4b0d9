// Tables and columns of the source, from its information_schema.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <unordered_set>
#include <utility>

#include "core/ddl/created_columns.hpp"
#include "source/connection_impl.hpp"
#include "source/source_metadata.hpp"
#include "source/unreadable_tables.hpp"

namespace mysql_sync::source {
namespace {

using Row = std::vector<std::optional<std::string>>;
using Schemas = std::map<std::string, TableSchema>;

std::string text_of(const Row& row, size_t column) {
  return column < row.size() ? row[column].value_or("") : std::string();
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

class NameFilter {
 public:
  NameFilter(bool exact, const std::string& database, const std::vector<std::string>& tables)
      : exact_(exact), database_(database), tables_(tables.begin(), tables.end()) {}

  bool matches(const std::string& database, const std::string& table) const {
    if (!exact_) return true;
    return database == database_ && (tables_.empty() || tables_.count(table) != 0);
  }

 private:
  bool exact_;
  const std::string& database_;
  std::unordered_set<std::string> tables_;  // empty: all
};

/// "table_schema = 'db' AND table_name IN ('a', 'b')": both compared with literals, so that old sources open
/// only these tables.
std::string condition(const Connection& connection, const std::string& database,
                      const std::vector<std::string>& tables) {
  std::string sql = "table_schema = " + connection.quote_literal(database);
  if (tables.empty()) return sql;
  sql += " AND table_name IN (";
  for (size_t i = 0; i < tables.size(); ++i)
    sql += (i == 0 ? "" : ", ") + connection.quote_literal(tables[i]);
  return sql + ")";
}

ColumnType unknown_type(std::string declared) {
  ColumnType type;
  type.declared = std::move(declared);
  return type;
}

/// `extra` is e.g. "VIRTUAL GENERATED INVISIBLE", "PERSISTENT", "DEFAULT_GENERATED on update
/// CURRENT_TIMESTAMP".
Column make_column(const Row& row) {
  const std::string extra = upper(text_of(row, 6));
  Column column;
  column.name = text_of(row, 2);
  column.nullable = upper(text_of(row, 5)) == "YES";
  column.generated = contains(extra, "VIRTUAL") || contains(extra, "STORED") || contains(extra, "PERSISTENT");
  column.invisible = contains(extra, "INVISIBLE");
  auto type = parse_column_type(text_of(row, 3), text_of(row, 4));
  // Such as decimal(905,0), which a system view of MySQL 9 has: no reason to know nothing of all the others.
  if (!type.ok()) type = unknown_type(text_of(row, 3));
  column.type = *std::move(type);
  return column;
}

/// `keyed` gets the names of tables that have a key, by what their columns say.
Result<Schemas> read_columns(Connection& connection, const NameFilter& filter, const std::string& where,
                             std::unordered_set<std::string>* keyed = nullptr) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows,
      connection.query_all(
          "SELECT table_schema, table_name, column_name, column_type, "
          "character_set_name, is_nullable, extra, column_key FROM information_schema.columns "
          "WHERE " +
          where + " ORDER BY table_name, ordinal_position"));
  Schemas schemas;
  for (const Row& row : rows) {
    if (!filter.matches(text_of(row, 0), text_of(row, 1))) continue;
    TableSchema& schema = schemas[text_of(row, 1)];
    schema.database = text_of(row, 0);
    schema.table = text_of(row, 1);
    schema.columns.push_back(make_column(row));
    if (keyed != nullptr && text_of(row, 7) == "PRI") keyed->insert(schema.table);
  }
  return schemas;
}

std::optional<size_t> column_index(const TableSchema& schema, const std::string& name) {
  for (size_t i = 0; i < schema.columns.size(); ++i)
    if (schema.columns[i].name == name) return i;
  return std::nullopt;
}

Status add_primary_keys(Connection& connection, const std::string& where, Schemas& schemas) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows,
      connection.query_all(
          "SELECT table_schema, table_name, column_name FROM information_schema.statistics WHERE " + where +
          " AND index_name = 'PRIMARY' ORDER BY table_name, seq_in_index"));
  for (const Row& row : rows) {
    const auto schema = schemas.find(text_of(row, 1));
    if (schema == schemas.end() || schema->second.database != text_of(row, 0)) continue;
    const auto index = column_index(schema->second, text_of(row, 2));
    if (index) schema->second.primary_key.push_back(*index);
  }
  return {};
}

/// A table that is dropped between the two queries looks like one without a key: `torn` gets such names.
Result<Schemas> read_with_keys(Connection& connection, const std::string& database,
                               const std::vector<std::string>& tables, std::vector<std::string>* torn) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const bool exact, tells_case_apart(connection));
  const std::string where = condition(connection, database, tables);
  std::unordered_set<std::string> keyed;
  MYSQL_SYNC_ASSIGN_OR_RETURN(Schemas schemas,
                              read_columns(connection, {exact, database, tables}, where, &keyed));
  MYSQL_SYNC_RETURN_IF_ERROR(add_primary_keys(connection, where, schemas));
  for (const auto& [name, schema] : schemas)
    if (schema.primary_key.empty() && keyed.count(name) != 0) torn->push_back(name);
  return schemas;
}

/// A collation's name starts with the name of its character set ("utf8mb4_0900_ai_ci", "binary"); MariaDB's
/// tables of character sets do not list every such name.
std::string charset_of_collation(const std::string& collation) {
  return collation.substr(0, collation.find('_'));
}

/// Before MySQL 8, and on MariaDB, the text is made in the server's old character set, which has no emoji,
/// and of the bytes of binary defaults: a question mark may stand for either.
bool may_be_lossy(const Connection& connection, const ColumnDefault& value) {
  const bool exact = !connection.is_mariadb() && connection.version_number() >= 80000;
  return !exact && value.kind == ColumnDefault::Kind::kLiteral &&
         value.literal.find('?') != std::string::npos;
}

/// MariaDB takes names of an IN list that its catalog compares as equal (t and T, a and á) for one, and shows
/// one of the tables. The others have to be asked for alone.
std::vector<std::string> names_left_out(const Schemas& found, const std::vector<std::string>& tables) {
  std::vector<std::string> missing;
  for (const std::string& table : tables)
    if (found.count(table) == 0) missing.push_back(table);
  return tables.size() < 2 ? std::vector<std::string>() : missing;
}

}  // namespace

Result<bool> tells_case_apart(Connection& connection) {
  std::optional<bool>& known = connection.impl().tells_case_apart;
  if (!known) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(const auto folds,
                                connection.query_value("SELECT @@global.lower_case_table_names"));
    known = folds.value_or("0") == "0";
  }
  return *known;
}

Result<std::vector<TableListing>> list_tables(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows,
      connection.query_all(
          "SELECT table_schema, table_name, table_rows, table_type, table_collation "
          "FROM information_schema.tables WHERE table_schema NOT IN ('mysql', 'sys', "
          "'information_schema', 'performance_schema') AND table_type IN ('BASE TABLE', 'VIEW', "
          "'SYSTEM VERSIONED') ORDER BY table_schema, table_name"));
  std::vector<TableListing> tables;
  for (const Row& row : rows) {
    TableListing table;
    table.database = text_of(row, 0);
    table.table = text_of(row, 1);
    table.estimated_rows = std::strtoull(text_of(row, 2).c_str(), nullptr, 10);
    table.is_view = text_of(row, 3) == "VIEW";
    table.is_versioned = text_of(row, 3) == "SYSTEM VERSIONED";
    table.charset = charset_of_collation(text_of(row, 4));
    tables.push_back(std::move(table));
  }
  return tables;
}

Result<std::vector<TableSchema>> read_schemas(Connection& connection, const std::string& database,
                                              const std::vector<std::string>& tables) {
  constexpr int kTries = 5;
  std::vector<std::string> torn;
  MYSQL_SYNC_ASSIGN_OR_RETURN(Schemas schemas, read_with_keys(connection, database, tables, &torn));
  for (int i = 0; i < kTries && !torn.empty(); ++i) {
    const std::vector<std::string> names = std::exchange(torn, {});
    for (const std::string& name : names) schemas.erase(name);
    MYSQL_SYNC_ASSIGN_OR_RETURN(Schemas again, read_with_keys(connection, database, names, &torn));
    schemas.merge(again);
  }
  for (const std::string& name : names_left_out(schemas, tables)) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(Schemas alone, read_with_keys(connection, database, {name}, &torn));
    for (const std::string& changing : std::exchange(torn, {})) alone.erase(changing);
    schemas.merge(alone);
  }
  std::vector<TableSchema> found;
  for (auto& [name, schema] : schemas) found.push_back(std::move(schema));
  return found;
}

Result<bool> has_table(Connection& connection, const std::string& database, const std::string& table) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const bool exact, tells_case_apart(connection));
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows,
      connection.query_all("SELECT table_schema, table_name FROM information_schema.tables WHERE " +
                           condition(connection, database, {table}) + " AND table_type <> 'VIEW'"));
  const std::vector<std::string> tables{table};
  const NameFilter filter(exact, database, tables);
  MYSQL_SYNC_ASSIGN_OR_RETURN(const auto columns, read_table_columns(connection, database, table));
  return columns && std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
           return filter.matches(text_of(row, 0), text_of(row, 1));
         });
}

Result<std::optional<TableSchema>> read_table_columns(Connection& connection, const std::string& database,
                                                      const std::string& table) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const bool exact, tells_case_apart(connection));
  const std::vector<std::string> tables{table};
  MYSQL_SYNC_ASSIGN_OR_RETURN(Schemas schemas, read_columns(connection, {exact, database, tables},
                                                            condition(connection, database, tables)));
  if (schemas.empty()) return std::optional<TableSchema>();
  return std::optional<TableSchema>(std::move(schemas.begin()->second));
}

Result<std::vector<Unreadable>> list_unreadable(Connection& connection, const std::string& database,
                                                const std::vector<TableSchema>& readable) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const bool exact, tells_case_apart(connection));
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows, connection.query_all("SELECT table_schema, table_name, table_comment FROM "
                                            "information_schema.tables WHERE " +
                                            condition(connection, database, {}) + " ORDER BY table_name"));
  std::unordered_set<std::string> names;
  for (const TableSchema& table : readable) names.insert(table.table);
  std::vector<Unreadable> found;
  for (const Row& row : rows)
    if (NameFilter(exact, database, {}).matches(text_of(row, 0), text_of(row, 1)) &&
        names.count(text_of(row, 1)) == 0)
      found.push_back({text_of(row, 1), text_of(row, 2)});
  return found;
}

Result<std::string> read_create_statement(Connection& connection, const TableSchema& table) {
  const auto rows = connection.query_all("SHOW CREATE TABLE " + quote_identifier(table.database) + "." +
                                         quote_identifier(table.table));
  if (rows.ok()) return rows->empty() ? std::string() : text_of((*rows)[0], 1);
  const ErrorCode code = rows.status().code();
  if (code == ErrorCode::kConnection || code == ErrorCode::kCancelled) return rows.status();
  return std::string();
}

Status read_defaults(Connection& connection, TableSchema* schema) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const std::string statement, read_create_statement(connection, *schema));
  std::vector<Column> created;
  if (!statement.empty()) {
    auto columns = ddl::created_columns(statement, connection.is_mariadb());
    if (columns.ok()) created = *std::move(columns);
  }
  for (Column& column : schema->columns) {
    const auto found = std::find_if(created.begin(), created.end(),
                                    [&](const Column& other) { return other.name == column.name; });
    column.default_value = found != created.end() ? found->default_value : ColumnDefault();
    if (found == created.end() || may_be_lossy(connection, column.default_value))
      column.default_value.kind = ColumnDefault::Kind::kOther;
  }
  return {};
}

Result<std::vector<DatabaseCharset>> read_database_charsets(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows,
      connection.query_all("SELECT schema_name, default_character_set_name FROM information_schema.schemata "
                           "ORDER BY schema_name"));
  std::vector<DatabaseCharset> databases;
  for (const Row& row : rows) databases.push_back({text_of(row, 0), text_of(row, 1)});
  return databases;
}

Result<std::string> read_database_charset(Connection& connection, const std::string& database) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows,
      connection.query_all("SELECT schema_name, default_character_set_name FROM information_schema.schemata "
                           "WHERE schema_name = " +
                           connection.quote_literal(database)));
  MYSQL_SYNC_ASSIGN_OR_RETURN(const bool exact, tells_case_apart(connection));
  for (const Row& row : rows)
    if (!exact || text_of(row, 0) == database) return text_of(row, 1);
  return std::string();
}

Result<std::string> read_table_charset(Connection& connection, const std::string& database,
                                       const std::string& table) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const auto rows,
                              connection.query_all("SELECT table_schema, table_name, table_collation FROM "
                                                   "information_schema.tables WHERE " +
                                                   condition(connection, database, {table})));
  MYSQL_SYNC_ASSIGN_OR_RETURN(const bool exact, tells_case_apart(connection));
  for (const Row& row : rows) {
    if (!NameFilter{exact, database, {table}}.matches(text_of(row, 0), text_of(row, 1))) continue;
    return charset_of_collation(text_of(row, 2));
  }
  return std::string();
}

Result<bool> has_savepoints(Connection& connection, const std::string& database, const std::string& table) {
  const std::string sql =
      "SELECT t.table_schema, t.table_name FROM information_schema.tables AS t"
      " JOIN information_schema.engines AS e ON e.engine = t.engine WHERE e.savepoints = 'YES' AND t.table_schema = " +
      connection.quote_literal(database) + " AND t.table_name = " + connection.quote_literal(table);
  MYSQL_SYNC_ASSIGN_OR_RETURN(const bool exact, tells_case_apart(connection));
  MYSQL_SYNC_ASSIGN_OR_RETURN(const auto rows, connection.query_all(sql));
  const NameFilter filter(exact, database, {table});
  return std::any_of(rows.begin(), rows.end(),
                     [&](const Row& row) { return filter.matches(text_of(row, 0), text_of(row, 1)); });
}

}  // namespace mysql_sync::source
