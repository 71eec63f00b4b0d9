// What becomes of a column's definition once the whole statement is known: its type and its default.
#pragma once

#include <string>
#include <vector>

#include "core/base/status.hpp"
#include "core/ddl/column_definition.hpp"

namespace mysql_sync::ddl {

constexpr uint64_t kMaxVarcharBytes = 65535;

/// Sets column.type, and its default where that depends on the type. kUnsupported, naming the column, for a
/// type that is malformed.
Status resolve_column(ColumnDefinition& definition, const std::string& table_charset);

/// What x'…' or b'…' with these bytes is as the default of a column of that type; `sql`: as written.
ColumnDefault binary_default(const ColumnType& type, const std::string& bytes, const std::string& sql);

/// Without explicit_defaults_for_timestamp, the first TIMESTAMP of a table gets the current time as its
/// default where it is defined as NOT NULL, and names none of its own. The others get zeros, as NOT NULL
/// without a default does everywhere. True if the definition is such that it takes the time if it is the
/// first.
bool may_take_time(const ColumnDefinition& definition, const SessionContext& session);

}  // namespace mysql_sync::ddl
