// The names in an INSERT, SELECT, … : tables where a table can stand, with their aliases, and functions that
// are called. Reads clauses, not expressions: a name too many is possible, one too few is not.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/sql_cursor.hpp"

namespace mysql_sync::ddl {

struct TableReference {
  TableName name;
  std::string alias;          ///< empty: none
  bool has_database = false;  ///< the statement names it
  bool in_query = false;      ///< inside of a SELECT: only read
};

struct StatementNames {
  std::vector<TableReference> tables;
  std::vector<TableName> called;
  bool updates_duplicates = false;  ///< ON DUPLICATE KEY UPDATE
  bool broken = false;              ///< a string or comment without its end
};

/// From the cursor on to one of `ends` outside parentheses, or a semicolon. `at_tables`: tables come first,
/// as in UPDATE.
StatementNames read_names_in_clauses(SqlCursor& cursor, const SessionContext& session, bool at_tables,
                                     std::initializer_list<std::string_view> ends);

/// True for a function that the server has by itself, and for words that can stand before a parenthesis.
bool is_own_function(std::string_view name, bool mariadb);

}  // namespace mysql_sync::ddl
