// The tables an INSERT, UPDATE, … changes, where a session logs statements instead of rows.
#pragma once

#include <optional>

#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/sql_cursor.hpp"

namespace mysql_sync::ddl {

/// The statement at the cursor, or nothing where it is not of that sort.
std::optional<RowStatement> parse_row_statement(SqlCursor cursor, const SessionContext& session);

}  // namespace mysql_sync::ddl
