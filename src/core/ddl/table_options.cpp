#include "core/ddl/table_options.hpp"

#include <algorithm>
#include <iterator>

#include "core/ddl/charset_clause.hpp"

namespace mysql_sync::ddl {

namespace {

constexpr std::string_view kOptions[] = {"ALGORITHM",
                                         "AUTOEXTEND_SIZE",
                                         "AUTO_INCREMENT",
                                         "AVG_ROW_LENGTH",
                                         "CHECKSUM",
                                         "COMMENT",
                                         "COMPRESSION",
                                         "CONNECTION",
                                         "DELAY_KEY_WRITE",
                                         "ENCRYPTION",
                                         "ENGINE_ATTRIBUTE",
                                         "INSERT_METHOD",
                                         "KEY_BLOCK_SIZE",
                                         "LOCK",
                                         "MAX_ROWS",
                                         "MIN_ROWS",
                                         "NODEGROUP",
                                         "PACK_KEYS",
                                         "PAGE_CHECKSUM",
                                         "PASSWORD",
                                         "ROW_FORMAT",
                                         "SECONDARY_ENGINE",
                                         "SECONDARY_ENGINE_ATTRIBUTE",
                                         "SEQUENCE",
                                         "STATS_AUTO_RECALC",
                                         "STATS_PERSISTENT",
                                         "STATS_SAMPLE_PAGES",
                                         "STORAGE",
                                         "TABLESPACE",
                                         "TABLE_CHECKSUM",
                                         "TRANSACTIONAL",
                                         "UNION"};

Status take_value(SqlCursor& cursor) {
  cursor.accept_symbol('=');
  if (cursor.at_symbol('(')) return cursor.skip_parentheses();
  const TokenKind kind = cursor.peek().kind;
  if (kind == TokenKind::kSymbol || kind == TokenKind::kBroken || kind == TokenKind::kEnd) {
    return cursor.unexpected("a value");
  }
  cursor.take();
  return {};
}

Status read_charset(SqlCursor& cursor, TableOptions* options) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(std::string charset, parse_charset_name(cursor));
  options->is_database_default = charset.empty();
  options->charset = std::move(charset);
  return {};
}

/// COLLATE DEFAULT is the database's with MySQL before 8, and nothing with MariaDB.
Status read_collation(SqlCursor& cursor, const SessionContext& session, TableOptions* options) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const std::string collation, parse_charset_name(cursor));
  if (collation.empty() && !session.mariadb) {
    options->is_database_default = true;
    options->charset.clear();
    return {};
  }
  if (options->charset.empty()) options->charset = charset_of_collation(collation);
  return {};
}

Status read_engine(SqlCursor& cursor, TableOptions* options) {
  cursor.accept_symbol('=');
  options->forgets_rows = options->forgets_rows ||
                          equals_ignoring_case(name_text(cursor.peek()), "BLACKHOLE") ||
                          equals_ignoring_case(cursor.peek().text, "'BLACKHOLE'");
  return take_value(cursor);
}

/// One of kOptions, or name = value as MariaDB's storage engines define their own.
Status read_plain_option(SqlCursor& cursor, std::string_view wanted) {
  if (!cursor.peek().is_name()) return cursor.unexpected(wanted);
  const bool known = std::any_of(std::begin(kOptions), std::end(kOptions),
                                 [&](std::string_view option) { return cursor.at_word(option); });
  SqlCursor ahead = cursor;
  ahead.take();
  if (!known && !ahead.at_symbol('=')) return cursor.unexpected(wanted);
  cursor = ahead;
  return take_value(cursor);
}

}  // namespace

Status parse_table_option(SqlCursor& cursor, const SessionContext& session, std::string_view wanted,
                          TableOptions* options) {
  const bool has_default = cursor.accept("DEFAULT");
  if (accept_charset_keyword(cursor)) return read_charset(cursor, options);
  if (cursor.accept("COLLATE")) return read_collation(cursor, session, options);
  if (has_default) return cursor.unexpected("CHARACTER SET or COLLATE");
  if (cursor.accept_any({"ENGINE", "TYPE"})) return read_engine(cursor, options);
  if (cursor.accept({"DATA", "DIRECTORY"}) || cursor.accept({"INDEX", "DIRECTORY"}))
    return take_value(cursor);
  return read_plain_option(cursor, wanted);
}

std::string table_charset(const TableOptions& options, const std::string& database_charset,
                          bool* takes_database_charset) {
  *takes_database_charset = options.charset.empty();
  return options.charset.empty() ? database_charset : options.charset;
}

}  // namespace mysql_sync::ddl
