// CREATE, ALTER and DROP of views, triggers and routines, as far as they decide what other statements change.
#pragma once

#include <optional>
#include <string_view>

#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/sql_cursor.hpp"

namespace mysql_sync::ddl {

/// The statement of text `sql` whose first word is at the cursor; nothing if it is of another sort.
std::optional<ProgramStatement> parse_program_statement(SqlCursor cursor, std::string_view sql,
                                                        const SessionContext& session);

}  // namespace mysql_sync::ddl
