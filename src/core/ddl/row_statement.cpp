#include "core/ddl/row_statement.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/ddl/statement_names.hpp"
#include "core/types/name_case.hpp"

namespace mysql_sync::ddl {

namespace {

bool behind_assignments(const SqlCursor& cursor) {
  return cursor.at_symbol(';') || cursor.at_any({"WHERE", "ORDER", "LIMIT", "RETURNING"});
}

/// True if there are any.
bool skip_modifiers(SqlCursor& cursor) {
  bool found = false;
  while (cursor.accept_any({"LOW_PRIORITY", "HIGH_PRIORITY", "DELAYED", "QUICK", "IGNORE"})) found = true;
  return found;
}

void add_read(RowStatement& statement, StatementNames names) {
  for (TableReference& table : names.tables) statement.read.push_back(std::move(table.name));
  for (TableName& function : names.called) statement.called.push_back(std::move(function));
  if (names.broken) statement.is_understood = false;
  if (names.updates_duplicates) statement.only_adds = false;
}

/// The rest of the statement: its tables are read.
void read_rest(SqlCursor& cursor, const SessionContext& session, RowStatement& statement) {
  add_read(statement, read_names_in_clauses(cursor, session, false, {}));
}

RowStatement not_understood(SqlCursor& cursor, const SessionContext& session, RowStatement statement) {
  statement.is_understood = false;
  read_rest(cursor, session, statement);
  return statement;
}

RowStatement insert_like(SqlCursor& cursor, const SessionContext& session, std::string what,
                         bool replaces = false) {
  RowStatement statement;
  statement.what = std::move(what);
  skip_modifiers(cursor);
  cursor.accept("INTO");
  cursor.accept("TABLE");
  WrittenTable table;
  if (!cursor.expect_table(session, &table.name).ok())
    return not_understood(cursor, session, std::move(statement));
  statement.written.push_back(std::move(table));
  statement.only_adds = statement.what == "INSERT" || (statement.what == "LOAD" && !replaces);
  // Columns, which look like the arguments of a function.
  if (cursor.accept("PARTITION") && cursor.at_symbol('(')) cursor.skip_parentheses().ok();
  read_rest(cursor, session, statement);
  return statement;
}

RowStatement load_data(SqlCursor& cursor, const SessionContext& session) {
  bool replaces = false;
  while (!cursor.exhausted() && !cursor.at_word("INTO"))
    replaces = cursor.take().is_word("REPLACE") || replaces;
  return insert_like(cursor, session, "LOAD", replaces);
}

/// How a DELETE or an assignment names one of the statement's tables.
struct Qualifier {
  std::string database;  ///< empty: none
  std::string table;
};

bool is_named(const TableReference& reference, const Qualifier& qualifier) {
  if (reference.in_query) return false;
  const bool of_database =
      qualifier.database.empty() || same_name(reference.name.database, qualifier.database);
  const std::string& shown = reference.alias.empty() ? reference.name.table : reference.alias;
  if (same_name(shown, qualifier.table) && of_database) return true;
  // Old servers take a table's own name where it has an alias.
  return !qualifier.database.empty() && of_database && same_name(reference.name.table, qualifier.table);
}

/// What an UPDATE or DELETE of several tables does to each of them.
class TableUses {
 public:
  explicit TableUses(StatementNames names) : names_(std::move(names)), uses_(names_.tables.size()) {}

  /// False if none of the tables is meant, as far as can be told.
  bool write(const Qualifier& qualifier) {
    bool found = false;
    for (size_t i = 0; i < uses_.size(); ++i) {
      if (!is_named(names_.tables[i], qualifier)) continue;
      uses_[i].is_written = found = true;
    }
    return found;
  }

  void write_column(const std::string& column) {
    for (size_t i = 0; i < uses_.size(); ++i)
      if (!names_.tables[i].in_query) uses_[i].columns.push_back(column);
  }

  void move_to(RowStatement& statement) {
    const auto is_candidate = [](const TableReference& table) { return !table.in_query; };
    const auto candidates = std::count_if(names_.tables.begin(), names_.tables.end(), is_candidate);
    for (size_t i = 0; i < uses_.size(); ++i) {
      Use& use = uses_[i];
      if (candidates == 1 && !use.columns.empty()) use.is_written = true;
      if (use.is_written) use.columns.clear();
      if (use.is_written || !use.columns.empty())
        statement.written.push_back({names_.tables[i].name, std::move(use.columns)});
    }
    names_.tables.erase(
        std::remove_if(names_.tables.begin(), names_.tables.end(),
                       [&](const TableReference& table) { return is_written(table, statement); }),
        names_.tables.end());
    add_read(statement, std::move(names_));
  }

