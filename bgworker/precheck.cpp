#include "bgworker/precheck.hpp"

#include <set>

#include "apply/target_ddl.hpp"
#include "bgworker/source_session.hpp"
#include "bgworker/table_mapping.hpp"
#include "bgworker/type_check.hpp"
#include "core/types/type_map.hpp"
#include "pg/compat/worker_compat.hpp"
#include "pg/encoding.hpp"

namespace mysql_sync {

namespace {

using Outcome = PrecheckItem::Status;

/// The items gathered so far, and what the checks work on.
class Precheck {
 public:
  explicit Precheck(const TaskConfig& config) : config_(config) {}

  std::vector<PrecheckItem> run() {
    check_encoding();
    std::optional<source::Connection> connection = check_connection();
    if (connection) check_source(*connection);
    return std::move(items_);
  }

 private:
  void add(Outcome status, std::string item, std::string object, std::string detail,
           std::string remedy = {}) {
    items_.push_back({std::move(item), std::move(object), status, std::move(detail), std::move(remedy)});
  }
  void add_failure(const std::string& item, const std::string& object, const Status& status) {
    const std::string detail =
        status.detail().empty() ? status.message() : status.message() + ": " + status.detail();
    add(Outcome::kFailed, item, object, detail, status.hint());
  }

  void append(std::vector<PrecheckItem> items) {
    for (PrecheckItem& item : items) items_.push_back(std::move(item));
  }

  void check_encoding() {
    const std::string problem = pg::encoding_problem();
    if (problem.empty()) return;
    add(Outcome::kFailed, "encoding", GetDatabaseEncodingName(), problem,
        "Run the task in a database with the encoding UTF8.");
  }

  std::optional<source::Connection> check_connection() {
    try {
      source::Connection connection = connect_source(source_options(config_));
      add(Outcome::kPassed, "connection", config_.server,
          "connected, version " + connection.server_version());
      return connection;
    } catch (const pg::StatusError& error) {
      if (error.status().code() == ErrorCode::kCancelled) throw;
      add_failure("connection", config_.server, error.status());
      return std::nullopt;
    }
  }

  void check_source(source::Connection& connection) {
    check_version(connection);
    const auto variables = source::read_variables(connection);
    if (!variables.ok()) return add_failure("variables", config_.server, variables.status());
    check_variables(*variables);
    if (variables->log_bin) check_stream(connection);
    check_tables(connection);
  }

