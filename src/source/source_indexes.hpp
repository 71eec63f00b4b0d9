// The secondary indexes of the source's tables, from its information_schema.
#pragma once

#include <vector>

#include "core/base/status.hpp"
#include "core/types/index_definition.hpp"
#include "core/types/table_schema.hpp"
#include "source/connection.hpp"

namespace mysql_sync::source {

/// The indexes that the table of this name has now, also those of an ALTER that is just being committed,
/// without the primary key, by name; none if there is no such table.
Result<std::vector<IndexDefinition>> read_indexes(Connection& connection, const TableSchema& table);

}  // namespace mysql_sync::source
