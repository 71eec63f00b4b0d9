// What an import has to leave out with a word.
#pragma once

#include <string>
#include <vector>

#include "core/types/table_schema.hpp"
#include "source/connection.hpp"

namespace mysql_sync::source {

/// A table or view of whose columns the source says nothing: mostly a view whose tables are gone.
struct Unreadable {
  std::string table, comment;
};
/// Those of a database that are not among what read_schemas() found.
Result<std::vector<Unreadable>> list_unreadable(Connection& connection, const std::string& database,
                                                const std::vector<TableSchema>& readable);

}  // namespace mysql_sync::source
