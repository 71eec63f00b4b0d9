// The options of CREATE DATABASE and ALTER DATABASE: only the default character set concerns tables.
#pragma once

#include <optional>
#include <string>

#include "core/ddl/sql_cursor.hpp"

namespace mysql_sync::ddl {

/// True if ALTER DATABASE goes on with an option: it names no database.
bool at_database_option(const SqlCursor& cursor);

/// Reads the options up to the end of the statement. The default character set that the database has after
/// it; empty: cannot be told; nothing: the statement leaves it as it is.
std::optional<std::string> parse_database_charset(SqlCursor& cursor, const SessionContext& session,
                                                  DatabaseStatement::Kind kind);

}  // namespace mysql_sync::ddl
