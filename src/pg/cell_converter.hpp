// Value -> Datum: one converter per column, chosen once from the target's type. Both the foreign data wrapper
// and the appliers use it, so that a value comes out the same on both paths.
#pragma once

#include "pg/compat/postgres_headers.hpp"

#include "core/types/table_schema.hpp"
#include "core/types/text_policy.hpp"
#include "core/types/value.hpp"
#include "pg/cell_array.hpp"

namespace mysql_sync::pg {

/// What to do with values that the target cannot hold. Each use is counted.
struct ValuePolicies {
  enum class ZeroDates { kNull, kError, kMinusInfinity };
  ZeroDates zero_dates = ZeroDates::kNull;
  TextPolicy nul_bytes;     ///< NUL bytes in text
  TextPolicy invalid_text;  ///< bytes that are no text, and characters that the database's encoding lacks

  bool operator==(const ValuePolicies& other) const {
    return zero_dates == other.zero_dates && nul_bytes == other.nul_bytes &&
           invalid_text == other.invalid_text;
  }
};

/// What a column is for. Values that tell rows apart are never changed by a policy, as two rows could become
/// one; the exception is 0000-00-00, which alone becomes -infinity there.
enum class ColumnRole : uint8_t { kPlain, kKey };

/// Converts the cells of one column. Copyable; allocates results in CurrentMemoryContext.
///
/// Nothing is cut or rounded to make it fit: a value that the target type cannot hold is an error (which
/// types go together, and what may not fit: core/types/type_fit.hpp). DATETIME and TIMESTAMP meet in UTC
/// where one becomes the other.
class CellConverter {
 public:
  /// `target` and `typmod` are the target column's. Any target type is accepted: those without a fast path go
  /// through MySQL's text of the value and the type's input function. `column` (for messages, in the encoding
  /// of the database) must outlive it, and so must the memory context that is current here. Runs inside
  /// guard() or a backend callback.
  static CellConverter create(const ColumnType& source, Oid target, int32 typmod, const char* column,
                              const ValuePolicies& policies, ColumnRole role);

  /// Runs inside guard() or a backend callback: bad values leave by ereport(ERROR), naming the column.
  /// A kTargetText goes through the type's input function and no policy; kAbsent and kJsonDiff are no values.
  /// `changed` is incremented when a policy replaced the value.
  Datum convert(const Value& value, bool* is_null, uint64* changed) const {
    *is_null = value.is_null();
    if (*is_null) return Datum{0};
    if (value.kind() >= ValueKind::kAbsent) return from_target_text(value);
    return function_(*this, value, is_null, changed);
  }

 private:
  Datum from_target_text(const Value& value) const;

  using Function = Datum (*)(const CellConverter&, const Value&, bool*, uint64*);
  struct Functions;  // the conversions themselves, in cell_converter.cpp
  Function function_ = nullptr;
  const char* column_ = nullptr;
  const char* charset_ = nullptr;  // MySQL's name, for messages
  bool escapes_ = false;           // text may hold escaped bytes: it was converted to UTF-8
  ColumnRole role_ = ColumnRole::kPlain;
  ValuePolicies policies_;
  Oid target_ = InvalidOid;
  int32 typmod_ = -1;
  Oid input_argument_ = InvalidOid;
  FmgrInfo input_{};
  ArrayElement element_;              // of an array type
  Function base_function_ = nullptr;  // the three of a domain
  Oid domain_ = InvalidOid;
  MemoryContext domain_memory_ = nullptr;
  mutable void* domain_state_ = nullptr;
  TypeKind source_ = TypeKind::kUnknown;
  uint64_t length_ = 0;         // bits of BIT, bytes of BINARY
  uint8_t fraction_ = 0;        // digits of a fractional second at the source
  uint32_t fraction_unit_ = 1;  // microseconds that the target's last digit of a second stands for
};

}  // namespace mysql_sync::pg
