// THE type map: which PostgreSQL type a MySQL type becomes, which Value it decodes into, how a cell of the
// text protocol is read, and whether it is carried at all. One row a type; nothing else switches on TypeKind
// to decide what a column becomes. docs/types.md is its counterpart for readers.
#pragma once

#include <string>
#include <string_view>

#include "core/base/arena.hpp"
#include "core/base/status.hpp"
#include "core/types/table_schema.hpp"
#include "core/types/value.hpp"

namespace mysql_sync {

struct TypeMapping {
  ValueKind value = ValueKind::kNull;
  std::string target;     ///< PostgreSQL type as SQL text, e.g. "numeric(10,2)"; empty where not carried
  bool carried = false;   ///< false: a table with such a column does not pass the precheck
  std::string reason;     ///< why not carried, for the precheck
};

/// The mapping of a type, by the defaults of docs/types.md.
TypeMapping map_type(const ColumnType& type);

/// The MySQL expression that reads `quoted_column` in the load without losing anything: mostly the column
/// itself; FLOAT is widened to double since the text protocol rounds it to six digits; BIT is read as integer.
std::string select_expression(const ColumnType& type, const std::string& quoted_column);

/// Decodes a cell of the text protocol, as select_expression() reads it, into a Value of map_type(type).value.
/// `cell` is UTF-8 for text (the connection's character set is utf8mb4). Views in the result point into `cell`
/// or into `scratch`. kCorrupt where the cell is not of its type.
Status decode_text_cell(const ColumnType& type, std::string_view cell, Arena& scratch, Value& value);

}  // namespace mysql_sync
