// Which PostgreSQL types can take the values of a MySQL type, and what does not fit: the counterpart of the
// type map for types that a user chose, by set_table or by making the target. docs/types.md has the same
// table for readers. What is "refused" is an error of the converter (src/pg/cell_converter): never a changed
// value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/status.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync {

/// PostgreSQL types as far as they differ in the values they take.
enum class TargetKind : uint8_t {
  kBoolean,
  kSmallint,
  kInteger,
  kBigint,
  kNumeric,
  kReal,
  kDouble,
  kBit,
  kVarbit,
  kDate,
  kTime,
  kTimestamp,
  kTimestamptz,
  kInterval,
  kChar,
  kVarchar,
  kText,
  kBytea,
  kJson,
  kJsonb,
  kUuid,
  kInet,
  kEnum,
  kTextArray,   ///< an array of text, varchar or an enum
  kFloatArray,  ///< real[], double precision[]
  kGeometry,    ///< PostGIS
  kVector,      ///< pgvector's vector
  kTextForm,    ///< read by its input function, never changing a value without a word: xml, cidr, citext, …
  kOther        ///< a type that no value of MySQL is known to fit
};

struct TargetType {
  TargetKind kind = TargetKind::kOther;
  std::string name;  ///< as SQL text: "character varying(20)"
  std::optional<uint64_t>
      length;                ///< characters of char and varchar, bits of bit and varbit, digits of numeric
  int scale = 0;             ///< of numeric, where it has a length
  int fraction = 6;          ///< digits of a fractional second
  bool constrained = false;  ///< an extension's type with a modifier: geometry(Point,4326)
  bool is_domain = false;
  std::vector<std::string> labels;  ///< of kEnum
};

struct TypeFit {
  enum class Verdict : uint8_t {
    kHolds,      ///< every value, without a change
    kLimited,    ///< some values are refused, or come back in another form: `detail` says which
    kUnsuitable  ///< the types have nothing to do with each other
  };
  Verdict verdict = Verdict::kUnsuitable;
  std::string detail;  ///< a sentence without its full stop; empty for kHolds
};

/// What becomes of the values of `source` in `target`.
TypeFit fit_type(const ColumnType& source, const TargetType& target);

/// What a column of whole numbers (integers, YEAR, BIT) can hold, whatever its display width.
struct IntegerRange {
  int64_t low;
  uint64_t high;
};
IntegerRange integer_range(const ColumnType& type);

/// The labels of an enum type made for an ENUM column: the source's in their order, `error_value` puts
/// MySQL's
/// '' before them. kUnsupported, with the label, where one is longer than PostgreSQL's 63 bytes;
/// kInvalidArgument if the column is no ENUM.
Result<std::vector<std::string>> enum_labels(const ColumnType& source, bool error_value);

}  // namespace mysql_sync
