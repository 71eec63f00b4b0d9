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

/// Without explicit_defaults_for_timestamp, the first TIMESTAMP that a statement defines, in its order, gets
/// the current time where it is NOT NULL and names no default of its own. The others get zeros, as NOT NULL
/// without a default does everywhere.
void apply_first_timestamp_rule(const std::vector<ColumnDefinition*>& definitions,
                                const SessionContext& session);

}  // namespace mysql_sync::ddl
