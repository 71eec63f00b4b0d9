#include "core/ddl/database_options.hpp"

#include "core/ddl/charset_clause.hpp"

namespace mysql_sync::ddl {

namespace {

/// What the clauses say; empty: DEFAULT.
struct Clauses {
  std::optional<std::string> charset, collation;
};

Status read_option(SqlCursor& cursor, Clauses* clauses) {
  cursor.accept("DEFAULT");
  const bool is_charset = accept_charset_keyword(cursor);
  if (!is_charset && !cursor.accept("COLLATE")) {
    cursor.take();  // ENCRYPTION, COMMENT, READ ONLY, UPGRADE DATA DIRECTORY NAME, and their values
    return {};
  }
  MYSQL_SYNC_ASSIGN_OR_RETURN(std::string name, parse_charset_name(cursor));
  (is_charset ? clauses->charset : clauses->collation) = std::move(name);
  return {};
}

Status read_options(SqlCursor& cursor, Clauses* clauses) {
  while (!cursor.exhausted() && !cursor.at_symbol(';'))
    MYSQL_SYNC_RETURN_IF_ERROR(read_option(cursor, clauses));
  return cursor.expect_end();
}

/// Where MariaDB keeps the character set for a collation that has none of its own; looked at on 10.11.
/// Sources before it take the server's, as MySQL does.
bool keeps_charset(const SessionContext& session) {
  return session.mariadb && is_at_least(session, kMariadbContextCollations);
}

}  // namespace

bool at_database_option(const SqlCursor& cursor) {
  if (cursor.at_any({"DEFAULT", "CHARACTER", "CHAR", "CHARSET", "COLLATE", "READ", "UPGRADE"})) return true;
  if (!cursor.at_any({"ENCRYPTION", "COMMENT"})) return false;
  SqlCursor ahead = cursor;  // they may be names
  ahead.take();
  return ahead.at_symbol('=') || ahead.peek().kind == TokenKind::kString;
}

std::optional<std::string> parse_database_charset(SqlCursor& cursor, const SessionContext& session,
                                                  DatabaseStatement::Kind kind) {
  Clauses clauses;
  if (!read_options(cursor, &clauses).ok()) return std::string();
  if (clauses.charset && !clauses.charset->empty()) return clauses.charset;
  const std::string by_collation = charset_of_collation(clauses.collation.value_or(""));
  if (!by_collation.empty()) return by_collation;
  const bool takes_default = clauses.charset || (clauses.collation && !keeps_charset(session));
  if (kind == DatabaseStatement::Kind::kAlter && !takes_default) return std::nullopt;
  return session.server_charset;
}

}  // namespace mysql_sync::ddl
