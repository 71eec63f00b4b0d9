// Whether a source table can be carried at all, whatever the target looks like.
#pragma once

#include <string>

#include "apply/applier.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync {

/// Why a column cannot be carried to the target column of that name; empty if it can. Columns that are
/// left out are in the row events all the same, and must be read there.
std::string column_problem(const Column& column, const std::string& target);

/// Why tables cannot go to a schema of that name; empty if they can.
std::string schema_problem(const std::string& schema);

/// Why a target cannot have so many columns; empty if it can.
std::string columns_problem(const apply::TargetTable& target);

/// Why the names of the target table are impossible here; empty if they are not.
std::string target_name_problem(const apply::TargetTable& target);

/// Why the table cannot be carried, with the column's name in front where it is a column's fault; empty if
/// it can: it has a primary key, each column is of a type that is carried, and all names are possible.
std::string table_problem(const TableSchema& schema, const apply::TargetTable& target);

/// A type whose values are dates, with or without a time.
bool holds_dates(TypeKind kind);

}  // namespace mysql_sync
