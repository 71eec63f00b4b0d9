// What an INSERT, UPDATE, … changes, where a session logs statements instead of rows.
#pragma once

#include <optional>
#include <vector>

#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/sql_cursor.hpp"

namespace mysql_sync::ddl {

/// The statement at the cursor, or nothing if it is not of that sort.
std::optional<RowStatement> parse_row_statement(SqlCursor cursor, const SessionContext& session);

/// What a trigger, function or procedure may run: each statement by itself.
std::vector<RowStatement> parse_program(std::string_view body, const SessionContext& session);

/// The tables of a query, as of a view's, and the functions that it calls.
RowStatement parse_query(std::string_view sql, const SessionContext& session);

}  // namespace mysql_sync::ddl
