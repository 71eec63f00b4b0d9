// The effect of an ALTER TABLE on the columns known of a table, and on the target's.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/status.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::ddl {

struct ColumnDropped {
  std::string name;
};
struct ColumnRenamed {
  std::string from, to;
};
struct ColumnAdded {
  Column column;
  ColumnDefault default_value;  ///< what the rows that exist get
};
/// NULL or NOT NULL of a column that stays; `name` is its name after the statement.
struct NullabilityChanged {
  std::string name;
  bool nullable = true;
};
/// Labels appended to an ENUM that stays; `name` is the column's name after the statement. Nothing to be done
/// where the target keeps labels as text.
struct LabelsAdded {
  std::string name;
  std::vector<std::string> labels;
};
/// Another type, of a column that stays; `name` is its name after the statement. `after.nullable` counts only
/// in a NullabilityChanged of its own.
struct TypeChanged {
  std::string name;
  Column before, after;
};
/// The primary key has other columns, or there is one where there was none, or none any more.
struct KeyChanged {
  std::vector<std::string> columns;  ///< names after the statement, in key order; empty: no key any more
};
using ColumnEffect = std::variant<ColumnDropped, ColumnRenamed, ColumnAdded, NullabilityChanged, LabelsAdded,
                                  TypeChanged, KeyChanged>;

/// What an ALTER TABLE comes to: the schema after it, and the steps that lead the target there.
struct AlterOutcome {
  TableSchema after;  ///< under the name before the statement
  /// To be done one by one: drops, renames, additions, types, key, nullability, labels. No step runs into a
  /// name still in use: names that swap go through an intermediate one. The order of columns is no effect; it
  /// is in `after`. A column of the old key may be dropped before KeyChanged tells of the new key.
  std::vector<ColumnEffect> effects;
  /// For each column of `after` its index before; nothing for one that is new.
  std::vector<std::optional<size_t>> origins;
  /// Why only the source knows the rows now: the table is to be read again, and `effects` do not count.
  std::optional<std::string> reload;
};

/// What a change of a column's type does to the values of rows that exist.
enum class TypeChange {
  kNoValueChanges,    ///< nothing, and the type on the target stays: only the spelling, or labels at the end
  kTargetCanConvert,  ///< the target's own conversion gives what the source's gave
  kReload             ///< only the source knows
};
/// `lenient`: the source changed what did not fit (no strict sql_mode, ALTER IGNORE, INSERT IGNORE) instead
/// of refusing the statement.
TypeChange type_change(const ColumnType& before, const ColumnType& after, bool lenient);

/// True where a change of a column's type from one to the other leaves the value of every row, and the type
/// it needs on the target: of the spelling only that counts (DDL says "BIGINT" where the catalog has
/// "bigint(20)"). Labels may have been added at the end.
bool keeps_values(const ColumnType& before, const ColumnType& after);

/// Resolves `alter` against what is known of the table, as the source did: drops and changes name the columns
/// of before, FIRST and AFTER those of after. IF EXISTS and IF NOT EXISTS are honoured. kUnsupported, naming
/// the action, for what is not carried and for columns it cannot find.
Result<AlterOutcome> alter_outcome(const TableSchema& before, const AlterTable& alter);

/// The effects that make `after` of `before`, where rows were copied from one to the other column by column,
/// as by gh-ost and pt-online-schema-change (INSERT IGNORE … SELECT): `origins` has, for each column of
/// `after`, the index before of the column it was copied from, or nothing for a new one. The outcome is named
/// as `before`.
AlterOutcome outcome_between(const TableSchema& before, const TableSchema& after,
                             const std::vector<std::optional<size_t>>& origins);

/// The schema after `alter`: alter_outcome().after.
Result<TableSchema> apply_alter(const TableSchema& before, const AlterTable& alter);

}  // namespace mysql_sync::ddl
