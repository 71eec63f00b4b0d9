#include "core/ddl/default_clause.hpp"

#include <algorithm>

#include "core/ddl/charset_clause.hpp"

namespace mysql_sync::ddl {

namespace {

using Kind = ColumnDefault::Kind;

DefaultClause clause(Kind kind, std::string literal = {}, bool is_number = false) {
  DefaultClause result;
  result.value.kind = kind;
  result.value.literal = std::move(literal);
  result.value.literal_is_number = is_number;
  return result;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

/// The statement is UTF-8, but what _latin1'…' names are bytes of latin1: only ASCII is the same in both.
bool introducer_keeps_text(std::string_view introducer, const std::string& text) {
  const std::string charset = to_lower(introducer.substr(1));
  if (charset == "utf8mb4" || charset == "utf8mb3" || charset == "utf8") return true;
  const bool wide = charset == "ucs2" || charset.compare(0, 3, "utf") == 0;
  return !wide && is_ascii(text);
}

Result<DefaultClause> introduced_string(SqlCursor& cursor) {
  const std::string introducer(cursor.take().text);
  const Token token = cursor.peek();
  std::string bytes, text;
  if (token.kind == TokenKind::kHex || token.kind == TokenKind::kBits) {
    if (!binary_literal(token, &bytes)) return cursor.unexpected("a hexadecimal or bit literal");
    cursor.take();
    if (charset_text(bytes, to_lower(introducer.substr(1)), &text))
      return clause(Kind::kLiteral, std::move(text));
    return clause(Kind::kOther, introducer + " " + std::string(token.text));
  }
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_string(&text));
  if (introducer_keeps_text(introducer, text)) return clause(Kind::kLiteral, std::move(text));
  return clause(Kind::kOther, introducer + std::string(token.text));
}

Result<DefaultClause> string_value(SqlCursor& cursor) {
  std::string text;
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_string(&text));
  if (text.empty() && cursor.options().empty_string_is_null) return clause(Kind::kNull);
  return clause(Kind::kLiteral, std::move(text));
}

Result<DefaultClause> binary_value(SqlCursor& cursor) {
  DefaultClause result = clause(Kind::kLiteral);
  if (!binary_literal(cursor.peek(), &result.binary))
    return cursor.unexpected("a hexadecimal or bit literal");
  result.value.literal = std::string(cursor.take().text);
  if (result.binary.empty()) result.value.literal.clear();  // x'' is the empty string
  return result;
}

Result<DefaultClause> number_value(SqlCursor& cursor) {
  const bool negative = cursor.accept_symbol('-');
  if (!negative) cursor.accept_symbol('+');
  if (cursor.peek().kind != TokenKind::kNumber) return cursor.unexpected("a number");
  return clause(Kind::kLiteral, (negative ? "-" : "") + std::string(cursor.take().text), true);
}

/// DATE '2020-01-01' and the like.
bool at_temporal_literal(const SqlCursor& cursor) {
  if (!cursor.at_any({"DATE", "TIME", "TIMESTAMP"})) return false;
  SqlCursor ahead = cursor;
  ahead.take();
  return ahead.peek().kind == TokenKind::kString;
}

/// ODBC's {d '2020-01-01'}; MariaDB takes any word for the d and leaves it out.
Result<DefaultClause> braced_value(SqlCursor& cursor) {
  cursor.take();
  if (!cursor.peek().is_name()) return cursor.unexpected("a name");
  cursor.take();
  MYSQL_SYNC_ASSIGN_OR_RETURN(DefaultClause value, string_value(cursor));
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_symbol('}'));
  return value;
}

bool at_introducer(const SqlCursor& cursor) {
  if (cursor.peek().kind != TokenKind::kWord || cursor.peek().text.front() != '_') return false;
  SqlCursor ahead = cursor;
  ahead.take();
  const TokenKind kind = ahead.peek().kind;
  return kind == TokenKind::kString || kind == TokenKind::kHex || kind == TokenKind::kBits;
}

bool at_number(const SqlCursor& cursor) {
  return cursor.peek().kind == TokenKind::kNumber || cursor.at_symbol('-') || cursor.at_symbol('+');
}

