// The value after DEFAULT.
#pragma once

#include <string>

#include "core/base/status.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/sql_cursor.hpp"

namespace mysql_sync::ddl {

struct DefaultClause {
  ColumnDefault value;
  std::string binary;  ///< not empty: value is the literal x'…' or b'…' with these bytes
};

/// Reads a literal, NULL, the current time, or an expression, after the keyword DEFAULT.
Result<DefaultClause> parse_default(SqlCursor& cursor);

/// CURRENT_TIMESTAMP, NOW() and their synonyms, with or without digits; false, and nothing read, for others.
bool accept_current_timestamp(SqlCursor& cursor);

}  // namespace mysql_sync::ddl
