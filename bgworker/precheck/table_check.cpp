#include "bgworker/precheck/table_check.hpp"

#include <set>

#include "bgworker/catalog/carriable.hpp"
#include "bgworker/catalog/table_mapping.hpp"
#include "bgworker/precheck/cascade_check.hpp"
#include "bgworker/precheck/target_check.hpp"
#include "bgworker/precheck/type_check.hpp"
#include "bgworker/source/selected_tables.hpp"
#include "core/types/type_map.hpp"
#include "pg/compat/worker_compat.hpp"

namespace mysql_sync {

namespace {

using Outcome = PrecheckItem::Status;

constexpr uint64_t kMaxRowSize = 8000;  // of 8160, for the header
constexpr int64_t kLocksOfTable = 4;    // itself, its key, its long values and their index
constexpr uint64_t kMaxKeySize = 2700;
/// What is larger can be stored elsewhere, but for a pointer.
constexpr uint64_t kMaxCellSize = 24;

/// Bytes that a value may take, about.
uint64_t largest_value(const ColumnType& type) {
  const bool is_number_or_time = type.kind < TypeKind::kChar;
  return is_number_or_time ? 8 : max_target_bytes(type) + 1;
}

/// The bytes that a row takes in its page at least, with values in all columns as long as they may be.
uint64_t least_row_size(const TableSchema& schema, const apply::TargetTable& target) {
  uint64_t size = 0;
  for (size_t i = 0; i < schema.columns.size(); ++i)
    if (!target.columns[i].empty()) size += std::min(largest_value(schema.columns[i].type), kMaxCellSize);
  return size;
}

uint64_t largest_key_size(const TableSchema& schema) {
  uint64_t size = 0;
  for (const size_t column : schema.primary_key) size += largest_value(schema.columns[column].type);
  return size;
}

class TableCheck {
 public:
  TableCheck(const TaskConfig& config, bool logs_labels)
      : config_(config), logs_labels_(logs_labels), targets_(config) {}

  std::vector<PrecheckItem> run(source::Connection& connection) {
    check_tables(connection);
    return items_.take();
  }

 private:
  void check_tables(source::Connection& connection) {
    SelectedTables selected;
    std::vector<TableSchema> schemas;
    try {
      selected = list_selected_tables(connection, config_);
      schemas = read_selected_schemas(connection, selected.tables);
    } catch (const pg::StatusError& error) {
      throw_if_cancelled(error.status());
      return items_.add_failure("tables", config_.server, error.status());
    }
    check_selection(schemas.size());
    check_locks(schemas.size());
    check_versioned(selected.tables);
    check_migrations(selected.migrations);
    items_.append(check_cascades(config_, connection, schemas));
    check_virtual_columns(connection, schemas);
    items_.append(check_table_settings(config_, schemas));
    for (const TableSchema& schema : schemas) check_table(connection, schema);
    items_.append(targets_.take());
  }

  /// Only a transaction of the source that changes very many tables needs them all: the task's own are
  /// bounded.
  void check_locks(size_t tables) {
    const auto needed = static_cast<int64_t>(tables) * kLocksOfTable;
    if (needed <= compat::lock_capacity() / 2) return;
    items_.add(Outcome::kWarning, "locks", config_.server,
               "a transaction that changes all " + std::to_string(tables) + " tables needs about " +
                   std::to_string(needed) + " locks here, and all sessions together can have " +
                   std::to_string(compat::lock_capacity()),
               "Where the source has such transactions, raise max_locks_per_transaction.");
  }

  /// Their row images hold columns that no catalog of the source shows.
  void check_versioned(const std::vector<source::TableListing>& tables) {
    for (const source::TableListing& table : tables) {
      if (!table.is_versioned) continue;
      const std::string name = table.database + "." + table.table;
      items_.add(Outcome::kFailed, "versioning", name, "system-versioned tables are not carried",
                 "Leave the table out: '!" + name + "'.");
    }
  }

