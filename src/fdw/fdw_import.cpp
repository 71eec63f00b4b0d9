#include "fdw/fdw_import.hpp"

#include "core/types/type_map.hpp"
#include "fdw/fdw_callbacks.hpp"
#include "fdw/fdw_connection.hpp"
#include "fdw/fdw_options.hpp"
#include "pg/encoding.hpp"
#include "pg/guard.hpp"
#include "pg/spi.hpp"
#include "source/source_metadata.hpp"
#include "source/unreadable_tables.hpp"

namespace mysql_sync::fdw {

namespace {

bool may_hold_zero_dates(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kDatetime || kind == TypeKind::kTimestamp;
}

/// Why a name of the source cannot be one here; empty if it can.
std::string name_problem(const std::string& what, const std::string& name) {
  const std::string subject = what + " \"" + name + "\" ";
  if (!pg::is_representable(name)) return subject + "has no form in the encoding of this database";
  if (pg::to_server(name).size() < NAMEDATALEN) return {};
  return subject + "is longer than " + std::to_string(NAMEDATALEN - 1) + " bytes";
}

/// Zero dates become null, so NOT NULL would be a lie on such columns.
std::string column_definition(const Column& column, const TypeMapping& mapping) {
  const bool not_null = !column.nullable && !may_hold_zero_dates(column.type.kind);
  return pg::quote_name(column.name) + " " + mapping.target + (not_null ? " NOT NULL" : "");
}

/// The list of columns, or why there can be none.
std::string column_list(const TableSchema& table, std::string* reason) {
  std::string list;
  for (const Column& column : table.columns) {
    const TypeMapping mapping = map_type(column.type);
    *reason = name_problem("column name", column.name);
    if (!mapping.carried) *reason = "column \"" + column.name + "\": " + mapping.reason;
    if (!reason->empty()) return {};
    list += (list.empty() ? "\n  " : ",\n  ") + column_definition(column, mapping);
  }
  return list;
}

std::string create_statement(const TableSchema& table, const std::string& columns, const std::string& server,
                             const std::string& schema) {
  return "CREATE FOREIGN TABLE " + pg::quote_qualified(schema, table.table) + " (" + columns + "\n) SERVER " +
         pg::quote_name(server) + " OPTIONS (dbname " + pg::quote_literal(table.database) + ", table_name " +
         pg::quote_literal(table.table) + ")";
}

ImportedTable plan_table(const TableSchema& table, const std::string& server, const std::string& schema) {
  ImportedTable result;
  result.name = table.table;
  result.skipped_because = name_problem("its name", result.name);
  if (!result.skipped_because.empty()) return result;
  const std::string columns = column_list(table, &result.skipped_because);
  if (result.skipped_because.empty()) result.statement = create_statement(table, columns, server, schema);
  return result;
}

/// The database's name as the source spells it.
std::string find_database(source::Connection& connection, const std::string& database) {
  const std::optional<std::string> found = source_value(
      connection.query_value("SELECT schema_name FROM information_schema.schemata WHERE schema_name = " +
                             connection.quote_literal(database)));
  if (found.has_value()) return *found;
  pg::fail(ErrorCode::kNotFound, "the source has no database \"" + database + "\"",
           "It does not exist, or the user of the mapping has no right to see it.");
}

struct DatabaseContent {
  std::vector<TableSchema> tables;
  std::vector<source::Unreadable> unreadable;
};

DatabaseContent read_database(source::Connection& connection, const std::string& database) {
  const std::string spelled = find_database(connection, database);
  DatabaseContent content;
  content.tables = source_value(source::read_schemas(connection, spelled, {}));
  content.unreadable = source_value(source::list_unreadable(connection, spelled, content.tables));
  return content;
}

ImportedTable unreadable_table(const source::Unreadable& table) {
  ImportedTable result;
  result.name = table.table;
  result.skipped_because = "the source does not tell its columns";
  if (!table.comment.empty()) result.skipped_because += " (" + table.comment + ")";
  return result;
}

}  // namespace

void warn_skipped(const ImportedTable& table) {
  const std::string name = pg::shown_by_server(table.name);
  const std::string reason = pg::shown_by_server(table.skipped_because);
  pg::guard([&] {
    ereport(WARNING, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                      errmsg("table \"%s\" is not imported: %s", name.c_str(), reason.c_str())));
  });
}

