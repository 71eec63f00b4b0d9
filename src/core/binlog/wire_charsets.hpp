// The character sets of columns as a table map has them (MySQL from 8.0 on; MariaDB from 10.5 on, unless
// binlog_row_metadata is NO_LOG), against those of the schema history.
// Format: mysql/mysql-server libs/mysql/binlog/event/rows_event.h, Table_map_event's optional metadata
// DEFAULT_CHARSET, COLUMN_CHARSET, ENUM_AND_SET_DEFAULT_CHARSET and ENUM_AND_SET_COLUMN_CHARSET: numbers of
// collations, of one column after another, or one of most columns and then place and number of the others.
// Places count the columns of the kind only. Which columns those are: is_character_type() in
// mysql/mysql-server sql/log_event.cc; is_character_field() in MariaDB/server sql/log_event_server.cc.
#pragma once

#include "core/base/status.hpp"
#include "core/binlog/event.hpp"
#include "core/types/charset.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::binlog {

/// kConflict if text of a column, or labels of an ENUM or SET, would be read in another character set than
/// they are in, or bytes for text; kCorrupt if the bytes do not follow the format. A collation that
/// `charsets` does not have says nothing, nor does a map without character sets. `map` has at least the
/// columns of `schema`.
Status check_wire_charsets(const TableMapEvent& map, const TableSchema& schema,
                           const CollationCharsets& charsets);

}  // namespace mysql_sync::binlog