  /// Of the helpers there is nothing to say: they come and go.
  void check_migrations(const std::vector<MigrationTable>& migrations) {
    for (const MigrationTable& migration : migrations) {
      if (migration.role != MigrationRole::kGhost) continue;
      const std::string name = migration.database + "." + migration.table;
      const std::string base = migration.database + "." + migration.base;
      items_.add(
          Outcome::kWarning, "online_schema_change", name,
          "looks like the copy that gh-ost or pt-online-schema-change fills for " + base +
              ": it is left out, and " + base + " is read again when the copy takes its place",
          "Start the task when the schema change is done. If it is a table of its own, name it in tables "
          "without wildcards.");
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
    if (!columns.ok()) return items_.add_failure("virtual_columns", config_.server, columns.status());
    for (const source::VirtualColumn& column : *columns) {
      if (!carries(schemas, column)) continue;
      const std::string name = column.database + "." + column.table + "." + column.column;
      if (source::changes_by_itself(column.expression))
        items_.add(Outcome::kWarning, "virtual_columns", name,
                   "its value changes by itself: " + column.expression,
                   "The target has the value of when the row was loaded or last changed.");
    }
  }

  void check_selection(size_t count) {
    std::string patterns;
    for (const std::string& pattern : config_.tables) patterns += (patterns.empty() ? "" : ", ") + pattern;
    if (count > 0)
      return items_.add(Outcome::kPassed, "tables", patterns, std::to_string(count) + " tables selected");
    items_.add(Outcome::kFailed, "tables", patterns, "no table of the source matches",
               "Check the names, their case, and that the account has SELECT on the tables.");
  }

  void check_table(source::Connection& connection, const TableSchema& schema) {
    if (!check_select(connection, schema)) return;
    check_key(schema);
    check_columns(schema);
    check_key_dates(schema);
    targets_.check(schema, target_of(config_, schema));
  }

  /// A key cannot become NULL, nor may two dates become one -infinity.
  void check_key_dates(const TableSchema& schema) {
    using Policy = pg::ValuePolicies::ZeroDates;
    if (config_.options.policies.zero_dates == Policy::kMinusInfinity) return;
    for (const size_t column : schema.primary_key) {
      if (!holds_dates(schema.columns[column].type.kind)) continue;
      items_.add(Outcome::kWarning, "zero_dates", schema.display_name() + "." + schema.columns[column].name,
                 "a zero date in this key column stops the task: a key cannot become NULL",
                 "Where there are any, set the option zero_dates to '-infinity'.");
    }
  }

  /// False if the failure is that the table was dropped meanwhile.
  static bool is_there(source::Connection& connection, const TableSchema& schema, const Status& failure) {
    if (failure.code() != ErrorCode::kNotFound) return true;
    const auto found = source::read_schemas(connection, schema.database, {schema.table});
    return !found.ok() || !found->empty();
  }

  /// False if the table is gone, which is nothing to complain of.
  bool check_select(source::Connection& connection, const TableSchema& schema) {
    const std::string sql = "SELECT 1 FROM " + source::quote_identifier(schema.database) + "." +
                            source::quote_identifier(schema.table) +
                            " LIMIT 1";  // LIMIT 0 would do where rows cannot be read
    Status status = connection.query_value(sql).status();
    if (!status.ok() && !is_there(connection, schema, status)) return false;
    if (!status.ok()) status = connection.query_value(sql).status();  // it may be there again
    throw_if_cancelled(status);
    if (status.ok())
      items_.add(Outcome::kPassed, "select", schema.display_name(), "readable");
    else
      items_.add_failure("select", schema.display_name(), status);
    return true;
  }

  void check_key(const TableSchema& schema) {
    if (!schema.primary_key.empty())
      return items_.add(Outcome::kPassed, "primary_key", schema.display_name(), "has a primary key");
    items_.add(Outcome::kFailed, "primary_key", schema.display_name(), "the table has no primary key",
               "Add a primary key on the source, or leave the table out: '!" + schema.display_name() + "'.");
  }

  void check_columns(const TableSchema& schema) {
    bool carried = true;
    const apply::TargetTable target = target_of(config_, schema);
    for (size_t i = 0; i < schema.columns.size(); ++i)
      carried = check_column(schema, schema.columns[i], target.columns[i]) && carried;
    check_target_columns(schema, target);
    const std::string problem = columns_problem(target);
    if (!problem.empty())
      items_.add(Outcome::kFailed, "types", schema.display_name(), problem,
                 "Leave columns out with set_table, or the table: '!" + schema.display_name() + "'.");
    check_sizes(schema, target);
    if (carried && problem.empty())
      items_.add(Outcome::kPassed, "types", schema.display_name(), "every column is carried");
  }

  /// Rows beyond these limits are rare, and set the table aside.
  void check_sizes(const TableSchema& schema, const apply::TargetTable& target) {
    if (least_row_size(schema, target) > kMaxRowSize)
      items_.add(Outcome::kWarning, "row_size", schema.display_name(),
                 "a row with values in all of its columns may not fit into a page of 8 kB",
                 "Leave columns out with set_table. A row that does not fit sets the table aside.");
    if (largest_key_size(schema) > kMaxKeySize)
      items_.add(
          Outcome::kWarning, "key_size", schema.display_name(),
          "values of the primary key may be longer than an index of the target takes, about 2700 bytes",
          "Such a row sets the table aside.");
  }

  void check_target_columns(const TableSchema& schema, const apply::TargetTable& target) {
    std::set<std::string> taken;
    for (size_t i = 0; i < schema.columns.size(); ++i) {
      if (target.columns[i].empty() || taken.insert(target.columns[i]).second) continue;
      items_.add(Outcome::kFailed, "types", schema.display_name() + "." + schema.columns[i].name,
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
      return items_.add(
          Outcome::kWarning, "labels", schema.display_name() + "." + column.name,
          "the label \"" + label +
              "\" may be another on the source, whose catalog shows some characters as ?",
          "Where it is, SET GLOBAL binlog_row_metadata = 'FULL' on the source before the task starts, or "
          "rename it where the source has no such variable: changes would bring the ?.");
    }
  }

  bool check_column(const TableSchema& schema, const Column& column, const std::string& target) {
    const std::string problem = column_problem(column, target);
    check_labels(schema, column);
    if (problem.empty()) return true;
    items_.add(Outcome::kFailed, "types", schema.display_name() + "." + column.name, problem,
               "Leave the table out: '!" + schema.display_name() + "'.");
    return false;
  }

  const TaskConfig& config_;
  const bool logs_labels_;
  PrecheckItems items_;
  TargetCheck targets_;
};

}  // namespace

std::vector<PrecheckItem> check_tables(const TaskConfig& config, source::Connection& connection,
                                       bool logs_labels) {
  return TableCheck(config, logs_labels).run(connection);
}

void throw_if_cancelled(const Status& status) {
  if (!status.ok() && status.code() == ErrorCode::kCancelled) throw pg::StatusError(status);
}

}  // namespace mysql_sync
