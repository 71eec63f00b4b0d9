// Table options: ENGINE, DEFAULT CHARACTER SET, COMMENT, … in CREATE and ALTER TABLE.
#pragma once

#include <string>

#include "core/base/status.hpp"
#include "core/ddl/sql_cursor.hpp"

namespace mysql_sync::ddl {

/// What the options read so far say of rows and columns; the others have no effect on either.
struct TableOptions {
  std::string charset;               ///< by CHARACTER SET, else by COLLATE; empty: none named
  bool is_database_default = false;  ///< CHARACTER SET DEFAULT
  bool forgets_rows = false;         ///< ENGINE=BLACKHOLE
};

/// Reads one option and adds what it says. kUnsupported for what is no option: `wanted` names what could
/// stand there.
Status parse_table_option(SqlCursor& cursor, const SessionContext& session, std::string_view wanted,
                          TableOptions* options);

/// The character set that the options name, else the database's; says which.
std::string table_charset(const TableOptions& options, const std::string& database_charset,
                          bool* takes_database_charset);

}  // namespace mysql_sync::ddl
