// The parts of create_target() that ALTER and reload need as well: the types of columns, enum types that are
// made with the table, what may be NULL.
#pragma once

#include "apply/applier.hpp"
#include "apply/target_type.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::apply {

/// Whether the target's column takes NULL: zero dates become NULL in columns that MySQL declares NOT NULL.
bool may_be_null(const Column& column, const pg::ValuePolicies& policies);

/// The type map's choice. kUnsupported for a type that is not carried; `source` names the table.
std::string default_type(const Column& column, const std::string& source);

/// "name type NOT NULL", as in CREATE TABLE.
std::string column_definition(const TargetTable& target, const TableSchema& source, size_t column);

/// Makes the enum type of a column where has_made_enum(), unless it is there with all the labels.
void create_made_enum(pg::SpiSession& spi, const TargetTable& target, const TableSchema& source,
                      size_t column);

/// kUnsupported: `column` of the target takes no values of its source column any more, which is of type
/// `source` now; the hint has the statement that gives it `type`.
[[noreturn]] void refuse_type(const TargetTable& target, const std::string& column, const ColumnType& source,
                              const TargetType& present, const std::string& type);

}  // namespace mysql_sync::apply
