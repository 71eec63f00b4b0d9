#include "fdw/fdw_import.hpp"

#include "core/types/type_map.hpp"
#include "fdw/fdw_callbacks.hpp"
#include "fdw/fdw_connection.hpp"
#include "fdw/fdw_encoding.hpp"
#include "fdw/fdw_options.hpp"
#include "pg/guard.hpp"
#include "pg/spi.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync::fdw {

namespace {

bool fits_a_name(const std::string& name) { return name.size() < NAMEDATALEN; }

bool may_hold_zero_dates(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kDatetime || kind == TypeKind::kTimestamp;
}

std::string too_long(const std::string& what, const std::string& name) {
  return what + " \"" + name + "\" is longer than " + std::to_string(NAMEDATALEN - 1) + " bytes";
}

/// Zero dates become null, so NOT NULL would be a lie on such columns.
std::string column_definition(const Column& column, const TypeMapping& mapping) {
  const bool not_null = !column.nullable && !may_hold_zero_dates(column.type.kind);
  return pg::quote_name(server_of_utf8(column.name)) + " " + mapping.target + (not_null ? " NOT NULL" : "");
}

/// The list of columns, or why there can be none.
std::string column_list(const TableSchema& table, std::string* reason) {
  std::string list;
  for (const Column& column : table.columns) {
    const TypeMapping mapping = map_type(column.type);
    const std::string name = server_of_utf8(column.name);
    if (!mapping.carried) *reason = "column \"" + name + "\": " + server_of_utf8(mapping.reason);
    if (!fits_a_name(name)) *reason = too_long("column name", name);
    if (!reason->empty()) return {};
    list += (list.empty() ? "\n  " : ",\n  ") + column_definition(column, mapping);
  }
  return list;
}

std::string create_statement(const TableSchema& table, const std::string& columns, const std::string& server,
                             const std::string& schema) {
  const std::string name = server_of_utf8(table.table);
  return "CREATE FOREIGN TABLE " + pg::quote_qualified(schema, name) + " (" + columns + "\n) SERVER " +
         pg::quote_name(server) + " OPTIONS (dbname " + pg::quote_literal(server_of_utf8(table.database)) +
         ", table_name " + pg::quote_literal(name) + ")";
}

ImportedTable plan_table(const TableSchema& table, const std::string& server, const std::string& schema) {
  ImportedTable result;
  result.name = server_of_utf8(table.table);
  if (!fits_a_name(result.name)) {
    result.skipped_because = too_long("its name", result.name);
    return result;
  }
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
  pg::fail(ErrorCode::kNotFound, "the source has no database \"" + server_of_utf8(database) + "\"",
           "It does not exist, or the user of the mapping has no right to see it.");
}

}  // namespace

void warn_skipped(const ImportedTable& table) {
  const char* name = table.name.c_str();
  const char* reason = table.skipped_because.c_str();
  pg::guard([&] {
    ereport(WARNING, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                      errmsg("table \"%s\" is not imported: %s", name, reason)));
  });
}

std::vector<ImportedTable> plan_import(Oid server, Oid user, const std::string& database,
                                       const std::string& schema,
                                       const std::function<bool(const std::string&)>& wanted) {
  ScanConnection connection = ScanConnection::take(connection_options(server, user));
  const std::string spelled = find_database(*connection, database);
  std::vector<TableSchema> tables = source_value(source::read_schemas(*connection, spelled, {}));
  ScanConnection::give_back(std::move(connection));
  std::sort(tables.begin(), tables.end(),
            [](const TableSchema& a, const TableSchema& b) { return a.table < b.table; });
  const std::string server_name = pg::guard([&] { return GetForeignServer(server)->servername; });
  std::vector<ImportedTable> result;
  for (const TableSchema& table : tables) {
    if (wanted(server_of_utf8(table.table))) result.push_back(plan_table(table, server_name, schema));
  }
  return result;
}

#if MYSQL_SYNC_HAS_IMPORT_FOREIGN_SCHEMA

namespace {

bool is_listed(const ImportForeignSchemaStmt* statement, const std::string& table) {
  ListCell* cell;
  foreach (cell, statement->table_list) {
    if (table == static_cast<RangeVar*>(lfirst(cell))->relname) return true;
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
    table.name = static_cast<RangeVar*>(lfirst(cell))->relname;
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
    const std::vector<ImportedTable> tables =
        plan_import(server, user, utf8_of_server(statement->remote_schema), statement->local_schema,
                    [&](const std::string& name) { return is_wanted(statement, name); });
    warn_missing(statement, tables);
    List* commands = NIL;
    for (const ImportedTable& table : tables) {
      if (!table.skipped_because.empty()) {
        warn_skipped(table);
        continue;
      }
      commands = pg::guard([&] { return lappend(commands, pstrdup(table.statement.c_str())); });
    }
    return commands;
  });
}

#endif

}  // namespace mysql_sync::fdw
