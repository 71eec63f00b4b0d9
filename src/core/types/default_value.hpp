// A column's default as a cell: what a row gets in a column that its statement left out.
#pragma once

#include <string>

#include "core/base/arena.hpp"
#include "core/base/status.hpp"
#include "core/types/table_schema.hpp"
#include "core/types/value.hpp"

namespace mysql_sync {

/// A literal in the form in which the text protocol would send it; those of DDL may be written in others
/// (20200131, '1.005' for a decimal(3,2)). Numbers are rounded to the column's scale, halves away from zero.
std::string default_cell_text(const ColumnType& type, const std::string& literal, bool is_number);

/// What NOT NULL without DEFAULT gives, as the text protocol would send it.
std::string implicit_default(const ColumnType& type);

/// The column's default, as decoded from either path; bytes live in `arena`. kUnsupported if only the
/// source knows it: an expression, the current time, a generated column, a literal not understood.
Result<Value> default_cell(const Column& column, Arena& arena);

}  // namespace mysql_sync
