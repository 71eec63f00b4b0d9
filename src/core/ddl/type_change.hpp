// What a change of a column's type does to the values of rows that exist.
#pragma once

#include <cstdint>

#include "core/types/table_schema.hpp"

namespace mysql_sync::ddl {

enum class TypeChange : uint8_t {
  kNoValueChanges,    ///< nothing, and the type on the target stays: only the spelling, or labels at the end
  kTargetCanConvert,  ///< a cast between the types of the type map gives what the source has
  kReload             ///< only the source knows
};

/// `lenient`: the source changed what did not fit (no strict sql_mode, ALTER IGNORE, INSERT IGNORE) instead
/// of refusing the statement. In doubt kReload.
TypeChange type_change(const ColumnType& before, const ColumnType& after, bool lenient);

/// True if a change of a column's type from one to the other leaves the value of every row, and the type
/// it needs on the target: of the spelling only that counts (DDL says "BIGINT" where the catalog has
/// "bigint(20)"). Labels may have been added at the end.
bool keeps_values(const ColumnType& before, const ColumnType& after);

/// FLOAT(M,D) and DOUBLE(M,D) round what they store.
bool rounds(const ColumnType& type);

/// After kTargetCanConvert: true if values may be other ones than before, however they are written: the
/// time of a DATETIME, trailing spaces that a CHAR drops, the bits of a BIT.
bool loses_parts(const ColumnType& before, const ColumnType& after);

/// After kTargetCanConvert: true if every value is also written as before, so that a target column of
/// whatever type holds it already, and stays right where its type can take the new ones. False for 1.5 that
/// becomes 1.50, and for text that may have lost trailing spaces.
bool keeps_form(const ColumnType& before, const ColumnType& after);

}  // namespace mysql_sync::ddl
