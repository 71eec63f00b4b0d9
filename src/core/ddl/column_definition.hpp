// A column's definition in CREATE and ALTER TABLE: type, then attributes in any order.
#pragma once

#include <string>
#include <vector>

#include "core/base/status.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/sql_cursor.hpp"
#include "core/ddl/type_clause.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::ddl {

constexpr size_t kMaxDefinitions = 4096;  ///< as many columns as a MySQL table can have

/// A definition as read. The type becomes known in resolve_column(), after the whole statement: a column
/// without a character set takes the table's, which may come later.
struct ColumnDefinition {
  Column column;                  ///< its type is not set yet
  std::string spelled_type;       ///< as parse_column_type() reads it, the labels left out
  std::vector<TypeLabel> labels;  ///< of ENUM and SET
  std::string explicit_charset;   ///< from CHARACTER SET, COLLATE or the type; empty: none named
  bool primary_key = false;
  bool unique = false;
  bool has_rule = false;  ///< CHECK, REFERENCES
  bool auto_increment = false;
  bool says_null = false;
  bool is_versioned = false;   ///< MariaDB: it makes the table keep the history of its rows
  bool on_update = false;      ///< ON UPDATE CURRENT_TIMESTAMP
  std::string binary_default;  ///< bytes of DEFAULT x'…' or b'…'; what they mean depends on the type

  bool is_timestamp() const { return spelled_type.compare(0, 9, "timestamp") == 0; }
};

/// Reads what follows the column's name, up to FIRST, AFTER, a comma, a closing parenthesis or the end.
Result<ColumnDefinition> parse_column_definition(SqlCursor& cursor, const SessionContext& session);

}  // namespace mysql_sync::ddl
