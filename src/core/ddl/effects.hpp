// From the columns before and after a statement to the steps between them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/ddl/schema_change.hpp"

namespace mysql_sync::ddl {

/// A column after the statement, and which one it was.
struct ColumnAfter {
  Column column;
  std::optional<size_t> origin;  ///< its index before; nothing for a new one
  bool lenient = false;          ///< the source changed values that did not fit
  bool may_take_time = false;    ///< as in AddColumn
};

struct TableAfter {
  std::vector<ColumnAfter> columns;  ///< in order
  std::vector<size_t> key;           ///< indexes into columns
  /// Rows were inserted one by one into a new table instead of being there when the column was added.
  bool is_copy = false;
  bool pads_char = false;             ///< as in AlterTable
  std::optional<std::string> reload;  ///< a reason that is known already
};

AlterOutcome outcome_of(const TableSchema& before, TableAfter after);

}  // namespace mysql_sync::ddl
