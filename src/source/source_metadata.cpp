#include "source/source_metadata.hpp"

#include <cstdlib>
#include <map>
#include <utility>

#include "source/client_error.hpp"
#include "source/client_library.hpp"
#include "source/connection_impl.hpp"

namespace mysql_sync::source {
namespace {

using Row = std::vector<std::optional<std::string>>;
using Variables = std::map<std::string, std::string>;

std::string text_of(const Row& row, size_t column) {
  return column < row.size() ? row[column].value_or("") : std::string();
}

uint64_t number_of(const std::string& text) { return std::strtoull(text.c_str(), nullptr, 10); }

std::string find_or(const Variables& variables, const std::string& name, const std::string& otherwise) {
  const auto found = variables.find(name);
  return found == variables.end() ? otherwise : found->second;
}

/// Asking by name in a WHERE, because @@name fails where the source does not know it.
Result<Variables> show_variables(Connection& connection, const std::string& names) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows, connection.query_all("SHOW GLOBAL VARIABLES WHERE Variable_name IN (" + names + ")"));
  Variables variables;
  for (const Row& row : rows) variables[text_of(row, 0)] = text_of(row, 1);
  return variables;
}

std::string identity_of(const Variables& variables) {
  std::string identity = find_or(variables, "server_uuid", "");
  if (!identity.empty()) return identity;
  // MariaDB makes it of its port and the machine's network address, which another server can have, too.
  identity = find_or(variables, "server_uid", "");
  if (!identity.empty()) return identity + "/" + find_or(variables, "server_id", "0");
  return find_or(variables, "server_id", "0") + "@" + find_or(variables, "hostname", "") + ":" +
         find_or(variables, "port", "");
}

/// Where a newer source has dropped the variable, rows are all it writes; the oldest knew only statements.
std::string default_format(const Connection& connection) {
  return connection.version_number() >= 80400 ? "ROW" : "STATEMENT";
}

/// The two names of one statement; each source knows at least one of them.
constexpr const char* kShowOld = "SHOW MASTER STATUS";
constexpr const char* kShowNew = "SHOW BINARY LOG STATUS";

Result<std::vector<Row>> show_status(Connection& connection) {
  const bool is_new = !connection.is_mariadb() && connection.version_number() >= 80200;
  auto rows = connection.query_all(is_new ? kShowNew : kShowOld);
  const ClientSession& session = *connection.impl().session;
  if (rows.ok() || session.broken() || session.error_number() != kErrorParse) return rows;
  return connection.query_all(is_new ? kShowOld : kShowNew);
}

Result<BinlogStatus> show_position(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const auto rows, show_status(connection));
  if (rows.empty())
    return Status(ErrorCode::kSource, "the source writes no binlog", {},
                  "Switch on log_bin on the source and restart it.");
  const Row& row = rows.front();
  BinlogStatus status;
  status.position = {text_of(row, 0), number_of(text_of(row, 1))};
  if (!text_of(row, 2).empty()) status.filters += "binlog_do_db " + text_of(row, 2);
  if (!text_of(row, 3).empty()) status.filters += "binlog_ignore_db " + text_of(row, 3);
  if (!connection.is_mariadb()) status.gtid_set = text_of(row, 4);
  return status;
}

Result<std::string> query_text(Connection& connection, const std::string& sql) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(auto value, connection.query_value(sql));
  return value.value_or("");
}

/// MariaDB shows position and GTIDs in two statements. They belong together when nothing was written between;
/// otherwise the source must work it out from the file, which takes it longer.
Result<BinlogStatus> add_mariadb_gtids(Connection& connection, BinlogStatus status) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(status.gtid_set, query_text(connection, "SELECT @@global.gtid_binlog_pos"));
  MYSQL_SYNC_ASSIGN_OR_RETURN(const BinlogStatus after, show_position(connection));
  if (after.position == status.position) return status;
  const std::string sql = "SELECT BINLOG_GTID_POS(" + connection.quote_literal(status.position.file) + ", " +
                          std::to_string(status.position.offset) + ")";
  MYSQL_SYNC_ASSIGN_OR_RETURN(status.gtid_set, query_text(connection, sql));
  return status;
}

}  // namespace

Result<SourceVariables> read_variables(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const Variables found,
      show_variables(connection,
                     "'server_uuid', 'server_uid', 'server_id', 'hostname', 'port', 'log_bin', "
                     "'binlog_format', 'binlog_row_image', 'binlog_row_value_options', "
                     "'binlog_row_metadata', "
                     "'lower_case_table_names'"));
  SourceVariables variables;
  variables.version = connection.server_version();
  variables.server_identity = identity_of(found);
  variables.server_id = static_cast<uint32_t>(number_of(find_or(found, "server_id", "0")));
  variables.log_bin = find_or(found, "log_bin", "OFF") == "ON";
  variables.binlog_format = find_or(found, "binlog_format", default_format(connection));
  variables.binlog_row_image = find_or(found, "binlog_row_image", "FULL");
  variables.binlog_row_value_options = find_or(found, "binlog_row_value_options", "");
  variables.binlog_row_metadata = find_or(found, "binlog_row_metadata", "");
  variables.lower_case_table_names =
      static_cast<int>(number_of(find_or(found, "lower_case_table_names", "0")));
  return variables;
}

Result<BinlogStatus> read_binlog_status(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(BinlogStatus status, show_position(connection));
  if (!connection.is_mariadb() || connection.version_number() < 100002) return status;
  return add_mariadb_gtids(connection, std::move(status));
}

Result<std::vector<std::string>> list_binlog_files(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const auto rows, connection.query_all("SHOW BINARY LOGS"));
  std::vector<std::string> files;
  for (const Row& row : rows) files.push_back(text_of(row, 0));
  return files;
}

/// MariaDB from 10.10 on has collations for any character set, each of which has numbers of its own with
/// them.
Result<CollationCharsets> read_collation_charsets(Connection& connection) {
  const bool of_any = connection.is_mariadb() && connection.version_number() >= 101000;
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows,
      connection.query_all(std::string("SELECT id, character_set_name FROM information_schema.") +
                           (of_any ? "collation_character_set_applicability" : "collations") +
                           " WHERE id IS NOT NULL AND character_set_name IS NOT NULL"));
  CollationCharsets charsets;
  for (const Row& row : rows) charsets[number_of(text_of(row, 0))] = text_of(row, 1);
  return charsets;
}

Result<std::vector<std::string>> read_grants(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const auto rows, connection.query_all("SHOW GRANTS"));
  std::vector<std::string> grants;
  for (const Row& row : rows) grants.push_back(text_of(row, 0));
  return grants;
}

}  // namespace mysql_sync::source
