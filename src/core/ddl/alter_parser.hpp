// The specifications of ALTER TABLE.
#pragma once

#include "core/base/status.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/sql_cursor.hpp"

namespace mysql_sync::ddl {

/// Reads from the table's name to the end of the statement. `ignore`: ALTER IGNORE TABLE.
Result<AlterTable> parse_alter_table(SqlCursor& cursor, const SessionContext& session, bool ignore);

}  // namespace mysql_sync::ddl
