#include "bgworker/source/selected_tables.hpp"

#include <algorithm>

namespace mysql_sync {

namespace {

using Listing = source::TableListing;

/// The table that `table` belongs to; nothing if it is one of its own.
std::optional<MigrationTable> migration_of(const Listing& table, const std::vector<Listing>& selected) {
  if (table.table.empty() || table.table.front() != '_') return std::nullopt;
  for (const Listing& base : selected) {
    if (base.database != table.database) continue;
    const MigrationRole role = migration_role(table.table, base.table);
    if (role != MigrationRole::kNone) return MigrationTable{table.database, table.table, base.table, role};
  }
  return std::nullopt;
}

}  // namespace

SelectedTables divide_tables(std::vector<Listing> listed, const ObjectSelection& selection) {
  std::vector<Listing> selected;
  for (const Listing& table : listed)
    if (!table.is_view && selection.selects(table.database, table.table)) selected.push_back(table);
  SelectedTables divided;
  for (const Listing& table : listed) {
    if (table.is_view) continue;
    std::optional<MigrationTable> migration;
    if (!selection.names(table.database, table.table)) migration = migration_of(table, selected);
    if (migration)
      divided.migrations.push_back(*std::move(migration));
    else if (selection.selects(table.database, table.table))
      divided.tables.push_back(table);
  }
  return divided;
}

SelectedTables list_selected_tables(source::Connection& connection, const TaskConfig& config) {
  return divide_tables(pg::value_or_throw(source::list_tables(connection)), config.selection());
}

std::vector<TableSchema> read_selected_schemas(source::Connection& connection,
                                               const std::vector<Listing>& tables) {
  std::vector<std::pair<std::string, std::vector<std::string>>> by_database;
  for (const Listing& table : tables) {
    if (by_database.empty() || by_database.back().first != table.database)
      by_database.push_back({table.database, {}});
    by_database.back().second.push_back(table.table);
  }
  std::vector<TableSchema> schemas;
  for (const auto& [database, names] : by_database) {
    for (TableSchema& schema : pg::value_or_throw(source::read_schemas(connection, database, names)))
      schemas.push_back(std::move(schema));
  }
  return schemas;
}

}  // namespace mysql_sync
