// The primary key as a table map has it, where binlog_row_metadata is FULL, against that of the schema
// history. Format: mysql/mysql-server libs/mysql/binlog/event/rows_event.h, Table_map_event's optional
// metadata SIMPLE_PRIMARY_KEY and PRIMARY_KEY_WITH_PREFIX.
#pragma once

#include "core/base/status.hpp"
#include "core/binlog/event.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::binlog {

/// kConflict if the key has other columns than that of the schema, or another order; kCorrupt if the
/// bytes do not follow the format. Says nothing of a schema without a key: the source takes a unique one in
/// its place.
Status check_wire_key(const TableMapEvent& map, const TableSchema& schema);

}  // namespace mysql_sync::binlog
