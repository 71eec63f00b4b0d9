#include "core/ddl/statement_names.hpp"

#include <algorithm>
#include <utility>

namespace mysql_sync::ddl {

namespace {

bool before_table(const SqlCursor& cursor) {
  return cursor.at_any({"FROM", "JOIN", "STRAIGHT_JOIN", "TABLE"});
}

/// What ends the part of a query in which a comma is followed by a table.
bool behind_tables(const SqlCursor& cursor) {
  return cursor.at_any({"SELECT", "SET", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "UNION", "EXCEPT",
                        "INTERSECT", "VALUES", "VALUE", "FOR", "LOCK", "WINDOW", "INTO", "RETURNING",
                        "PROCEDURE"});
}

/// What can follow a table and is no alias.
bool at_clause(const SqlCursor& cursor) {
  return before_table(cursor) || behind_tables(cursor) ||
         cursor.at_any({"INNER", "LEFT", "RIGHT", "CROSS", "NATURAL", "OUTER", "FULL", "ON", "USING", "USE",
                        "FORCE", "IGNORE", "PARTITION"});
}

class NameReader {
 public:
  NameReader(SqlCursor& cursor, const SessionContext& session, bool at_tables)
      : cursor_(cursor), session_(session) {
    levels_.push_back({at_tables, false, false});
    expects_table_ = at_tables;
  }

  StatementNames read(std::initializer_list<std::string_view> ends) {
    while (!cursor_.exhausted() && !cursor_.at_symbol(';')) {
      if (levels_.size() == 1 && cursor_.at_any(ends)) break;
      step();
    }
    names_.broken = !cursor_.at_end() && cursor_.exhausted();
    return std::move(names_);
  }

 private:
  struct Level {
    bool in_tables = false;
    bool in_query = false;
    bool is_call = false;  ///< of a function: FROM in it is TRIM's or EXTRACT's, unless there is a SELECT
  };

  void step() {
    Level& level = levels_.back();
    if (cursor_.at_symbol('(')) return open(false);
    if (cursor_.at_symbol(')')) return close();
    if (cursor_.at_symbol(',')) {
      expects_table_ = level.in_tables;
      cursor_.take();
    } else if (!cursor_.peek().is_name()) {
      if (!cursor_.at_symbol('{')) expects_table_ = false;
      cursor_.take();
    } else if (before_table(cursor_) && !level.is_call) {
      level.in_tables = true;
      expects_table_ = true;
      cursor_.take();
    } else if (behind_tables(cursor_)) {
      leave_tables(level);
    } else if (expects_table_) {
      if (!cursor_.accept_any({"LATERAL", "OJ", "ONLY"})) read_table();
    } else {
      read_name();
    }
  }

  void leave_tables(Level& level) {
    if (cursor_.at_any({"SELECT", "VALUES"})) {
      level.in_query = level.in_query || cursor_.at_word("SELECT");
      level.is_call = false;
    }
    level.in_tables = false;
    expects_table_ = false;
    if (cursor_.peek().kind == TokenKind::kWord && !cursor_.at_word("SELECT")) return read_name();
    cursor_.take();
  }

  void open(bool is_call) {
    Level inner;
    inner.in_tables = expects_table_;
    inner.in_query = levels_.back().in_query;
    inner.is_call = is_call;
    levels_.push_back(inner);
    cursor_.take();
  }

  void close() {
    if (levels_.size() > 1) levels_.pop_back();
    expects_table_ = false;
    cursor_.take();
    // The alias of a table in parentheses, which may have a list of columns.
    if (levels_.back().in_tables && cursor_.accept("AS")) cursor_.take();
  }

  void read_table() {
    expects_table_ = false;
    const SqlCursor before = cursor_;
    TableReference table;
    if (!cursor_.expect_table(session_, &table.name).ok()) {
      cursor_ = before;
      return read_name();
    }
    if (cursor_.at_symbol('(')) {  // JSON_TABLE(…), or a function of the database
      cursor_ = before;
      return read_name();
    }
    SqlCursor first = before;
    first.accept_symbol('.');
    first.take();
    table.has_database = first.at_symbol('.');
    table.in_query = levels_.back().in_query;
    read_alias(&table.alias);
    names_.tables.push_back(std::move(table));
  }

  void read_alias(std::string* alias) {
    if (cursor_.accept("PARTITION") && cursor_.at_symbol('(') && !cursor_.skip_parentheses().ok()) return;
    const bool as = cursor_.accept("AS");
    if (!cursor_.peek().is_name() || (!as && at_clause(cursor_))) return;
    *alias = name_text(cursor_.take());
  }

  /// A column, a word, or the call of a function.
  void read_name() {
    TableName name{session_.database, {}};
    const Token first = cursor_.take();
    name.table = name_text(first);
    bool is_own = first.kind == TokenKind::kWord && is_own_function(first.text, session_.mariadb);
    if (first.is_word("DUPLICATE")) names_.updates_duplicates = true;
    if (first.is_word("AS")) {  // an alias with a list of columns
      if (cursor_.peek().is_name()) cursor_.take();
      return;
    }
    while (cursor_.at_symbol('.')) {
      cursor_.take();
      if (!cursor_.peek().is_name()) return;
      name.database = std::move(name.table);
      name.table = name_text(cursor_.take());
      is_own = false;
    }
    if (!cursor_.at_symbol('(')) return;
    if (!is_own) names_.called.push_back(std::move(name));
    expects_table_ = false;
    open(true);
  }

  SqlCursor& cursor_;
  const SessionContext& session_;
  std::vector<Level> levels_;
  bool expects_table_ = false;
  StatementNames names_;
};

}  // namespace

StatementNames read_names_in_clauses(SqlCursor& cursor, const SessionContext& session, bool at_tables,
                                     std::initializer_list<std::string_view> ends) {
  return NameReader(cursor, session, at_tables).read(ends);
}

}  // namespace mysql_sync::ddl
