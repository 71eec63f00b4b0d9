#include "bgworker/precheck/precheck.hpp"

#include "bgworker/precheck/table_check.hpp"
#include "bgworker/source/source_session.hpp"
#include "bgworker/worker/table_suspend.hpp"
#include "pg/encoding.hpp"
#include "source/replica_logging.hpp"
#include "source/source_metadata.hpp"
#include "source/source_programs.hpp"

namespace mysql_sync {

namespace {

using Outcome = PrecheckItem::Status;

/// The items gathered so far, and what the checks work on.
class Precheck {
 public:
  explicit Precheck(const TaskConfig& config) : config_(config) {}

  std::vector<PrecheckItem> run() {
    check_encoding();
    check_owner();
    check_suspended();
    std::optional<source::Connection> connection = check_connection();
    if (connection) check_source(*connection);
    return items_.take();
  }

 private:
  void check_encoding() {
    const std::string problem = pg::encoding_problem();
    if (problem.empty()) return;
    items_.add(Outcome::kFailed, "encoding", GetDatabaseEncodingName(), problem,
               "Run the task in a database with the encoding UTF8.");
  }

  void check_owner() {
    pg::SpiSession spi;
    if (spi.query_row("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1::name AND rolsuper",
                      {config_.owner}))
      return;
    items_.add(Outcome::kFailed, "owner", config_.owner, "the task's owner is no superuser",
               "Make the role a superuser, or create the task as one.");
  }

  void check_suspended() {
    pg::SpiSession spi;
    for (const SuspendedTable& table : suspended_tables(spi, config_.task))
      items_.add(Outcome::kWarning, "suspended", table.source_table, "the table is set aside: " + table.error,
                 "Fix the cause, then call mysql_sync.resync_table().");
  }

  std::optional<source::Connection> check_connection() {
    try {
      source::Connection connection = connect_source(source_options(config_));
      items_.add(Outcome::kPassed, "connection", config_.server,
                 "connected, version " + connection.server_version());
      return connection;
    } catch (const pg::StatusError& error) {
      if (error.status().code() == ErrorCode::kCancelled) throw;
      items_.add_failure("connection", config_.server, error.status());
      return std::nullopt;
    }
  }

  void check_source(source::Connection& connection) {
    check_version(connection);
    const auto variables = source::read_variables(connection);
    if (!variables.ok()) return items_.add_failure("variables", config_.server, variables.status());
    check_variables(*variables);
    check_replica_logging(connection);
    if (variables->binlog_format != "ROW") check_triggers(connection);
    if (variables->log_bin) check_stream(connection);
    items_.append(check_tables(config_, connection, logs_labels_));
  }

  /// Where statements are logged, what they change by way of triggers has to be seen.
  void check_triggers(source::Connection& connection) {
    const auto grants = source::read_grants(connection);
    if (!grants.ok()) return items_.add_failure("triggers", config_.server, grants.status());
    if (source::CatalogRights(*grants).sees_triggers({})) return;
    items_.add(Outcome::kWarning, "triggers", config_.server,
               "the account may not see triggers: any statement that is logged as one may change any table",
               "GRANT TRIGGER ON *.* to the account.");
  }

  void check_version(source::Connection& connection) {
    if (connection.version_number() >= 50100)
      return items_.add(Outcome::kPassed, "version", config_.server, connection.server_version());
    items_.add(Outcome::kFailed, "version", config_.server,
               "version " + connection.server_version() + " has no row binlog",
               "Use a source of MySQL 5.1 or later, or MariaDB.");
  }

  void check_variables(const source::SourceVariables& variables) {
    logs_labels_ = variables.binlog_row_metadata == "FULL";
    require("binlog", variables.log_bin, variables.log_bin ? "log_bin is on" : "log_bin is off",
            "Set log_bin in the source's configuration and restart it.");
    require("binlog_format", variables.binlog_format == "ROW", "binlog_format is " + variables.binlog_format,
            "SET GLOBAL binlog_format = 'ROW' on the source; sessions that are open keep their own format.");
    check_rows("row_image", variables.binlog_row_image == "FULL",
               "binlog_row_image is " + variables.binlog_row_image,
               "SET GLOBAL binlog_row_image = 'FULL' on the source.");
    check_rows("row_value_options", variables.binlog_row_value_options.empty(),
               variables.binlog_row_value_options.empty()
                   ? "JSON comes whole"
                   : "binlog_row_value_options is " + variables.binlog_row_value_options,
               "SET GLOBAL binlog_row_value_options = '' on the source.");
    check_server_id(variables.server_id);
  }

