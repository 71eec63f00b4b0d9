#include "core/ddl/sql_cursor.hpp"

#include <algorithm>

#include "core/types/name_case.hpp"

namespace mysql_sync::ddl {

namespace {

constexpr size_t kShownBytes = 60;

/// At most kShownBytes of the text on one line, not cutting a character.
std::string excerpt(std::string_view text) {
  size_t end = std::min(kShownBytes, text.size());
  while (end > 0 && end < text.size() && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  std::string shown(text.substr(0, end));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return static_cast<uint8_t>(c) < ' '; }, ' ');
  return end < text.size() ? shown + "…" : shown;
}

}  // namespace

LexerOptions lexer_options(const SessionContext& session) {
  LexerOptions options;
  options.ansi_quotes = (session.sql_mode & kAnsiQuotes) != 0;
  options.no_backslash_escapes = (session.sql_mode & kNoBackslashEscapes) != 0;
  options.mariadb = session.mariadb;
  options.brackets = session.mariadb && (session.sql_mode & kMssql) != 0;
  options.empty_string_is_null = session.mariadb && (session.sql_mode & kEmptyStringIsNull) != 0;
  return options;
}

SqlCursor::SqlCursor(std::string_view sql, const SessionContext& session)
    : lexer_(sql, lexer_options(session)), token_(lexer_.next()) {}

Token SqlCursor::take() {
  const Token taken = token_;
  token_ = lexer_.next();
  return taken;
}

bool SqlCursor::at_any(std::initializer_list<std::string_view> keywords) const {
  return std::any_of(keywords.begin(), keywords.end(), [this](std::string_view k) { return at_word(k); });
}

bool SqlCursor::accept(std::string_view keyword) {
  if (!at_word(keyword)) return false;
  take();
  return true;
}

bool SqlCursor::accept(std::initializer_list<std::string_view> keywords) {
  SqlCursor ahead = *this;
  for (std::string_view keyword : keywords) {
    if (!ahead.accept(keyword)) return false;
  }
  *this = ahead;
  return true;
}

bool SqlCursor::accept_any(std::initializer_list<std::string_view> keywords) {
  if (!at_any(keywords)) return false;
  take();
  return true;
}

bool SqlCursor::accept_symbol(char c) {
  if (!at_symbol(c)) return false;
  take();
  return true;
}

Status SqlCursor::expect(std::string_view keyword) {
  return accept(keyword) ? Status() : unexpected(keyword);
}

Status SqlCursor::expect_symbol(char c) { return accept_symbol(c) ? Status() : unexpected({&c, 1}); }

Status SqlCursor::expect_name(std::string* name) {
  if (!token_.is_name()) return unexpected("a name");
  *name = name_text(take());
  return {};
}

Status SqlCursor::expect_column(std::string* name) {
  accept_symbol('.');
  do {
    MYSQL_SYNC_RETURN_IF_ERROR(expect_name(name));
  } while (accept_symbol('.'));
  return {};
}

Status SqlCursor::expect_table(const SessionContext& session, TableName* table) {
  table->database = session.database;
  accept_symbol('.');  // ODBC's ".table" is a table without a database
  MYSQL_SYNC_RETURN_IF_ERROR(expect_name(&table->table));
  if (accept_symbol('.')) {
    table->database = std::move(table->table);
    MYSQL_SYNC_RETURN_IF_ERROR(expect_name(&table->table));
  }
  if (session.lowers_names) *table = {lower_name(table->database), lower_name(table->table)};
  return {};
}

Status SqlCursor::expect_string(std::string* text) {
  if (token_.kind != TokenKind::kString) return unexpected("a string");
  text->clear();
  while (token_.kind == TokenKind::kString) *text += string_text(take(), options());
  return {};
}

Status SqlCursor::expect_end() {
  while (accept_symbol(';')) {
  }
  return at_end() ? Status() : unexpected("the end of the statement");
}

Status SqlCursor::skip_parentheses(std::string_view* inside) {
  const size_t from = token_.offset + 1;
  MYSQL_SYNC_RETURN_IF_ERROR(expect_symbol('('));
  for (size_t depth = 1; !exhausted();) {
    const Token token = take();
    if (token.is_symbol('(')) ++depth;
    if (token.is_symbol(')') && --depth == 0) {
      if (inside != nullptr) *inside = lexer_.sql().substr(from, token.offset - from);
      return {};
    }
  }
  return unexpected("a closing parenthesis");
}

Status SqlCursor::skip_item() {
  while (!at_end() && !at_symbol(',') && !at_symbol(')') && !at_symbol(';')) {
    if (token_.kind == TokenKind::kBroken) return unexpected("the end of a string or comment");
    if (at_symbol('(')) {
      MYSQL_SYNC_RETURN_IF_ERROR(skip_parentheses());
    } else {
      take();
    }
  }
  return {};
}

Status SqlCursor::skip_to_end() {
  MYSQL_SYNC_RETURN_IF_ERROR(skip_item());
  while (accept_symbol(',')) MYSQL_SYNC_RETURN_IF_ERROR(skip_item());
  return {};
}

Status SqlCursor::unexpected(std::string_view wanted) const {
  const std::string found = at_end() ? "the end" : "\"" + excerpt(lexer_.sql().substr(token_.offset)) + "\"";
  return Status(ErrorCode::kUnsupported, "statement cannot be read",
                "Expected " + std::string(wanted) + " at byte " + std::to_string(token_.offset + 1) +
                    ", found " + found + ".");
}

}  // namespace mysql_sync::ddl