  void check_version(source::Connection& connection) {
    if (connection.version_number() >= 50100)
      return add(Outcome::kPassed, "version", config_.server, connection.server_version());
    add(Outcome::kFailed, "version", config_.server,
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

  /// Rows that are logged in parts are completed by what the target has. One that it lacks cannot be made.
  void check_rows(const char* item, bool whole, const std::string& detail, const char* remedy) {
    if (whole || config_.is_copy()) return add(Outcome::kPassed, item, config_.server, detail);
    add(Outcome::kWarning, item, config_.server,
        detail + ": updates of rows that the target lacks do nothing", remedy);
  }

  /// The option of the server holds for every task that uses it, and the source serves one replica of a
  /// number.
  bool shares_server_id() {
    if (!has_own_server_id(config_)) return false;
    pg::SpiSession spi;
    return spi
        .query_row("SELECT 1 FROM mysql_sync.task_config WHERE server = $1::name AND task <> $2::name",
                   {config_.server, config_.task})
        .has_value();
  }

  void check_server_id(uint32_t source_id) {
    const uint32_t own = replica_server_id(config_);
    if (shares_server_id())
      return add(Outcome::kFailed, "server_id", config_.server,
                 "another task uses the same server and its server_id",
                 "Drop the option server_id of the server, or create a server for each task.");
    if (source_id == 0)
      return add(Outcome::kFailed, "server_id", config_.server, "the source's server_id is 0",
                 "Set server_id to a value other than 0 in the source's configuration.");
    require("server_id", source_id != own,
            "the source has " + std::to_string(source_id) + ", the task registers as " + std::to_string(own),
            "Set the option server_id of the server to a number no replica of the source has.");
  }

  void require(const char* item, bool holds, const std::string& detail, const char* remedy) {
    add(holds ? Outcome::kPassed : Outcome::kFailed, item, config_.server, detail, holds ? "" : remedy);
  }

  void check_stream(source::Connection& connection) {
    auto binlog = source::read_binlog_status(connection);
    if (!binlog.ok()) return add_failure("replication_client", config_.server, binlog.status());
    add(Outcome::kPassed, "replication_client", config_.server,
        "the binlog ends at " + binlog->position.to_string());
    if (!binlog->filters.empty())
      add(Outcome::kFailed, "binlog_filters", config_.server,
          "the source logs only a part: " + binlog->filters,
          "Remove binlog_do_db and binlog_ignore_db from the source's configuration.");
    check_cancelled(open_stream(binlog->position));
  }

  Status open_stream(const BinlogPosition& position) {
    source::StreamOptions options;
    // Not the task's own id: a task that runs would lose its stream to the check.
    options.server_id = replica_server_id(config_) ^ 0x40000000U;
    auto stream = source::BinlogStream::open(connect_source(source_options(config_)), position, options);
    Status status = stream.status();
    if (stream.ok()) status = stream->next().status();
    if (status.ok())
      add(Outcome::kPassed, "binlog_stream", config_.server, "events arrive");
    else
      add_failure("binlog_stream", config_.server, status);
    return status;
  }

  static void check_cancelled(const Status& status) {
    if (!status.ok() && status.code() == ErrorCode::kCancelled) throw pg::StatusError(status);
  }

  void check_tables(source::Connection& connection) {
    std::vector<TableSchema> schemas;
    try {
      schemas = read_selected_schemas(connection, config_);
    } catch (const pg::StatusError& error) {
      check_cancelled(error.status());
      return add_failure("tables", config_.server, error.status());
    }
    check_selection(schemas.size());
    check_versioned(connection);
    check_cascades(connection);
    check_virtual_columns(connection, schemas);
    append(check_table_settings(config_, schemas));
    for (const TableSchema& schema : schemas) check_table(connection, schema);
    check_enum_names();
  }

  /// A table of the name would be a type of the name.
  void check_enum_names() {
    for (const auto& [type, column] : made_enums_) {
      if (targets_.count(type) == 0) continue;
      add(Outcome::kFailed, "types", column,
          "the enum type to be made, " + type + ", has the name of a target table",
          "Choose another type with set_table.");
    }
  }

  /// Their row images hold columns that no catalog of the source shows.
  void check_versioned(source::Connection& connection) {
    for (const source::TableListing& table : list_selected_tables(connection, config_)) {
      if (!table.is_versioned) continue;
      const std::string name = table.database + "." + table.table;
      add(Outcome::kFailed, "versioning", name, "system-versioned tables are not carried",
          "Leave the table out: '!" + name + "'.");
    }
  }

  void check_cascades(source::Connection& connection) {
    const auto keys = source::list_unlogged_cascades(connection);
    if (!keys.ok()) return add_failure("foreign_keys", config_.server, keys.status());
    const ObjectSelection selection = config_.selection();
    for (const source::CascadingKey& key : *keys) {
      if (!selection.selects(key.database, key.table)) continue;
      add(Outcome::kWarning, "foreign_keys", key.database + "." + key.table,
          "the source does not log what the cascade of " + key.constraint + " changes here",
          "Rows that a cascade changes stay as they were in the target: change them by statements of their "
          "own.");
    }
  }

  /// Whether the column of a selected table has a place in the target.
  bool carries(const std::vector<TableSchema>& schemas, const source::VirtualColumn& column) const {
    for (const TableSchema& schema : schemas) {
      if (schema.database != column.database || schema.table != column.table) continue;
      const auto index = schema.find_column(column.column);
      return index && !target_of(config_, schema).columns[*index].empty();
    }
    return false;
  }

  /// MariaDB allows in them what depends on when and by whom they are read.
  void check_virtual_columns(source::Connection& connection, const std::vector<TableSchema>& schemas) {
    const auto columns = source::list_virtual_columns(connection);
    if (!columns.ok()) return add_failure("virtual_columns", config_.server, columns.status());
    for (const source::VirtualColumn& column : *columns) {
      if (!carries(schemas, column)) continue;
      const std::string name = column.database + "." + column.table + "." + column.column;
      if (source::changes_by_itself(column.expression))
        add(Outcome::kWarning, "virtual_columns", name, "its value changes by itself: " + column.expression,
            "The target has the value of when the row was loaded or last changed.");
    }
  }

  void check_selection(size_t count) {
    std::string patterns;
    for (const std::string& pattern : config_.tables) patterns += (patterns.empty() ? "" : ", ") + pattern;
    if (count > 0)
      return add(Outcome::kPassed, "tables", patterns, std::to_string(count) + " tables selected");
    add(Outcome::kFailed, "tables", patterns, "no table of the source matches",
        "Check the names, their case, and that the account has SELECT on the tables.");
  }

  void check_table(source::Connection& connection, const TableSchema& schema) {
    check_select(connection, schema);
    check_key(schema);
    check_columns(schema);
    check_key_dates(schema);
    check_target(schema);
  }

  /// A key cannot become NULL, nor may two dates become one -infinity.
  void check_key_dates(const TableSchema& schema) {
    using Policy = pg::ValuePolicies::ZeroDates;
    if (config_.options.policies.zero_dates == Policy::kMinusInfinity) return;
    for (const size_t column : schema.primary_key) {
      if (!is_date(schema.columns[column].type.kind)) continue;
      add(Outcome::kWarning, "zero_dates", schema.display_name() + "." + schema.columns[column].name,
          "a zero date in this key column stops the task: a key cannot become NULL",
          "Where there are any, set the option zero_dates to '-infinity'.");
    }
  }

  void check_select(source::Connection& connection, const TableSchema& schema) {
    const Status status = connection.execute("SELECT 1 FROM " + source::quote_identifier(schema.database) +
                                             "." + source::quote_identifier(schema.table) + " LIMIT 0");
    check_cancelled(status);
    if (status.ok()) return add(Outcome::kPassed, "select", schema.display_name(), "readable");
    add_failure("select", schema.display_name(), status);
  }

  void check_key(const TableSchema& schema) {
    if (!schema.primary_key.empty())
      return add(Outcome::kPassed, "primary_key", schema.display_name(), "has a primary key");
    add(Outcome::kFailed, "primary_key", schema.display_name(), "the table has no primary key",
        "Add a primary key on the source, or leave the table out: '!" + schema.display_name() + "'.");
  }

  void check_columns(const TableSchema& schema) {
    bool carried = true;
    const apply::TargetTable target = target_of(config_, schema);
    for (size_t i = 0; i < schema.columns.size(); ++i)
      carried = check_column(schema, schema.columns[i], target.columns[i]) && carried;
    check_target_columns(schema, target);
    if (carried) add(Outcome::kPassed, "types", schema.display_name(), "every column is carried");
  }

  void check_target_columns(const TableSchema& schema, const apply::TargetTable& target) {
    std::set<std::string> taken;
    for (size_t i = 0; i < schema.columns.size(); ++i) {
      if (target.columns[i].empty() || taken.insert(target.columns[i]).second) continue;
      add(Outcome::kFailed, "types", schema.display_name() + "." + schema.columns[i].name,
          "another column goes to \"" + target.columns[i] + "\", too",
          "Give it a name of its own with set_table.");
    }
  }

  /// The source's catalog shows what is beyond the basic plane of Unicode as '?'; rows in the binlog have
  /// numbers only.
  void check_labels(const TableSchema& schema, const Column& column) {
    if (logs_labels_) return;
    for (const std::string& label : column.type.members) {
      if (label.find('?') == std::string::npos) continue;
      return add(
          Outcome::kWarning, "labels", schema.display_name() + "." + column.name,
          "the label \"" + label +
              "\" may be another on the source, whose catalog shows some characters as ?",
          "Where it is, SET GLOBAL binlog_row_metadata = 'FULL' on the source before the task starts, or "
          "rename it where the source has no such variable: changes would bring the ?.");
    }
  }

  static bool is_system_column(const std::string& name) {
    return pg::guard([&] { return compat::is_system_column(name.c_str()); });
  }

  /// Columns that are left out are in the row events all the same, and must be read there.
  bool check_column(const TableSchema& schema, const Column& column, const std::string& target) {
    const TypeMapping mapping = map_type(column.type);
    std::string problem;
    if (!mapping.carried)
      problem = column.type.declared + " is not carried: " + mapping.reason;
    else if (is_system_column(target))
      problem = "the target gives every table a column of its own of that name";
    else if (!pg::is_representable(target) || !pg::is_representable(column.type.declared))
      problem = "the encoding of this database lacks a character of its name or of its labels";
    else if (pg::to_server(target).size() >= NAMEDATALEN)
      problem = "the name is longer than 63 bytes";
    check_labels(schema, column);
    if (problem.empty()) return true;
    add(Outcome::kFailed, "types", schema.display_name() + "." + column.name, problem,
        "Leave the table out: '!" + schema.display_name() + "'.");
    return false;
  }

  void check_target(const TableSchema& schema) {
    const apply::TargetTable target = target_of(config_, schema);
    const std::string name = target.display_name();
    if (!pg::is_representable(target.schema) || !pg::is_representable(target.table))
      return add(Outcome::kFailed, "target_table", name,
                 "the encoding of this database lacks a character of the name",
                 "Leave the table out, or run the task in a database with the encoding UTF8.");
    if (pg::to_server(target.schema).size() >= NAMEDATALEN ||
        pg::to_server(target.table).size() >= NAMEDATALEN)
      return add(Outcome::kFailed, "target_table", name, "the name is longer than 63 bytes",
                 "Leave the table out, or give a shorter target_schema.");
    if (!targets_.insert(name).second)
      return add(Outcome::kFailed, "target_table", name, "two source tables go to it",
                 "Use a task for each database, with its own target_schema.");
    note_made_enums(schema, target);
    check_target_state(schema, target, apply::target_state(target.schema, target.table));
  }

  void note_made_enums(const TableSchema& schema, const apply::TargetTable& target) {
    for (size_t i = 0; i < schema.columns.size(); ++i) {
      if (apply::has_made_enum(target, i) && !target.columns[i].empty())
        made_enums_.emplace_back(target.schema + "." + apply::made_enum_name(target, i),
                                 schema.display_name() + "." + schema.columns[i].name);
    }
  }

  void check_target_state(const TableSchema& schema, const apply::TargetTable& target,
                          apply::TargetState state) {
    const std::string name = target.display_name();
    if (state == apply::TargetState::kAbsent) {
      append(check_target_types(schema, target, false));
      return check_absent_target(name);
    }
    if (state == apply::TargetState::kNotATable)
      return add(Outcome::kFailed, "target_table", name, "exists and is not a table",
                 "Rename or drop what has the name, or choose another target_schema.");
    const std::vector<std::string> missing = apply::missing_columns(target);
    if (!missing.empty())
      return add(Outcome::kFailed, "target_table", name,
                 "the existing table lacks the column " + missing.front(),
                 "Add the column, or drop the table and let the task make it.");
    append(check_target_types(schema, target, true));
    const std::string key = apply::key_problem(target, schema);
    if (!key.empty())
      return add(Outcome::kFailed, "target_table", name, key,
                 "Give the table a primary key on the columns of the source's key.");
    check_nullable_dates(schema, target);
    check_unique_indexes(target);
    check_existing_rows(name, state);
  }

  /// A zero date becomes NULL by the policy, which a column that is NOT NULL refuses.
  void check_nullable_dates(const TableSchema& schema, const apply::TargetTable& target) {
    if (config_.options.policies.zero_dates != pg::ValuePolicies::ZeroDates::kNull) return;
    for (size_t i = 0; i < schema.columns.size(); ++i) {
      const std::vector<size_t>& key = schema.primary_key;
      const bool in_key = std::find(key.begin(), key.end(), i) != key.end();  // has a warning of its own
      if (in_key || !is_date(schema.columns[i].type.kind) || !is_not_null(target, target.columns[i]))
        continue;
      add(Outcome::kWarning, "zero_dates", target.display_name() + "." + target.columns[i],
          "the column is NOT NULL, and zero dates become NULL",
          "Drop NOT NULL from the column, or set the option zero_dates.");
    }
  }

  /// Values that swap within one transaction of the source meet each other in the target.
  void check_unique_indexes(const apply::TargetTable& target) {
    pg::SpiSession spi;
    const auto rows = spi.query(
        "SELECT i.relname FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid"
        "  JOIN pg_catalog.pg_class c ON c.oid = x.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = $1 AND c.relname = $2 AND x.indisunique AND NOT x.indisprimary"
        "   AND EXISTS (SELECT 1 FROM pg_catalog.pg_index k WHERE k.indrelid = x.indrelid AND k.indisprimary)",
        {target.schema, target.table});
    for (const pg::TextRow& row : rows) {
      add(Outcome::kWarning, "unique_index", target.display_name(),
          "unique index " + row[0].value_or("") + " can refuse rows while the source moves its values about",
          "Replace it by an index that is not unique: the source sees to uniqueness.");
    }
  }

  static bool is_date(TypeKind kind) {
    return kind == TypeKind::kDate || kind == TypeKind::kDatetime || kind == TypeKind::kTimestamp;
  }

  static bool is_not_null(const apply::TargetTable& target, const std::string& column) {
    pg::SpiSession spi;
    const auto row = spi.query_row(
        "SELECT a.attnotnull FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
        "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = $3",
        {target.schema, target.table, column});
    return row && (*row)[0] == "t";
  }

  void check_absent_target(const std::string& name) {
    if (config_.sync_schema) return add(Outcome::kPassed, "target_table", name, "will be made");
    add(Outcome::kFailed, "target_table", name, "the table does not exist and sync_schema is off",
        "Create the table, or set sync_schema to true.");
  }

  void check_existing_rows(const std::string& name, apply::TargetState state) {
    if (state == apply::TargetState::kEmpty)
      return add(Outcome::kPassed, "target_table", name, "exists and is empty");
    if (!config_.sync_data)
      return add(Outcome::kPassed, "target_table", name, "exists and is taken as it is");
    switch (config_.existing_tables) {
      case ExistingTables::kTruncate:
        return add(Outcome::kWarning, "target_table", name, "exists and will be truncated");
      case ExistingTables::kAppend:
        return add(Outcome::kWarning, "target_table", name, "exists, rows will be added to those it has");
      case ExistingTables::kError:
        return add(Outcome::kFailed, "target_table", name, "exists and is not empty",
                   "Empty or drop the table, or set existing_tables to 'truncate' or 'append'.");
    }
  }

  const TaskConfig& config_;
  bool logs_labels_ = false;  ///< the binlog has the labels of ENUM and SET
  std::vector<PrecheckItem> items_;
  std::set<std::string> targets_;
  std::vector<std::pair<std::string, std::string>> made_enums_;  // of the type, of its column
};

}  // namespace

std::vector<PrecheckItem> run_precheck(const TaskConfig& config) { return Precheck(config).run(); }

const char* precheck_status_name(PrecheckItem::Status status) {
  switch (status) {
    case Outcome::kPassed:
      return "passed";
    case Outcome::kWarning:
      return "warning";
    case Outcome::kFailed:
      return "failed";
  }
  return "failed";
}

std::string describe_failures(const std::vector<PrecheckItem>& items) {
  std::string text;
  for (const PrecheckItem& item : items) {
    if (item.status != Outcome::kFailed) continue;
    text += (text.empty() ? "" : "\n") + item.item + " (" + item.object + "): " + item.detail;
  }
  return text;
}

std::vector<source::TableListing> list_selected_tables(source::Connection& connection,
                                                       const TaskConfig& config) {
  const ObjectSelection selection = config.selection();
  std::vector<source::TableListing> selected;
  for (source::TableListing& table : pg::value_or_throw(source::list_tables(connection)))
    if (!table.is_view && selection.selects(table.database, table.table))
      selected.push_back(std::move(table));
  return selected;
}

std::vector<TableSchema> read_selected_schemas(source::Connection& connection, const TaskConfig& config) {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_database;
  for (const source::TableListing& table : list_selected_tables(connection, config)) {
    if (by_database.empty() || by_database.back().first != table.database)
      by_database.push_back({table.database, {}});
    by_database.back().second.push_back(table.table);
  }
  std::vector<TableSchema> schemas;
  for (const auto& [database, tables] : by_database) {
    for (TableSchema& schema : pg::value_or_throw(source::read_schemas(connection, database, tables)))
      schemas.push_back(std::move(schema));
  }
  return schemas;
}

}  // namespace mysql_sync
