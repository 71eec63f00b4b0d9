// The labels of ENUM and SET columns as a table map has them, where binlog_row_metadata is FULL.
// Format: mysql/mysql-server libs/mysql/binlog/event/rows_event.h, Table_map_event's optional metadata
// ENUM_STR_VALUE and SET_STR_VALUE: for each column of the kind their number, then each with its length, in
// the column's character set.
#pragma once

#include "core/base/status.hpp"
#include "core/binlog/event.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::binlog {

/// Puts the labels of `map` in the place of those of `schema`: the catalog of the source, where the latter
/// come from, has '?' for characters beyond the basic plane of Unicode. Changes nothing if the map has
/// none. kConflict if a column has another number of labels than the schema says, or another one of plain
/// ASCII; kCorrupt if the bytes do not follow the format.
Status take_wire_labels(const TableMapEvent& map, TableSchema* schema);

}  // namespace mysql_sync::binlog
