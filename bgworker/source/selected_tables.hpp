// What of the source belongs to a task: the tables that its patterns select, without those that gh-ost and
// pt-online-schema-change make for them.
#pragma once

#include <string>
#include <vector>

#include "bgworker/catalog/task_config.hpp"
#include "core/route/migration_name.hpp"
#include "source/connection.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

/// A table that an online schema change of `base`, a selected table of the same database, has made.
struct MigrationTable {
  std::string database, table, base;
  MigrationRole role = MigrationRole::kNone;
};

struct SelectedTables {
  std::vector<source::TableListing> tables;  ///< in the order of their names, views left out
  std::vector<MigrationTable> migrations;    ///< whether or not the patterns match them
};

/// Divides what list_tables() gave. A table that a pattern names without wildcards is always a table of the
/// task.
SelectedTables divide_tables(std::vector<source::TableListing> listed, const ObjectSelection& selection);

/// The same of the source as it is now. Throws StatusError.
SelectedTables list_selected_tables(source::Connection& connection, const TaskConfig& config);

/// The schemas of these tables as the source has them now; tables that are gone are left out.
std::vector<TableSchema> read_selected_schemas(source::Connection& connection,
                                               const std::vector<source::TableListing>& tables);

}  // namespace mysql_sync
