// What sort of statement it is, and those that are short. ALTER TABLE has a parser of its own.
#include <iterator>
#include <utility>

#include "core/ddl/alter_parser.hpp"
#include "core/ddl/create_parser.hpp"
#include "core/ddl/database_options.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/program_statement.hpp"
#include "core/ddl/row_statement.hpp"
#include "core/ddl/sql_cursor.hpp"
#include "core/types/name_case.hpp"

namespace mysql_sync::ddl {

namespace {

class StatementParser {
 public:
  StatementParser(std::string_view sql, const SessionContext& session)
      : cursor_(sql, session), sql_(sql), session_(session) {}

  Result<Statement> parse() {
    accept_set_statement();
    if (cursor_.at_any({"CREATE", "ALTER", "DROP"}))
      if (auto program = parse_program_statement(cursor_, sql_, session_))
        return Statement(*std::move(program));
    if (cursor_.accept("ALTER")) return parse_alter();
    if (cursor_.accept("CREATE")) return parse_create();
    if (cursor_.accept("DROP")) return parse_drop();
    if (cursor_.accept("RENAME")) return parse_rename();
    if (cursor_.accept("TRUNCATE")) return parse_truncate();
    std::optional<RowStatement> rows = parse_row_statement(cursor_, session_);
    if (rows) return Statement(*std::move(rows));
    return Statement(Irrelevant{});
  }

  /// Reads only what names tables.
  std::vector<TableName> mentioned() {
    accept_set_statement();
    if (!cursor_.at_any({"ALTER", "CREATE", "DROP", "RENAME", "TRUNCATE"})) return {};
    const Token verb = cursor_.take();
    skip_table_modifiers();
    if (!cursor_.accept_any({"TABLE", "TABLES"}) && !verb.is_word("TRUNCATE")) return {};
    skip_existence();
    std::vector<TableName> tables;
    read_tables_loosely(verb.is_word("DROP") || verb.is_word("RENAME"), &tables);
    if (verb.is_word("ALTER")) read_other_tables(&tables);
    if (verb.is_word("CREATE")) {
      cursor_.accept_symbol('(');
      if (cursor_.accept("LIKE")) read_tables_loosely(false, &tables);
    }
    return tables;
  }

 private:
  /// MariaDB: SET STATEMENT variable = value, … FOR statement.
  void accept_set_statement() {
    SqlCursor ahead = cursor_;
    if (!ahead.accept({"SET", "STATEMENT"})) return;
    while (!ahead.exhausted()) {
      if (ahead.accept("FOR")) {
        cursor_ = ahead;
        return;
      }
      ahead.take();
    }
  }

  void skip_table_modifiers() {
    while (cursor_.accept_any({"ONLINE", "OFFLINE", "IGNORE", "TEMPORARY"}) ||
           cursor_.accept({"OR", "REPLACE"})) {
    }
  }

  bool skip_existence() {
    return cursor_.accept({"IF", "EXISTS"}) || cursor_.accept({"IF", "NOT", "EXISTS"});
  }

  void read_tables_loosely(bool list, std::vector<TableName>* tables) {
    TableName table;
    do {
      if (!cursor_.expect_table(session_, &table).ok()) return;
      tables->push_back(table);
    } while (list && (cursor_.accept_symbol(',') || cursor_.accept("TO")));
  }

  /// Behind the name of an ALTER TABLE: another table may be the selected one.
  void read_other_tables(std::vector<TableName>* tables) {
    TableName table;
    while (!cursor_.exhausted()) {
      if (!accept_before_table()) {
        cursor_.take();
      } else if (cursor_.expect_table(session_, &table).ok()) {
        tables->push_back(table);
      }
    }
  }

  /// WITH TABLE u, CONVERT TABLE u, TO TABLE u, RENAME [TO] u.
  bool accept_before_table() {
    if (cursor_.accept("TABLE")) return true;
    SqlCursor ahead = cursor_;
    if (!ahead.accept("RENAME") || ahead.at_any({"COLUMN", "INDEX", "KEY"})) return false;
    if (!ahead.accept_any({"TO", "AS"})) ahead.accept_symbol('=');
    cursor_ = ahead;
    return true;
  }

  Result<Statement> parse_alter() {
    if (cursor_.accept_any({"DATABASE", "SCHEMA"})) {
      return parse_database(DatabaseStatement::Kind::kAlter, "ALTER DATABASE");
    }
    bool ignore = false;
    SqlCursor ahead = cursor_;
    while (ahead.at_any({"ONLINE", "OFFLINE", "IGNORE"})) ignore |= ahead.take().is_word("IGNORE");
    if (!ahead.accept("TABLE")) return Statement(Irrelevant{});
    cursor_ = ahead;
    MYSQL_SYNC_ASSIGN_OR_RETURN(AlterTable alter, parse_alter_table(cursor_, session_, ignore));
    return Statement(std::move(alter));
  }

  Result<Statement> parse_create() {
    CreateTable create;
    create.or_replace = cursor_.accept({"OR", "REPLACE"});
    if (cursor_.accept_any({"DATABASE", "SCHEMA"}))
      return parse_database(DatabaseStatement::Kind::kCreate, "CREATE DATABASE", create.or_replace);
    create.temporary = cursor_.accept("TEMPORARY");
    if (!cursor_.accept("TABLE")) return parse_create_index();
    create.if_not_exists = skip_existence();
    MYSQL_SYNC_RETURN_IF_ERROR(parse_create_table(cursor_, session_, &create));
    return Statement(std::move(create));
  }