std::vector<ImportedTable> plan_import(Oid server, Oid user, const std::string& database,
                                       const std::string& schema,
                                       const std::function<bool(const std::string&)>& wanted) {
  const DatabaseContent content = with_connection(
      server, user, [&](source::Connection& connection) { return read_database(connection, database); });
  const std::string server_name =
      pg::from_server(pg::guard([&] { return GetForeignServer(server)->servername; }));
  std::vector<ImportedTable> result;
  for (const TableSchema& table : content.tables)
    if (wanted(table.table)) result.push_back(plan_table(table, server_name, schema));
  for (const source::Unreadable& table : content.unreadable)
    if (wanted(table.table)) result.push_back(unreadable_table(table));
  std::sort(result.begin(), result.end(),
            [](const ImportedTable& a, const ImportedTable& b) { return a.name < b.name; });
  return result;
}

#if MYSQL_SYNC_HAS_IMPORT_FOREIGN_SCHEMA

namespace {

bool is_listed(const ImportForeignSchemaStmt* statement, const std::string& table) {
  ListCell* cell;
  foreach (cell, statement->table_list) {
    if (table == pg::from_server(static_cast<RangeVar*>(lfirst(cell))->relname)) return true;
  }
  return false;
}

bool is_wanted(const ImportForeignSchemaStmt* statement, const std::string& table) {
  switch (statement->list_type) {
    case FDW_IMPORT_SCHEMA_LIMIT_TO:
      return is_listed(statement, table);
    case FDW_IMPORT_SCHEMA_EXCEPT:
      return !is_listed(statement, table);
    default:
      return true;
  }
}

void warn_missing(const ImportForeignSchemaStmt* statement, const std::vector<ImportedTable>& found) {
  if (statement->list_type != FDW_IMPORT_SCHEMA_LIMIT_TO) return;
  ListCell* cell;
  foreach (cell, statement->table_list) {
    ImportedTable table;
    table.name = pg::from_server(static_cast<RangeVar*>(lfirst(cell))->relname);
    table.skipped_because = "the source has no such table";
    const auto same_name = [&](const ImportedTable& other) { return other.name == table.name; };
    if (std::none_of(found.begin(), found.end(), same_name)) warn_skipped(table);
  }
}

void refuse_options(const ImportForeignSchemaStmt* statement) {
  if (statement->options == NIL) return;
  const auto* option = static_cast<DefElem*>(linitial(statement->options));
  pg::ErrorReport report;
  report.sqlstate = ERRCODE_FDW_INVALID_OPTION_NAME;
  report.message = "invalid option \"" + std::string(option->defname) + "\"";
  report.hint = "IMPORT FOREIGN SCHEMA of mysql_sync has no options.";
  throw pg::PgError(report);
}

}  // namespace

List* import_foreign_schema(ImportForeignSchemaStmt* statement, Oid server) {
  return pg::entry([&] {
    refuse_options(statement);
    const Oid user = pg::guard([] { return GetUserId(); });
    const std::vector<ImportedTable> tables = plan_import(
        server, user, pg::from_server(statement->remote_schema), pg::from_server(statement->local_schema),
        [&](const std::string& name) { return is_wanted(statement, name); });
    warn_missing(statement, tables);
    List* commands = NIL;
    for (const ImportedTable& table : tables) {
      if (!table.skipped_because.empty()) {
        warn_skipped(table);
        continue;
      }
      const std::string sql = pg::to_server(table.statement);
      commands = pg::guard([&] { return lappend(commands, pstrdup(sql.c_str())); });
    }
    return commands;
  });
}

#endif

}  // namespace mysql_sync::fdw
