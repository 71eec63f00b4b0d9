#include "core/ddl/created_columns.hpp"

#include "core/ddl/column_definition.hpp"
#include "core/ddl/resolved_column.hpp"

namespace mysql_sync::ddl {

namespace {

Result<Column> read_column(SqlCursor& cursor, const SessionContext& session) {
  std::string name;
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_name(&name));
  MYSQL_SYNC_ASSIGN_OR_RETURN(ColumnDefinition definition, parse_column_definition(cursor, session));
  MYSQL_SYNC_RETURN_IF_ERROR(resolve_column(definition, session.table_charset));
  definition.column.name = std::move(name);
  definition.column.default_value.in_session_zone = false;
  return std::move(definition.column);
}

}  // namespace

Result<std::vector<Column>> created_columns(std::string_view sql, bool mariadb) {
  SessionContext session;
  session.mariadb = mariadb;
  SqlCursor cursor(sql, session);
  TableName table;
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect("CREATE"));
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect("TABLE"));
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_table(session, &table));
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_symbol('('));
  std::vector<Column> columns;
  // Columns come first, and only their names are quoted: keys begin with a keyword.
  while (cursor.peek().kind == TokenKind::kQuotedName) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(Column column, read_column(cursor, session));
    columns.push_back(std::move(column));
    if (!cursor.accept_symbol(',')) break;
  }
  return columns;
}

}  // namespace mysql_sync::ddl