  /// CREATE INDEX is ALTER TABLE … ADD INDEX. What cannot be read is nobody's concern: no row changes.
  Result<Statement> parse_create_index() {
    std::string index;
    AlterTable alter;
    cursor_.accept_any({"ONLINE", "OFFLINE"});
    alter.adds_unique = cursor_.accept("UNIQUE");
    cursor_.accept_any({"FULLTEXT", "SPATIAL", "VECTOR"});
    if (!cursor_.accept("INDEX")) return Statement(Irrelevant{});
    skip_existence();
    if (!cursor_.expect_name(&index).ok()) return Statement(Irrelevant{});
    if (cursor_.accept_any({"USING", "TYPE"})) cursor_.take();
    if (!cursor_.accept("ON") || !cursor_.expect_table(session_, &alter.table).ok())
      return Statement(Irrelevant{});
    alter.actions.emplace_back(NoEffect{});
    return Statement(std::move(alter));
  }

  Result<Statement> parse_drop() {
    if (cursor_.accept_any({"DATABASE", "SCHEMA"})) {
      return parse_database(DatabaseStatement::Kind::kDrop, "DROP DATABASE");
    }
    while (cursor_.accept_any({"ONLINE", "OFFLINE"})) {
    }
    if (cursor_.accept("INDEX")) return parse_drop_index();
    DropTables drop;
    drop.temporary = cursor_.accept("TEMPORARY");
    if (!cursor_.accept_any({"TABLE", "TABLES"})) return Statement(Irrelevant{});
    drop.if_exists = skip_existence();
    do {
      drop.tables.emplace_back();
      MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_table(session_, &drop.tables.back()));
    } while (cursor_.accept_symbol(','));
    cursor_.accept_any({"RESTRICT", "CASCADE"});
    MYSQL_SYNC_RETURN_IF_ERROR(accept_wait_and_end());
    return Statement(std::move(drop));
  }

  /// DROP INDEX is ALTER TABLE … DROP INDEX; of `PRIMARY` it is a change of the primary key.
  Result<Statement> parse_drop_index() {
    std::string index;
    AlterTable alter;
    cursor_.accept({"IF", "EXISTS"});
    if (!cursor_.expect_name(&index).ok()) return Statement(Irrelevant{});
    const bool primary = equals_ignoring_case(index, "PRIMARY");
    const Status table =
        cursor_.expect("ON").ok() ? cursor_.expect_table(session_, &alter.table) : cursor_.unexpected("ON");
    if (!table.ok()) return primary ? Result<Statement>(table) : Statement(Irrelevant{});
    if (primary)
      alter.actions.emplace_back(DropPrimaryKey{});
    else
      alter.actions.emplace_back(NoEffect{});
    return Statement(std::move(alter));
  }

  Result<Statement> parse_rename() {
    RenameTables rename;
    if (!cursor_.accept_any({"TABLE", "TABLES"})) return Statement(Irrelevant{});
    rename.if_exists = skip_existence();
    do {
      RenameTables::Pair pair;
      MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_table(session_, &pair.from));
      accept_wait();
      MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect("TO"));
      MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_table(session_, &pair.to));
      rename.pairs.push_back(std::move(pair));
    } while (cursor_.accept_symbol(','));
    MYSQL_SYNC_RETURN_IF_ERROR(accept_wait_and_end());
    return Statement(std::move(rename));
  }

  Result<Statement> parse_truncate() {
    TruncateTable truncate;
    cursor_.accept("TABLE");
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_table(session_, &truncate.table));
    if (!cursor_.accept({"DROP", "STORAGE"})) cursor_.accept({"REUSE", "STORAGE"});  // MariaDB
    MYSQL_SYNC_RETURN_IF_ERROR(accept_wait_and_end());
    return Statement(std::move(truncate));
  }

  /// ALTER DATABASE may leave the name away: then it is the session's.
  Result<Statement> parse_database(DatabaseStatement::Kind kind, std::string what, bool or_replace = false) {
    using Kind = DatabaseStatement::Kind;
    DatabaseStatement statement;
    statement.kind = kind;
    statement.what = std::move(what);
    statement.database = session_.database;
    statement.or_replace = or_replace;
    statement.if_not_exists = skip_existence() && kind == Kind::kCreate;
    const bool unnamed = kind == Kind::kAlter && at_database_option(cursor_);
    if (!unnamed) MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_name(&statement.database));
    if (session_.lowers_names) statement.database = lower_name(statement.database);
    if (kind != Kind::kDrop) statement.charset = parse_database_charset(cursor_, session_, kind);
    return Statement(std::move(statement));
  }

  void accept_wait() {
    if (cursor_.accept("WAIT")) cursor_.take();
    cursor_.accept("NOWAIT");
  }

  Status accept_wait_and_end() {
    accept_wait();
    return cursor_.expect_end();
  }

  SqlCursor cursor_;
  std::string_view sql_;
  const SessionContext& session_;
};

}  // namespace

Result<Statement> parse(std::string_view sql, const SessionContext& session) {
  return StatementParser(sql, session).parse();
}

std::vector<TableName> mentioned_tables(std::string_view sql, const SessionContext& session) {
  return StatementParser(sql, session).mentioned();
}

}  // namespace mysql_sync::ddl
