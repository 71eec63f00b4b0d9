// THE type map: which PostgreSQL type a MySQL type becomes, which Value it decodes into, how a cell of the
// text protocol is read, and whether it is carried at all. One row a type; nothing else switches on TypeKind
// to decide what a column becomes. docs/types.md is its counterpart for readers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/arena.hpp"
#include "core/base/status.hpp"
#include "core/types/table_schema.hpp"
#include "core/types/value.hpp"

namespace mysql_sync {

struct TypeMapping {
  ValueKind value = ValueKind::kNull;
  std::string target;    ///< PostgreSQL type as SQL text, e.g. "numeric(10,2)"; empty if not carried
  bool carried = false;  ///< false: a table with such a column does not pass the precheck
  std::string reason;    ///< why not carried, for the precheck
};

/// The mapping of a type, by the defaults of docs/types.md.
TypeMapping map_type(const ColumnType& type);

/// The most bytes that a value takes in the mapped type, about; kUnboundedBytes where nothing useful can be
/// said.
constexpr uint64_t kUnboundedBytes = 0xFFFFFFFF;
uint64_t max_target_bytes(const ColumnType& type);

/// The MySQL expression that reads `quoted_column` in the load without losing anything: mostly the column
/// itself. FLOAT and DOUBLE are multiplied by 1e0: the text protocol rounds FLOAT to six digits, and a
/// declared number of decimals or ZEROFILL also changes what is printed; adding 0e0 would lose the sign of
/// -0. MariaDB prints -0 as 0, so there the arc tangent tells: it is -pi on that side of the axis. BIT is
/// read as an integer.
std::string select_expression(const ColumnType& type, const std::string& quoted_column, bool mariadb);

/// Decodes a cell of the text protocol, as select_expression() reads it in a session with time_zone '+00:00',
/// into a Value of map_type(type).value. The whole cell must be of the type and in its range: kCorrupt
/// otherwise. `cell` is UTF-8 for text (the connection's character set is utf8mb4) and is not checked for it.
/// Views in the result point into `cell` or into the Arena. A SQL NULL is the caller's to tell: an empty cell
/// is an empty string.
using TextDecoder = Status (*)(const ColumnType& type, std::string_view cell, Arena& scratch, Value& value);

/// The decoder for a kind, to be chosen once per column; never nullptr (kUnsupported comes from the decoder
/// of a kind that is not carried).
TextDecoder text_decoder(TypeKind kind);

/// text_decoder(type.kind) called once.
Status decode_text_cell(const ColumnType& type, std::string_view cell, Arena& scratch, Value& value);

}  // namespace mysql_sync