Result<DefaultClause> parse_literal(SqlCursor& cursor) {
  const TokenKind kind = cursor.peek().kind;
  if (kind == TokenKind::kString) return string_value(cursor);
  if (kind == TokenKind::kHex || kind == TokenKind::kBits) return binary_value(cursor);
  if (at_number(cursor)) return number_value(cursor);
  if (cursor.accept("NULL")) return clause(Kind::kNull);
  if (cursor.accept("TRUE")) return clause(Kind::kLiteral, "1", true);
  if (cursor.accept("FALSE")) return clause(Kind::kLiteral, "0", true);
  if (at_introducer(cursor)) return introduced_string(cursor);
  if (cursor.at_symbol('{')) return braced_value(cursor);
  if (at_temporal_literal(cursor)) {
    cursor.take();
    return string_value(cursor);
  }
  return cursor.unexpected("a literal");
}

/// ('text') is no more than 'text'; anything else in parentheses stays an expression.
Result<DefaultClause> parenthesised(SqlCursor& cursor) {
  SqlCursor ahead = cursor;
  ahead.take();
  Result<DefaultClause> literal = parse_literal(ahead);
  if (literal.ok() && ahead.accept_symbol(')')) {
    cursor = ahead;
    return literal;
  }
  std::string_view inside;
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.skip_parentheses(&inside));
  return clause(Kind::kOther, std::string(inside));
}

/// @@sql_mode, @a.
Result<DefaultClause> variable(SqlCursor& cursor) {
  std::string text, name;
  while (cursor.accept_symbol('@')) text += '@';
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_column(&name));
  return clause(Kind::kOther, text + name);
}

/// CASE … END, with others inside of it.
Result<DefaultClause> case_expression(SqlCursor& cursor) {
  std::string text;
  size_t depth = 0;
  do {
    if (cursor.exhausted()) return cursor.unexpected("END");
    if (cursor.at_word("CASE")) ++depth;
    if (cursor.at_word("END")) --depth;
    text.append(text.empty() ? "" : " ").append(cursor.take().text);
  } while (depth > 0);
  return clause(Kind::kOther, std::move(text));
}

/// MariaDB's expressions without parentheses: uuid(), CURRENT_USER, NEXT VALUE FOR db.s.
Result<DefaultClause> bare_expression(SqlCursor& cursor) {
  std::string text;
  if (cursor.accept({"NEXT", "VALUE", "FOR"})) text = "NEXT VALUE FOR ";
  if (cursor.accept({"PREVIOUS", "VALUE", "FOR"})) text = "PREVIOUS VALUE FOR ";
  if (!cursor.peek().is_name()) return cursor.unexpected("a default value");
  text += cursor.take().text;
  while (cursor.accept_symbol('.')) {
    std::string part;
    MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_name(&part));
    text += "." + part;
  }
  if (!cursor.at_symbol('(')) return clause(Kind::kOther, std::move(text));
  std::string_view inside;
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.skip_parentheses(&inside));
  return clause(Kind::kOther, text + "(" + std::string(inside) + ")");
}

}  // namespace

bool accept_current_timestamp(SqlCursor& cursor) {
  SqlCursor ahead = cursor;
  const bool needs_parentheses = cursor.at_word("NOW");
  if (!ahead.accept_any({"CURRENT_TIMESTAMP", "NOW", "LOCALTIME", "LOCALTIMESTAMP"})) return false;
  if (ahead.accept_symbol('(')) {
    if (ahead.peek().kind == TokenKind::kNumber) ahead.take();
    if (!ahead.accept_symbol(')')) return false;
  } else if (needs_parentheses) {
    return false;
  }
  cursor = ahead;
  return true;
}

Result<DefaultClause> parse_default(SqlCursor& cursor) {
  if (cursor.at_symbol('(')) return parenthesised(cursor);
  if (cursor.at_symbol('@')) return variable(cursor);
  if (cursor.at_word("CASE")) return case_expression(cursor);
  if (accept_current_timestamp(cursor)) return clause(Kind::kCurrentTimestamp);
  const bool is_literal = !cursor.peek().is_name() || cursor.at_any({"NULL", "TRUE", "FALSE"}) ||
                          at_introducer(cursor) || at_temporal_literal(cursor);
  return is_literal ? parse_literal(cursor) : bare_expression(cursor);
}

}  // namespace mysql_sync::ddl
