// Cuts a source table into ranges of its primary key for the load.
#pragma once

#include <string>
#include <vector>

#include "core/types/table_schema.hpp"
#include "source/connection.hpp"

namespace mysql_sync {

/// Conditions in the source's SQL that together cover every key exactly once, the outer ranges open. One
/// empty condition stands for the whole table: where it is small, or its key cannot be cut (FLOAT, ENUM, SET,
/// BIT). `estimated_rows` is the source's statistic; a wrong one makes chunks larger or smaller, never wrong.
Result<std::vector<std::string>> plan_chunks(source::Connection& connection, const TableSchema& schema,
                                             uint64_t estimated_rows, uint64_t chunk_rows);

}  // namespace mysql_sync
