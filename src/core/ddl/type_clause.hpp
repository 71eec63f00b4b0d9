// A type as DDL spells it.
#pragma once

#include <string>
#include <vector>

#include "core/base/status.hpp"
#include "core/ddl/sql_cursor.hpp"

namespace mysql_sync::ddl {

/// A label of ENUM or SET.
struct TypeLabel {
  std::string text;
  bool is_binary = false;  ///< x'…' or b'…': `text` holds bytes of the column's character set
};

struct TypeClause {
  std::string spelled;  ///< as parse_column_type() reads it, the labels left out
  std::vector<TypeLabel> labels;
  std::string default_charset;  ///< of a column that names none; empty: the table's
  bool is_serial = false;
};

/// Reads a type with what stands in parentheses behind it, by the names that the session knows. Attributes
/// come after it.
Result<TypeClause> parse_type(SqlCursor& cursor, const SessionContext& session);

/// The declaration with labels, in the notation of parse_column_type(). Labels in binary are converted from
/// `charset`, that of the column.
std::string spelled_with_labels(const std::string& spelled, const std::vector<TypeLabel>& labels,
                                const std::string& charset);

}  // namespace mysql_sync::ddl
