// DDL on the target: the initial schema and the effects of ALTER TABLE on the source.
// Everything here needs a transaction and an active snapshot.
#pragma once

#include "apply/applier.hpp"
#include "core/ddl/schema_change.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::apply {

/// What a target table looks like to the precheck. kNotATable: the name belongs to something else.
enum class TargetState { kAbsent, kEmpty, kNotEmpty, kNotATable };
TargetState target_state(const std::string& schema, const std::string& table);

/// Names of columns of the mapped table that the existing target lacks.
std::vector<std::string> missing_columns(const TargetTable& target);

/// Why rows of the existing target cannot be found by the source's key ("table x has no primary key or unique
/// index on exactly (a, b)"); empty where they can, or where the source table has no key. The columns must
/// exist.
std::string key_problem(const TargetTable& target, const TableSchema& source);

/// True where create_target() makes an enum type for the column.
bool has_made_enum(const TargetTable& target, size_t column);

/// The name of that type, in the target table's schema: "table_column".
std::string made_enum_name(const TargetTable& target, size_t column);

/// Why create_target() could not make, or use, the enum type of a column; empty where it can.
std::string made_enum_problem(const TargetTable& target, const TableSchema& source, size_t column);

/// The type of a source column in a table that create_target() makes, as SQL text; kUnsupported where the
/// column is not carried.
std::string target_type(const TargetTable& target, const TableSchema& source, size_t column);

/// Creates schema (where absent), enum types and table with primary key, NOT NULL and the types chosen or
/// those of the type map; on Greenplum distributed by the primary key. An enum type of the name that has all
/// the labels is taken as it is. Date columns stay nullable under ZeroDates::kNull. Names of more than 63
/// bytes are kInvalidArgument: the server would cut them without a word.
void create_target(const TargetTable& target, const TableSchema& source);

/// Carries an ALTER to the target, step by step, and returns the target's column for each column of
/// outcome.after (TargetTable::columns from here on). `before` is the source's schema that `target` maps.
///
/// - Added columns get the source's name. Rows that exist get what they got on the source: the default's
/// value, MySQL's implicit
///   value (0, '', the first label, …) for NOT NULL without a default, `event_time` (seconds since 1970 UTC)
///   for CURRENT_TIMESTAMP. The target's column keeps no DEFAULT: the rows that come are complete.
/// - A column that goes to a target column of another name keeps that one when it is renamed on the source.
/// - What is already there (added), gone (dropped) or renamed is left as it is: another source table of a
///   many-to-one mapping has done it.
///
/// - Labels added to an ENUM are added to the target column's type where that is an enum; rows may use them
/// once the transaction has committed.
///
/// Literal defaults of DATETIME and TIMESTAMP columns, and CURRENT_TIMESTAMP, are taken as UTC. Computed
/// values that the target cannot know (expressions, generated columns) are kUnsupported, with a hint.
std::vector<std::string> apply_effects(const TargetTable& target, const TableSchema& before,
                                       const ddl::AlterOutcome& outcome, uint32_t event_time);

}  // namespace mysql_sync::apply
