#include "core/ddl/row_statement.hpp"

#include <string>
#include <utility>

namespace mysql_sync::ddl {

namespace {

void skip_modifiers(SqlCursor& cursor) {
  while (cursor.accept_any({"LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK", "IGNORE"})) {
  }
}

/// `db`.`t`, also as DELETE writes it: t.*
bool read_table(SqlCursor& cursor, const SessionContext& session, std::vector<TableName>* tables) {
  TableName table;
  SqlCursor ahead = cursor;
  if (!ahead.expect_table(session, &table).ok()) {
    std::string name;  // "t.*" fails after the dot
    if (!cursor.expect_name(&name).ok() || !cursor.accept_symbol('.')) return false;
    tables->push_back({session.database, std::move(name)});
    return true;
  }
  cursor = ahead;
  tables->push_back(std::move(table));
  return true;
}

/// Whatever stands where a table can stand, up to one of `ends` outside parentheses: more tables than the
/// statement changes, never fewer.
std::vector<TableName> read_references(SqlCursor& cursor, const SessionContext& session,
                                       std::initializer_list<std::string_view> ends) {
  std::vector<TableName> tables;
  bool table_may_follow = true;
  for (size_t depth = 0; !cursor.exhausted();) {
    if (depth == 0 && cursor.at_any(ends)) break;
    const bool opens = cursor.at_symbol('(');
    if (opens || cursor.at_symbol(',') || cursor.at_any({"FROM", "JOIN", "STRAIGHT_JOIN", "USING"})) {
      depth += opens ? 1 : 0;
      table_may_follow = true;
      cursor.take();
    } else if (table_may_follow && cursor.peek().is_name()) {
      table_may_follow = false;
      read_table(cursor, session, &tables);
    } else {
      if (cursor.at_symbol(')') && depth > 0) --depth;
      cursor.take();
    }
  }
  return tables;
}

RowStatement insert_like(SqlCursor& cursor, const SessionContext& session, std::string what) {
  RowStatement statement{std::move(what), {}};
  skip_modifiers(cursor);
  cursor.accept("INTO");
  cursor.accept("TABLE");
  read_table(cursor, session, &statement.tables);
  return statement;
}

RowStatement load_data(SqlCursor& cursor, const SessionContext& session) {
  RowStatement statement{"LOAD", {}};
  while (!cursor.exhausted() && !cursor.accept({"INTO", "TABLE"})) cursor.take();
  read_table(cursor, session, &statement.tables);
  return statement;
}

/// After WITH: to the UPDATE or DELETE that the common table expressions are for.
void skip_common_tables(SqlCursor& cursor) {
  while (!cursor.exhausted() && !cursor.at_any({"UPDATE", "DELETE", "SELECT"})) {
    if (cursor.at_symbol('(')) {
      if (!cursor.skip_parentheses().ok()) return;
    } else {
      cursor.take();
    }
  }
}

}  // namespace

std::optional<RowStatement> parse_row_statement(SqlCursor cursor, const SessionContext& session) {
  if (cursor.at_word("WITH")) skip_common_tables(cursor);
  if (cursor.accept("INSERT")) return insert_like(cursor, session, "INSERT");
  if (cursor.accept("REPLACE")) return insert_like(cursor, session, "REPLACE");
  if (cursor.accept("LOAD")) {
    if (!cursor.at_any({"DATA", "XML"})) return std::nullopt;
    return load_data(cursor, session);
  }
  if (cursor.accept("UPDATE")) {
    skip_modifiers(cursor);
    return RowStatement{"UPDATE", read_references(cursor, session, {"SET"})};
  }
  if (cursor.accept("DELETE")) {
    skip_modifiers(cursor);
    return RowStatement{"DELETE", read_references(cursor, session, {"WHERE", "ORDER", "LIMIT", "RETURNING"})};
  }
  return std::nullopt;
}

}  // namespace mysql_sync::ddl