  void check_replica_logging(source::Connection& connection) {
    using Kind = source::ReplicaLogging::Kind;
    const char* item = "replica_logging";
    const auto logging = source::read_replica_logging(connection);
    if (!logging.ok()) return items_.add_failure(item, config_.server, logging.status());
    if (logging->kind == Kind::kComplete)
      return items_.add(Outcome::kPassed, item, config_.server, logging->detail);
    if (logging->kind == Kind::kUnknown)
      return items_.add(Outcome::kWarning, item, config_.server, logging->detail, source::kHintReplicaStatus);
    items_.add(Outcome::kFailed, item, config_.server, logging->detail, source::kHintReplicaLogging);
  }

  /// Rows that are logged in parts are completed by what the target has. One that it lacks cannot be made.
  void check_rows(const char* item, bool whole, const std::string& detail, const char* remedy) {
    if (whole || config_.is_copy()) return items_.add(Outcome::kPassed, item, config_.server, detail);
    items_.add(Outcome::kWarning, item, config_.server,
               detail + ": updates of rows that the target lacks do nothing", remedy);
  }

  /// The option of the server holds for every task that uses it, and the source serves one replica of a
  /// number.
  bool shares_server_id() {
    if (!has_own_server_id(config_)) return false;
    pg::SpiSession spi;
    return mysql_sync::shares_server(spi, config_);
  }

  void check_server_id(uint32_t source_id) {
    const uint32_t own = replica_server_id(config_);
    if (shares_server_id())
      return items_.add(Outcome::kFailed, "server_id", config_.server,
                        "another task uses the same server and its server_id",
                        "Drop the option server_id of the server, or create a server for each task.");
    if (source_id == 0)
      return items_.add(Outcome::kFailed, "server_id", config_.server, "the source's server_id is 0",
                        "Set server_id to a value other than 0 in the source's configuration.");
    require("server_id", source_id != own,
            "the source has " + std::to_string(source_id) + ", the task registers as " + std::to_string(own),
            "Set the option server_id of the server to a number no replica of the source has.");
  }

  void require(const char* item, bool holds, const std::string& detail, const char* remedy) {
    items_.add(holds ? Outcome::kPassed : Outcome::kFailed, item, config_.server, detail,
               holds ? "" : remedy);
  }

  void check_stream(source::Connection& connection) {
    auto binlog = source::read_binlog_status(connection);
    if (!binlog.ok()) return items_.add_failure("replication_client", config_.server, binlog.status());
    items_.add(Outcome::kPassed, "replication_client", config_.server,
               "the binlog ends at " + binlog->position.to_string());
    if (!binlog->filters.empty())
      items_.add(Outcome::kFailed, "binlog_filters", config_.server,
                 "the source logs only a part: " + binlog->filters,
                 "Remove binlog_do_db and binlog_ignore_db from the source's configuration.");
    throw_if_cancelled(open_stream(binlog->position));
  }

  Status open_stream(const BinlogPosition& position) {
    source::StreamOptions options;
    // Not the task's own id: a task that runs would lose its stream to the check.
    options.server_id = replica_server_id(config_) ^ 0x40000000U;
    auto stream = source::BinlogStream::open(connect_source(source_options(config_)), position, options);
    Status status = stream.status();
    if (stream.ok()) status = stream->next().status();
    if (status.ok())
      items_.add(Outcome::kPassed, "binlog_stream", config_.server, "events arrive");
    else
      items_.add_failure("binlog_stream", config_.server, status);
    return status;
  }

  const TaskConfig& config_;
  bool logs_labels_ = false;  ///< the binlog has the labels of ENUM and SET
  PrecheckItems items_;
};

}  // namespace

std::vector<PrecheckItem> run_precheck(const TaskConfig& config) { return Precheck(config).run(); }

}  // namespace mysql_sync
