// DDL on the target: the initial schema, the effects of ALTER TABLE on the source, reloads, renames.
// What the server refuses is a PgError that shows the statement and says how to go on.
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
/// index on exactly (a, b)"); empty if they can, or where the source table has no key. The columns must
/// exist.
std::string key_problem(const TargetTable& target, const TableSchema& source);

/// True if create_target() makes an enum type for the column.
bool has_made_enum(const TargetTable& target, size_t column);

/// The name of that type, in the target table's schema: "table_column".
std::string made_enum_name(const TargetTable& target, size_t column);

/// Why create_target() could not make, or use, the enum type of a column; empty if it can.
std::string made_enum_problem(const TargetTable& target, const TableSchema& source, size_t column);

/// The type of a source column in a table that create_target() makes, as SQL text; kUnsupported if the
/// column is not carried.
std::string target_type(const TargetTable& target, const TableSchema& source, size_t column);

/// Creates schema (where absent), enum types and table with primary key, NOT NULL and the types chosen or
/// those of the type map; on Greenplum distributed by the primary key. An enum type of the name that has all
/// the labels is taken as it is. Date columns stay nullable under ZeroDates::kNull. Names of more than 63
/// bytes are kInvalidArgument: the server would cut them without a word.
void create_target(const TargetTable& target, const TableSchema& source);

/// A source table, and the target column that each of its columns goes to (TargetTable::columns).
struct SourceColumns {
  TableSchema schema;
  std::vector<std::string> columns;
};

/// Carries an ALTER to the target, step by step, and returns the target's column for each column of
/// outcome.after (TargetTable::columns from here on). `before` is the source's schema that `target` maps.
/// The table is locked against readers until the end of the transaction, where something changes in it.
///
/// - Added columns get the source's name. Rows that exist get what they got on the source: the default's
/// value,
///   MySQL's implicit value (0, '', the first label, …) for NOT NULL without a default, `event_time` (seconds
///   since 1970 UTC) for CURRENT_TIMESTAMP. The target's column keeps no DEFAULT: the rows that come are
///   complete.
/// - A column that goes to a target column of another name keeps that one when it is renamed on the source.
/// - Types change as plan_type() (column_types.hpp) says. kUnsupported if reload_reason() would name one,
/// and
///   where the target's type was chosen and does not take the new values; the hint has what to run.
/// - The primary key, or the unique index that stands for it, changes with the source's.
/// - Labels added to an ENUM are added to the target column's type where that is an enum; rows may use them
///   once the transaction has committed.
///
/// `others` are further source tables of the same target (many to one), of this task and of others. What one
/// of them has done is left as it is: columns that are there, gone, renamed, of the type already. What they
/// need is kept: a column that one of them fills is not dropped, a type that does not hold their values is
/// not taken, NOT NULL waits for all of them, a DEFAULT stays until all have the column, a key until all have
/// left it.
///
/// Literal defaults of DATETIME and TIMESTAMP columns, and CURRENT_TIMESTAMP, are taken as UTC. Computed
/// values that the target cannot know (expressions, generated columns) are kUnsupported, with a hint.
std::vector<std::string> apply_effects(const TargetTable& target, const TableSchema& before,
                                       const ddl::AlterOutcome& outcome, uint32_t event_time,
                                       const std::vector<SourceColumns>& others = {});

/// Why the effects are not enough and the table is to be reloaded, though the source's types would allow it:
/// somebody chose a type for a target column, and what it holds would come in another form now ("1.50" in a
/// text column where a DECIMAL(10,2) became a DECIMAL(12,4)). Nothing if they are enough.
std::optional<std::string> reload_reason(const TargetTable& target, const ddl::AlterOutcome& outcome);

/// Makes the target ready for a reload of its source table: creates it where it is absent (create_target()),
/// else empties it, drops the columns that `before` mapped and `target` maps no more, adds those that it
/// lacks, and gives the others the types, NOT NULL and the key that `source` asks for now. `before` is what
/// was mapped until now; columns are told by their names in the target. Columns, indexes and constraints of
/// the user's stay; NOT NULL without a DEFAULT goes from columns that are not mapped, as nothing fills them.
/// TargetTable::types are honoured where given; a type that somebody chose stays where the new values fit,
/// else the error (kUnsupported) says what to run.
///
/// The table is locked against readers until the end of the transaction. No other source table may go to it:
/// the caller sees to that.
void fit_target(const TargetTable& target, const TableSchema& source, const SourceColumns& before);

/// Gives the target table another schema (made where absent) and name. Done already (the old name is gone,
/// the new one is there): nothing. kConflict if the new name belongs to something else. Enum types made
/// with the table keep their names, and so do indexes, unless they are taken in the other schema.
void rename_target(const TargetTable& target, const std::string& schema, const std::string& table);

/// Lets these target columns be NULL, where they are there and NOT NULL: nothing fills them any more.
void allow_nulls(const TargetTable& target, const std::vector<std::string>& columns);

/// Drops the target table, and the enum types made with it that nothing else uses. Absent: nothing. What
/// depends on it (a view) is an error that says so.
void drop_target(const TargetTable& target);

}  // namespace mysql_sync::apply
