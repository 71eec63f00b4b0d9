// What the conversions of one column's cells need to know, and what they look like.
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

/// A source column and the target column it goes to. The memory behind it lives as long as the converter.
struct CellTarget {
  const char* column = nullptr;   ///< for messages, in the encoding of the database
  const char* charset = nullptr;  ///< MySQL's name, for messages
  bool escapes = false;           ///< text may hold escaped bytes: it was converted to UTF-8
  ColumnRole role = ColumnRole::kPlain;
  ValuePolicies policies;
  TypeKind source = TypeKind::kUnknown;
  uint64_t length = 0;         ///< bits of BIT, bytes of BINARY
  uint8_t fraction = 0;        ///< digits of a fractional second at the source
  uint32_t fraction_unit = 1;  ///< microseconds that the target's last digit of a second stands for
  Oid type = InvalidOid;       ///< of the target; of a domain, its base type
  int32 typmod = -1;
  Oid input_argument = InvalidOid;
  FmgrInfo input{};
  ArrayElement element;  ///< of an array type
};

/// A conversion: the Datum of `value`, which is not NULL; see CellConverter::convert(). Backend code: it may
/// leave by ereport(ERROR), so no object in it has a destructor.
using CellFunction = Datum (*)(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);

}  // namespace mysql_sync::pg
