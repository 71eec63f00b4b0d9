#include "core/ddl/generated_expression.hpp"

#include <algorithm>
#include <iterator>

#include "core/ddl/sql_lexer.hpp"
#include "core/types/name_case.hpp"

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

/// Variables, the digits of a division, MariaDB's names in brackets, CAST to TIME (a date is made of it with
/// that of today), text that cannot be read.
bool is_doubtful(const Token& token) {
  return token.kind == TokenKind::kBroken || token.is_symbol('/') || token.is_symbol('@') ||
         token.is_symbol('[') || token.is_word("TIME");
}

bool swaps_names(const NewNames& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](const auto& name) { return names.count(lower_name(name.second)) > 0; });
}

std::string quote_name(const std::string& name) {
  std::string quoted = "`";
  for (const char c : name) quoted.append(c == '`' ? 2 : 1, c);
  return quoted + "`";
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

std::string with_new_names(const std::string& sql, const NewNames& names) {
  if (swaps_names(names)) return {};
  SqlLexer lexer(sql, {});
  std::string result;
  size_t copied = 0;
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    if (token.kind == TokenKind::kBroken || token.is_symbol('[')) return {};
    const bool is_string = token.kind == TokenKind::kString;
    if (!is_string && !token.is_name()) continue;
    const auto found = names.find(lower_name(is_string ? string_text(token, {}) : name_text(token)));
    if (found == names.end()) continue;
    if (is_string) return {};  // with ANSI_QUOTES it is a name
    result.append(sql, copied, token.offset - copied).append(quote_name(found->second));
    copied = token.offset + token.text.size();
  }
  return result.append(sql, copied, std::string::npos);
}

}  // namespace mysql_sync::ddl
