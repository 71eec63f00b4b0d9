// The effect of an ALTER TABLE on the columns known of a table.
#pragma once

#include "core/base/status.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::ddl {

/// The schema after `alter`. kUnsupported for actions not carried (which is named) and for columns it cannot
/// find; names compare as in MySQL. IF EXISTS and IF NOT EXISTS are honoured. Dropping a column of the primary
/// key is not carried.
Result<TableSchema> apply_alter(const TableSchema& before, const AlterTable& alter);

}  // namespace mysql_sync::ddl
