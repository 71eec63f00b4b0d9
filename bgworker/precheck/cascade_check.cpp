#include "bgworker/precheck/cascade_check.hpp"

#include <algorithm>

#include "apply/target_catalog.hpp"
#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/catalog/table_mapping.hpp"
#include "core/types/foreign_key.hpp"
#include "pg/trial.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

using Outcome = PrecheckItem::Status;

/// Text is compared row by row, as the source may know no case; FLOAT and the like are not compared here.
bool finds_by_index(const ColumnType& type) {
  return type.kind != TypeKind::kFloat && type.kind != TypeKind::kDouble && type.kind != TypeKind::kEnum &&
         type.kind != TypeKind::kSet && type.kind != TypeKind::kChar && type.kind != TypeKind::kVarchar &&
         type.kind != TypeKind::kText;
}

std::string list(const std::vector<std::string>& names, std::string (*quote)(const std::string&)) {
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + quote(name);
  return all;
}

/// Columns of the target by which an index could find the rows of a parent. None if there is one that is
/// not carried.
std::vector<std::string> search_columns(const ForeignKey& key, const TableSchema& child,
                                        const apply::TargetTable& target) {
  std::vector<std::string> columns;
  for (const std::string& name : key.columns) {
    const auto index = child.find_column(name);
    if (!index || target.columns[*index].empty()) return {};
    if (finds_by_index(child.columns[*index].type)) columns.push_back(target.columns[*index]);
  }
  return columns;
}

/// Whether an index of the table begins with one of the columns.
bool has_index(const apply::TargetTable& target, const std::vector<std::string>& columns) {
  const pg::Trial locks;
  pg::SpiSession spi;
  return spi
      .query_row(
          "SELECT 1 FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid"
          "  JOIN pg_catalog.pg_am m ON m.oid = i.relam"
          "  JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]"
          " WHERE x.indrelid = $1::regclass AND x.indisvalid AND x.indpred IS NULL"
          "   AND m.amname IN ('btree', 'hash') AND a.attname IN (" +
              list(columns, pg::quote_literal) + ") LIMIT 1",
          {apply::qualified(target)})
      .has_value();
}

class CascadeCheck {
 public:
  CascadeCheck(const TaskConfig& config, const std::vector<TableSchema>& schemas)
      : config_(config), schemas_(schemas) {}

  std::vector<PrecheckItem> run(source::Connection& source) {
    const auto logged = source::logs_cascades(source);
    const auto keys = source::list_cascades(source);
    if (!logged.ok())
      items_.add_failure("foreign_keys", config_.server, logged.status());
    else if (!keys.ok())
      items_.add_failure("foreign_keys", config_.server, keys.status());
    else if (!*logged)
      for (const ForeignKey& key : *keys) check(key);
    return items_.take();
  }

 private:
  void check(const ForeignKey& key) {
    for (const TableSchema& schema : schemas_) {
      if (schema.database != key.child_database || schema.table != key.child_table) continue;
      check_reload(key, schema);
      check_index(key, schema);
    }
  }

  /// What only the source knows makes a table be loaded again, and not all tasks can do that.
  void check_reload(const ForeignKey& key, const TableSchema& child) {
    const std::string problem = reload_problem(config_);
    if (problem.empty()) return;
    items_.add(Outcome::kWarning, "foreign_keys", child.display_name(),
               "the source does not log what the cascade of " + key.name + " changes here",
               "Where it cannot be followed, rows may differ. " + problem);
  }

  /// The source has an index on the columns of each key.
  void check_index(const ForeignKey& key, const TableSchema& child) {
    if (config_.options.indexes) return;
    const apply::TargetTable target = target_of(config_, child);
    const std::vector<std::string> columns = search_columns(key, child, target);
    if (columns.empty() || is_found(child, target, columns)) return;
    items_.add(Outcome::kWarning, "foreign_key_index", child.display_name(),
               "each cascade of " + key.name + " reads all rows of " + target.display_name() +
                   ": no index is on the key's columns there",
               "Set the option indexes, or, once the table is there: CREATE INDEX ON " +
                   apply::qualified(target) + " (" + list(columns, pg::quote_name) + ").");
  }

  static bool is_found(const TableSchema& child, const apply::TargetTable& target,
                       const std::vector<std::string>& columns) {
    if (apply::relation_kind(target.schema, target.table)) return has_index(target, columns);
    if (child.primary_key.empty()) return false;
    const std::string& first = target.columns[child.primary_key.front()];
    return std::find(columns.begin(), columns.end(), first) != columns.end();
  }

  const TaskConfig& config_;
  const std::vector<TableSchema>& schemas_;
  PrecheckItems items_;
};

}  // namespace

std::vector<PrecheckItem> check_cascades(const TaskConfig& config, source::Connection& source,
                                         const std::vector<TableSchema>& schemas) {
  return CascadeCheck(config, schemas).run(source);
}

}  // namespace mysql_sync
