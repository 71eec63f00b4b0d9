// A column's definition in CREATE and ALTER TABLE: type, then attributes in any order.
#pragma once

#include <string>

#include "core/base/status.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/sql_cursor.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::ddl {

/// A definition as read. The type becomes known in resolve_type(), after the whole statement: a column
/// without a character set takes the table's, which a later specification of the same ALTER TABLE may set.
struct ColumnDefinition {
  Column column;                 ///< its type is not set yet
  std::string spelled_type;      ///< as parse_column_type() reads it
  std::string explicit_charset;  ///< from CHARACTER SET or COLLATE; empty: none named
  bool primary_key = false;
  bool unique = false;
  bool auto_increment = false;
  bool says_null = false;
  std::string binary_default;  ///< bytes of DEFAULT x'…' or b'…'; what they mean depends on the type
};

/// Reads what follows the column's name, up to FIRST, AFTER, a comma, a closing parenthesis or the end.
Result<ColumnDefinition> parse_column_definition(SqlCursor& cursor, const SessionContext& session);

/// Sets column.type, and its default where that depends on the type.
Status resolve_type(ColumnDefinition& definition, const std::string& table_charset);

/// What x'…' or b'…' with these bytes is as the default of a column of that type; `sql`: as written.
ColumnDefault binary_default(const ColumnType& type, const std::string& bytes, const std::string& sql);

/// A character set's name, bare or quoted, in lower case; empty for DEFAULT.
Result<std::string> parse_charset_name(SqlCursor& cursor);
/// The character set a collation belongs to; empty where its name does not tell (DEFAULT, MariaDB's
/// uca1400_…).
std::string charset_of_collation(const std::string& collation);

/// REFERENCES t (…) …, after the keyword. Such a clause never changes rows.
Status skip_references(SqlCursor& cursor);

}  // namespace mysql_sync::ddl
