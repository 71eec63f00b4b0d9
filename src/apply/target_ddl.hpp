// DDL on the target: the initial schema and the effects of ALTER TABLE on the source.
#pragma once

#include <string>
#include <vector>

#include "apply/applier.hpp"
#include "core/ddl/schema_change.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::apply {

/// What a target table looks like to the precheck.
enum class TargetState { kAbsent, kEmpty, kNotEmpty };
TargetState target_state(const std::string& schema, const std::string& table);

/// Names of columns of the mapped table that the existing target lacks. Needs a transaction.
std::vector<std::string> missing_columns(const TargetTable& target);

/// Creates schema (where absent) and table with primary key, NOT NULL and the types of the type map; on
/// Greenplum distributed by the primary key. Date columns stay nullable under ZeroDates::kNull.
void create_target(const TargetTable& target, const TableSchema& source);

/// Carries one effect of an ALTER to the target. `event_time` (seconds since 1970 UTC) fills columns added with
/// DEFAULT CURRENT_TIMESTAMP. A column that is already there (added) or gone (dropped) is left as it is:
/// another source table of a many-to-one mapping has done it.
void apply_effect(const TargetTable& target, const ddl::ColumnEffect& effect, uint32_t event_time);

}  // namespace mysql_sync::apply
