#include "source/replica_logging.hpp"

#include <map>

namespace mysql_sync::source {
namespace {

using Values = std::map<std::string, std::string>;

/// Rows of a name and a value.
Result<Values> read_values(Connection& connection, const std::string& query) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const auto rows, connection.query_all(query));
  Values values;
  for (const auto& row : rows)
    if (row.size() >= 2) values[row[0].value_or("")] = row[1].value_or("");
  return values;
}

bool is_on(const Values& values, const char* name) {
  const auto found = values.find(name);
  return found != values.end() && (found->second == "ON" || found->second == "1");
}

/// Of all connections that it has as a replica.
const char* status_query(const Connection& connection) {
  if (connection.is_mariadb()) return "SHOW ALL SLAVES STATUS";
  return connection.version_number() >= 80022 ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS";
}

/// Everybody may see whether replication runs, but not whether it is only stopped.
Result<bool> is_running(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const Values status,
      read_values(connection,
                  "SHOW GLOBAL STATUS WHERE variable_name IN ('Slave_running', 'Slaves_running')"));
  const auto count = status.find("Slaves_running");
  return is_on(status, "Slave_running") || (count != status.end() && count->second != "0");
}

}  // namespace

Result<ReplicaLogging> read_replica_logging(Connection& connection) {
  using Kind = ReplicaLogging::Kind;
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const Values variables,
      read_values(
          connection,
          "SHOW GLOBAL VARIABLES WHERE variable_name IN ('log_slave_updates', 'log_replica_updates', 'wsrep_on')"));
  if (is_on(variables, "log_slave_updates") || is_on(variables, "log_replica_updates"))
    return ReplicaLogging{Kind::kComplete, "the source logs what it receives as a replica"};
  if (is_on(variables, "wsrep_on"))
    return ReplicaLogging{
        Kind::kLacking, "the source is a node of a Galera cluster, and does not log what other nodes write"};
  const auto status = connection.query_all(status_query(connection));
  if (status.ok() && status->empty()) return ReplicaLogging{Kind::kComplete, "the source is no replica"};
  if (!status.ok() && status.status().code() != ErrorCode::kPermission) return status.status();
  MYSQL_SYNC_ASSIGN_OR_RETURN(const bool running, is_running(connection));
  if (status.ok() || running)
    return ReplicaLogging{
        Kind::kLacking,
        "the source is a replica, and does not log what it receives: log_slave_updates is off"};
  return ReplicaLogging{
      Kind::kUnknown,
      "the account may not see whether the source is a replica, which would not log what it "
      "receives: log_slave_updates is off"};
}

}  // namespace mysql_sync::source
