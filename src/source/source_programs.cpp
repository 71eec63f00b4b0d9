#include "source/source_programs.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "core/ddl/ddl_statement.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync::source {
namespace {

using Row = std::vector<std::optional<std::string>>;

std::string text_of(const Row& row, size_t column) {
  return column < row.size() ? row[column].value_or("") : std::string();
}

/// "ANSI_QUOTES,STRICT_TRANS_TABLES": what changes how a text reads.
uint64_t mode_bits(const std::string& names) {
  uint64_t bits = 0;
  const auto has = [&](const char* name) { return names.find(name) != std::string::npos; };
  if (has("ANSI_QUOTES")) bits |= ddl::kAnsiQuotes;
  if (has("NO_BACKSLASH_ESCAPES")) bits |= ddl::kNoBackslashEscapes;
  if (has("ORACLE")) bits |= ddl::kOracle;
  if (has("MSSQL")) bits |= ddl::kMssql;
  return bits;
}

Status add_texts(Connection& connection, const std::string& sql, std::vector<ProgramText>* texts) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const auto rows, connection.query_all(sql));
  for (const Row& row : rows)
    texts->push_back({text_of(row, 0), text_of(row, 1), mode_bits(text_of(row, 2))});
  return {};
}

/// "database = 'd' AND table = 't'". The catalog compares names without case or accents; where the source
/// tells tables apart by them, other ones have to go.
std::string names(const Connection& connection, bool exact, const char* database_column,
                  const std::string& database, const char* table_column, const std::string& table) {
  const std::string schema = connection.quote_literal(database), name = connection.quote_literal(table);
  std::string sql = std::string(database_column) + " = " + schema + " AND " + table_column + " = " + name;
  if (exact)
    sql += std::string(" AND BINARY ") + database_column + " = BINARY " + schema + " AND BINARY " +
           table_column + " = BINARY " + name;
  return sql;
}

/// MySQL's and MariaDB's patterns of databases in GRANT: % and _, with \ before one that means itself.
bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern.front() == '%') {
    for (size_t i = 0; i <= name.size(); ++i)
      if (matches(pattern.substr(1), name.substr(i))) return true;
    return false;
  }
  if (name.empty()) return false;
  if (pattern.front() == '\\' && pattern.size() > 1)
    pattern.remove_prefix(1);
  else if (pattern.front() == '_')
    return matches(pattern.substr(1), name.substr(1));
  return pattern.front() == name.front() && matches(pattern.substr(1), name.substr(1));
}

/// What stands in backquotes, or in double quotes as ANSI_QUOTES has them, at the beginning of `text`.
std::string unquote(std::string_view text) {
  std::string name;
  const char quote = text.front();
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote && ++i < text.size() && text[i] != quote) break;
    if (i < text.size()) name += text[i];
  }
  return name;
}

bool has_word(const std::string& list, const std::string& word) {
  return (", " + list + ",").find(", " + word + ",") != std::string::npos;
}

}  // namespace

Result<TablePrograms> read_table_programs(Connection& connection, const std::string& database,
                                          const std::string& table) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const bool exact, tells_case_apart(connection));
  TablePrograms programs;
  MYSQL_SYNC_RETURN_IF_ERROR(
      add_texts(connection,
                "SELECT table_schema, view_definition, '' FROM information_schema.views WHERE " +
                    names(connection, exact, "table_schema", database, "table_name", table),
                &programs.views));
  MYSQL_SYNC_RETURN_IF_ERROR(add_texts(
      connection,
      "SELECT event_object_schema, action_statement, sql_mode FROM information_schema.triggers WHERE " +
          names(connection, exact, "event_object_schema", database, "event_object_table", table),
      &programs.triggers));
  return programs;
}

Result<std::vector<CascadingReference>> list_cascading_references(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows,
      connection.query_all(
          "SELECT unique_constraint_schema, referenced_table_name, constraint_schema, table_name"
          " FROM information_schema.referential_constraints"
          " WHERE delete_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT')"
          " OR update_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT')"));
  std::vector<CascadingReference> references;
  for (const Row& row : rows)
    references.push_back({text_of(row, 0), text_of(row, 1), text_of(row, 2), text_of(row, 3)});
  return references;
}

Result<std::vector<ProgramText>> read_routines(Connection& connection, const std::string& database,
                                               const std::string& name) {
  const std::string schema = connection.quote_literal(database);
  std::vector<ProgramText> routines;
  MYSQL_SYNC_RETURN_IF_ERROR(
      add_texts(connection,
                "SELECT routine_schema, routine_definition, sql_mode FROM information_schema.routines "
                "WHERE (routine_schema = " +
                    schema + " AND routine_name = " + connection.quote_literal(name) +
                    ") OR (routine_type = 'PACKAGE BODY' AND routine_name = " + schema + ")",
                &routines));
  return routines;
}

/// "GRANT SELECT, TRIGGER ON `db`.* TO …", "REVOKE SELECT ON `db`.* FROM …". Rights on single tables do not
/// count.
CatalogRights::CatalogRights(const std::vector<std::string>& grants) {
  constexpr std::string_view kGrant = "GRANT ", kRevoke = "REVOKE ";
  for (const std::string& line : grants) {
    const size_t on = line.find(" ON ");
    const bool revokes = line.compare(0, kRevoke.size(), kRevoke) == 0;
    if ((!revokes && line.compare(0, kGrant.size(), kGrant) != 0) || on == std::string::npos) continue;
    std::string_view object = std::string_view(line).substr(on + 4);
    Grant grant;
    const size_t begin = revokes ? kRevoke.size() : kGrant.size();
    grant.rights = line.substr(begin, on - begin);
    const bool is_quoted = object.front() == '`' || object.front() == '"';
    if (is_quoted) grant.database = unquote(object);
    const size_t end = object.find(revokes ? " FROM " : " TO ");
    const std::string_view what = object.substr(0, end);
    if (what.size() < 2 || what.substr(what.size() - 2) != ".*") continue;
    (revokes ? revokes_ : grants_).push_back(std::move(grant));
  }
}

/// Where something is revoked in part, databases are names, not patterns. What is asked of all databases has
/// none that is left out.
bool CatalogRights::has(const std::string& right, const std::string& database) const {
  const auto holds = [&](const Grant& grant) {
    return has_word(grant.rights, right) || has_word(grant.rights, "ALL PRIVILEGES");
  };
  const bool is_revoked = std::any_of(revokes_.begin(), revokes_.end(), [&](const Grant& revoke) {
    return holds(revoke) && (database.empty() || revoke.database == database);
  });
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
    if (!holds(grant)) return false;
    if (grant.database.empty()) return !is_revoked;
    if (!revokes_.empty()) return grant.database == database;
    return !database.empty() && matches(grant.database, database);
  });
}

}  // namespace mysql_sync::source
