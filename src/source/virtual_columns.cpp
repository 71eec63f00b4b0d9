// Virtual columns of a MariaDB, which allows in them what changes by itself.
#include <algorithm>
#include <cctype>

#include "source/source_metadata.hpp"

namespace mysql_sync::source {
namespace {

constexpr uint32_t kFirstWithExpressions = 100205;

/// Functions whose value depends on time, chance, session or server, as information_schema writes them.
/// VCOL_NON_DETERMINISTIC, VCOL_TIME_FUNC and VCOL_SESSION_FUNC in MariaDB/server sql/item_func.h and
/// sql/item_timefunc.h. What depends on the time zone or the language of the session only is not among them.
constexpr std::string_view kChanging[] = {
    "current_timestamp", "sysdate",  "curdate",       "curtime",      "utc_timestamp", "utc_date",
    "utc_time",          "rand",     "uuid",          "uuid_short",   "user",          "current_user",
    "version",           "database", "connection_id", "current_role", "encrypt",       "session_user",
    "system_user",       "schema"};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$'; }

/// Moves past what begins at `at` with a quote and ends with the same one; a doubled quote is two such texts.
size_t past_quoted(std::string_view text, size_t at) {
  const char quote = text[at++];
  while (at < text.size() && text[at] != quote) at += text[at] == '\\' && quote != '`' ? 2 : 1;
  return std::min(at + 1, text.size());
}

bool is_changing_call(std::string_view word, std::string_view rest) {
  if (rest.empty() || rest.front() != '(') return false;
  // With an argument it is the time of that.
  if (word == "unix_timestamp") return rest.substr(0, 2) == "()";
  return std::find(std::begin(kChanging), std::end(kChanging), word) != std::end(kChanging);
}

}  // namespace

bool changes_by_itself(std::string_view expression) {
  size_t at = 0;
  while (at < expression.size()) {
    const char c = expression[at];
    if (c == '@') return true;
    if (c == '`' || c == '\'' || c == '"') {
      at = past_quoted(expression, at);
    } else if (is_word(c)) {
      size_t end = at;
      while (end < expression.size() && is_word(expression[end])) ++end;
      if (is_changing_call(expression.substr(at, end - at), expression.substr(end))) return true;
      at = end;
    } else {
      ++at;
    }
  }
  return false;
}

Result<std::vector<VirtualColumn>> list_virtual_columns(Connection& connection) {
  std::vector<VirtualColumn> columns;
  if (!connection.is_mariadb() || connection.version_number() < kFirstWithExpressions) return columns;
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows,
      connection.query_all("SELECT table_schema, table_name, column_name, generation_expression "
                           "FROM information_schema.columns WHERE extra LIKE 'VIRTUAL%'"));
  for (const auto& row : rows)
    columns.push_back({row[0].value_or(""), row[1].value_or(""), row[2].value_or(""), row[3].value_or("")});
  return columns;
}

}  // namespace mysql_sync::source