 private:
  struct Use {
    bool is_written = false;
    std::vector<std::string> columns;
  };

  static bool is_written(const TableReference& table, const RowStatement& statement) {
    return std::any_of(statement.written.begin(), statement.written.end(), [&](const WrittenTable& written) {
      return written.name.database == table.name.database && written.name.table == table.name.table;
    });
  }

  StatementNames names_;
  std::vector<Use> uses_;
};

/// The column of an assignment, [[database.]table.]column; false if none stands there.
bool read_assigned(SqlCursor& cursor, TableUses& uses, bool* is_known) {
  std::vector<std::string> parts(1);
  if (!cursor.expect_name(&parts.back()).ok()) return false;
  while (cursor.accept_symbol('.')) {
    parts.emplace_back();
    if (!cursor.expect_name(&parts.back()).ok()) return false;
  }
  if (parts.size() > 3) return false;
  if (parts.size() == 1)
    uses.write_column(parts[0]);
  else
    *is_known = uses.write({parts.size() == 3 ? parts[0] : "", parts[parts.size() - 2]}) && *is_known;
  return true;
}

RowStatement update(SqlCursor& cursor, const SessionContext& session) {
  RowStatement statement;
  statement.what = "UPDATE";
  skip_modifiers(cursor);
  TableUses uses(read_names_in_clauses(cursor, session, true, {"SET"}));
  if (!cursor.accept("SET")) statement.is_understood = false;
  SqlCursor rest = cursor;
  bool more = statement.is_understood;
  while (more) {
    more = read_assigned(cursor, uses, &statement.is_understood);
    if (!more) statement.is_understood = false;
    while (!cursor.exhausted() && !cursor.at_symbol(',') && !behind_assignments(cursor)) {
      if (!cursor.at_symbol('(')) {
        cursor.take();
      } else if (!cursor.skip_parentheses().ok()) {
        statement.is_understood = false;
        break;
      }
    }
    more = more && cursor.accept_symbol(',');
  }
  uses.move_to(statement);
  read_rest(rest, session, statement);
  return statement;
}

/// t, db.t, t.*, db.t.*
bool read_deleted(SqlCursor& cursor, Qualifier* table) {
  if (!cursor.expect_name(&table->table).ok()) return false;
  while (cursor.accept_symbol('.')) {
    if (cursor.accept_symbol('*')) return true;
    table->database = std::move(table->table);
    if (!cursor.expect_name(&table->table).ok()) return false;
  }
  return true;
}

RowStatement delete_of_several(SqlCursor& cursor, const SessionContext& session,
                               const std::vector<Qualifier>& deleted) {
  RowStatement statement;
  statement.what = "DELETE";
  TableUses uses(read_names_in_clauses(cursor, session, true, {"WHERE"}));
  for (const Qualifier& table : deleted)
    if (!uses.write(table)) statement.is_understood = false;
  uses.move_to(statement);
  read_rest(cursor, session, statement);
  return statement;
}

RowStatement delete_of_one(SqlCursor& cursor, const SessionContext& session) {
  RowStatement statement;
  statement.what = "DELETE";
  WrittenTable table;
  if (!cursor.expect_table(session, &table.name).ok())
    return not_understood(cursor, session, std::move(statement));
  statement.written.push_back(std::move(table));
  SqlCursor end = cursor;
  statement.empties = end.expect_end().ok();
  read_rest(cursor, session, statement);
  return statement;
}

RowStatement delete_rows(SqlCursor& cursor, const SessionContext& session) {
  const bool is_modified = skip_modifiers(cursor);  // IGNORE: what a foreign key protects stays
  const bool of_history = cursor.accept("HISTORY");
  const bool from_first = cursor.accept("FROM");
  const SqlCursor one = cursor;
  std::vector<Qualifier> deleted;
  do {
    deleted.emplace_back();
    if (!read_deleted(cursor, &deleted.back()))
      return not_understood(cursor, session, RowStatement{"DELETE", {}, {}, {}, false, false});
  } while (cursor.accept_symbol(','));
  if (cursor.accept(from_first ? "USING" : "FROM")) return delete_of_several(cursor, session, deleted);
  cursor = one;
  RowStatement statement = delete_of_one(cursor, session);
  if (of_history || is_modified) statement.empties = false;
  return statement;
}

/// After WITH: to what the common table expressions are for. They are read, too.
void read_common_tables(SqlCursor& cursor, const SessionContext& session, RowStatement& statement) {
  add_read(statement, read_names_in_clauses(cursor, session, false, {"UPDATE", "DELETE", "SELECT"}));
}

/// SELECT and others that change rows by way of functions only.
RowStatement expression(SqlCursor& cursor, const SessionContext& session, std::string what) {
  RowStatement statement;
  statement.what = std::move(what);
  TableName program;
  if (cursor.accept("CALL") && cursor.expect_table(session, &program).ok())
    statement.called.push_back(std::move(program));
  read_rest(cursor, session, statement);
  return statement;
}

std::optional<RowStatement> parse_changing(SqlCursor& cursor, const SessionContext& session) {
  if (cursor.accept("INSERT")) return insert_like(cursor, session, "INSERT");
  if (cursor.accept("REPLACE")) return insert_like(cursor, session, "REPLACE");
  if (cursor.accept("UPDATE")) return update(cursor, session);
  if (cursor.accept("DELETE")) return delete_rows(cursor, session);
  if (!cursor.at_word("LOAD")) return std::nullopt;
  SqlCursor ahead = cursor;
  ahead.take();
  if (!ahead.at_any({"DATA", "XML"})) return std::nullopt;
  return load_data(ahead, session);
}

/// Where a statement that changes rows, or a CALL, begins within a program.
bool at_changing(const SqlCursor& cursor, const Token& before) {
  if (cursor.at_word("UPDATE")) return !before.is_word("KEY") && !before.is_word("FOR");
  if (!cursor.at_any({"INSERT", "REPLACE", "DELETE", "CALL", "LOAD"})) return false;
  SqlCursor ahead = cursor;
  ahead.take();
  return !ahead.at_symbol('(');  // INSERT() and REPLACE() are functions
}

/// Up to the next semicolon.
void read_program_part(SqlCursor& cursor, const SessionContext& session,
                       std::vector<RowStatement>* statements) {
  SqlCursor whole = cursor;
  RowStatement part;
  part.what = "SELECT";
  read_rest(whole, session, part);
  Token before;
  while (!cursor.exhausted() && !cursor.at_symbol(';')) {
    if (!at_changing(cursor, before)) {
      before = cursor.take();
      continue;
    }
    if (cursor.at_word("CALL")) {
      statements->push_back(expression(cursor, session, "CALL"));
    } else if (auto changing = parse_changing(cursor, session)) {
      statements->push_back(*std::move(changing));
    } else {
      cursor.take();
    }
  }
  statements->push_back(std::move(part));
  cursor = whole;
}

}  // namespace

std::optional<RowStatement> parse_row_statement(SqlCursor cursor, const SessionContext& session) {
  RowStatement common;
  if (cursor.at_word("WITH")) read_common_tables(cursor, session, common);
  std::optional<RowStatement> statement;
  if (cursor.at_any({"SELECT", "DO", "CALL", "VALUES"}))
    statement = expression(cursor, session, "SELECT");
  else
    statement = parse_changing(cursor, session);
  if (!statement) return std::nullopt;
  statement->read.insert(statement->read.end(), common.read.begin(), common.read.end());
  statement->called.insert(statement->called.end(), common.called.begin(), common.called.end());
  return statement;
}

std::vector<RowStatement> parse_program(std::string_view body, const SessionContext& session) {
  SqlCursor cursor(body, session);
  std::vector<RowStatement> statements;
  while (!cursor.exhausted()) {
    read_program_part(cursor, session, &statements);
    while (cursor.accept_symbol(';')) {
    }
  }
  if (!cursor.at_end()) statements.push_back({"a program", {}, {}, {}, false, false});
  return statements;
}

RowStatement parse_query(std::string_view sql, const SessionContext& session) {
  SqlCursor cursor(sql, session);
  return expression(cursor, session, "SELECT");
}

}  // namespace mysql_sync::ddl
