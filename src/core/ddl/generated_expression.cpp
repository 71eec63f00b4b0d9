#include "core/ddl/generated_expression.hpp"

#include <algorithm>
#include <iterator>

#include "core/ddl/sql_lexer.hpp"

namespace mysql_sync::ddl {

namespace {

/// What may stand before a parenthesis: functions that depend on nothing but their arguments, operators, and
/// types of CAST.
constexpr std::string_view kSettled[] = {
    "ABS",          "AND",         "AS",       "BINARY",  "CAST",      "CEIL",    "CEILING",
    "CHAR",         "CHAR_LENGTH", "COALESCE", "CONCAT",  "CONCAT_WS", "CRC32",   "DATE",
    "DATEDIFF",     "DATETIME",    "DAY",      "DECIMAL", "DIV",       "ELSE",    "FLOOR",
    "GREATEST",     "HEX",         "HOUR",     "IF",      "IFNULL",    "IN",      "JSON_EXTRACT",
    "JSON_UNQUOTE", "JSON_VALUE",  "LCASE",    "LEAST",   "LEFT",      "LENGTH",  "LOWER",
    "LPAD",         "LTRIM",       "MD5",      "MID",     "MINUTE",    "MOD",     "MONTH",
    "NOT",          "NULLIF",      "OR",       "QUARTER", "REPLACE",   "REVERSE", "RIGHT",
    "ROUND",        "RPAD",        "RTRIM",    "SECOND",  "SHA1",      "SHA2",    "SIGN",
    "SUBSTR",       "SUBSTRING",   "THEN",     "TRIM",    "TRUNCATE",  "UCASE",   "UNHEX",
    "UPPER",        "WHEN",        "XOR",      "YEAR"};

bool is_settled(const Token& word) {
  return std::any_of(std::begin(kSettled), std::end(kSettled),
                     [&](std::string_view name) { return word.is_word(name); });
}

/// With ANSI_QUOTES "a" is a name.
bool names_column(const Token& token, const TableSchema& touched) {
  if (token.is_name()) return touched.find_column(name_text(token)).has_value();
  return token.kind == TokenKind::kString && touched.find_column(string_text(token, {})).has_value();
}

/// Variables, the digits of a division, MariaDB's names in brackets, text that cannot be read.
bool is_doubtful(const Token& token) {
  return token.kind == TokenKind::kBroken || token.is_symbol('/') || token.is_symbol('@') ||
         token.is_symbol('[');
}

}  // namespace

bool is_independent(const std::string& sql, const TableSchema& touched) {
  SqlLexer lexer(sql, {});
  Token before;
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (is_doubtful(token) || names_column(token, touched)) return false;
    if (token.is_symbol('(') && before.is_name() && !is_settled(before)) return false;
    before = token;
  }
  return !sql.empty();
}

}  // namespace mysql_sync::ddl
