// CREATE TABLE: the columns and the key of a table that begins to be.
#pragma once

#include "core/base/status.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/sql_cursor.hpp"

namespace mysql_sync::ddl {

/// Reads what follows CREATE [OR REPLACE] [TEMPORARY] TABLE [IF NOT EXISTS] into `create`, whose flags are
/// set. An error only where the name of the table cannot be read: a definition that cannot is not complete.
Status parse_create_table(SqlCursor& cursor, const SessionContext& session, CreateTable* create);

}  // namespace mysql_sync::ddl
