// The effect of an ALTER TABLE on the columns known of a table, and on the target's.
#pragma once

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
using ColumnEffect = std::variant<ColumnDropped, ColumnRenamed, ColumnAdded, NullabilityChanged, LabelsAdded>;

/// What an ALTER TABLE comes to: the schema after it, and the steps that lead the target there.
struct AlterOutcome {
  TableSchema after;
  /// To be done one by one: drops, renames, additions, nullability, labels. No step runs into a name still in
  /// use: names that swap go through an intermediate one. The order of columns is no effect; it is in
  /// `after`.
  std::vector<ColumnEffect> effects;
};

/// True where a change of a column's type from one to the other leaves the value of every row, and the type
/// it needs on the target: of the spelling only that counts (DDL says "BIGINT" where the catalog has
/// "bigint(20)"). Labels may have been added at the end.
bool keeps_values(const ColumnType& before, const ColumnType& after);

/// Resolves `alter` against what is known of the table, as the source did: drops and changes name the columns
/// of before, FIRST and AFTER those of after. IF EXISTS and IF NOT EXISTS are honoured. kUnsupported, naming
/// the action, for what is not carried (type changes, primary key changes, …) and for columns it cannot find.
Result<AlterOutcome> alter_outcome(const TableSchema& before, const AlterTable& alter);

/// The schema after `alter`: alter_outcome().after.
Result<TableSchema> apply_alter(const TableSchema& before, const AlterTable& alter);

}  // namespace mysql_sync::ddl
