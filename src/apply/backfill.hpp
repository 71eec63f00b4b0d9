// What the rows that exist get in a column that ALTER TABLE … ADD COLUMN added on the source.
#pragma once

#include "core/ddl/ddl_statement.hpp"
#include "pg/cell_converter.hpp"

namespace mysql_sync::apply {

/// The value as an SQL expression for a target column of type `target_type`; nothing for NULL. `table` is for
/// messages. kUnsupported if only the source knows the value, kInvalidArgument for a literal not
/// understood.
std::optional<std::string> backfill_expression(const Column& column, const ddl::ColumnDefault& value,
                                               const std::string& target_type,
                                               const pg::ValuePolicies& policies, uint32_t event_time,
                                               const std::string& table);

}  // namespace mysql_sync::apply
