// The effect of an ALTER TABLE on the columns known of a table, and on the target's.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/status.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/type_change.hpp"
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
/// Another type, of a column that stays; `name` is its name after the statement. Its values stay what they
/// are: the default conversion of the target, between the types of the type map, gives what the source has. A
/// target column of another type can stay as it is where keeps_form() says so. NULL and NOT NULL have an
/// effect of their own.
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

/// Resolves `alter` against what is known of the table, as the source did: drops and changes name the columns
/// of before, FIRST and AFTER those of after. IF EXISTS and IF NOT EXISTS are honoured. kUnsupported, naming
/// the action, for what is not carried and for columns it cannot find.
Result<AlterOutcome> alter_outcome(const TableSchema& before, const AlterTable& alter);

/// The effects that make `after` of `before`, where rows were copied from one table to the other column by
/// column, as gh-ost and pt-online-schema-change do (INSERT IGNORE … SELECT): `origins` has, for each column
/// of `after`, the index before of the column it was copied from, or nothing for a new one. The outcome has
/// the name of `before`. Rows that a new UNIQUE key kept out (AlterTable::adds_unique) are not seen here.
AlterOutcome outcome_between(const TableSchema& before, const TableSchema& after,
                             const std::vector<std::optional<size_t>>& origins);

/// The default character set of the table after `alter`, which it was `table_charset` before; nothing if
/// only the source knows it.
std::optional<std::string> charset_after(const TableSchema& before, const std::string& table_charset,
                                         const AlterTable& alter);

/// The schema after `alter`: alter_outcome().after.
Result<TableSchema> apply_alter(const TableSchema& before, const AlterTable& alter);

}  // namespace mysql_sync::ddl
