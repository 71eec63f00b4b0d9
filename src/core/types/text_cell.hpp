// Decoders of the text protocol's cells, one per family of types. type_map.cpp says which type uses which.
#pragma once

#include <string_view>

#include "core/base/arena.hpp"
#include "core/base/status.hpp"
#include "core/types/table_schema.hpp"
#include "core/types/value.hpp"

namespace mysql_sync::text_cell {

// Integers, checked against the range of 8, 16, 24, 32 or 64 bits, signed or not; leading zeros are taken.
Status decode_tinyint(const ColumnType&, std::string_view cell, Arena&, Value& value);
Status decode_smallint(const ColumnType&, std::string_view cell, Arena&, Value& value);
Status decode_mediumint(const ColumnType&, std::string_view cell, Arena&, Value& value);
Status decode_int(const ColumnType&, std::string_view cell, Arena&, Value& value);
Status decode_bigint(const ColumnType&, std::string_view cell, Arena&, Value& value);

/// BIT(n) read as an unsigned integer of n bits.
Status decode_bit(const ColumnType& type, std::string_view cell, Arena&, Value& value);
/// YEAR: 0 and 1901 to 2155. YEAR(2), gone since MySQL 5.7, prints two digits: 70 to 99 are 19xx, 00 to 69
/// 20xx.
Status decode_year(const ColumnType& type, std::string_view cell, Arena&, Value& value);

/// Digits without superfluous leading zeros (ZEROFILL), at most precision - scale before the point.
Status decode_decimal(const ColumnType& type, std::string_view cell, Arena&, Value& value);
Status decode_float(const ColumnType&, std::string_view cell, Arena&, Value& value);
Status decode_double(const ColumnType&, std::string_view cell, Arena&, Value& value);

// Zero dates and dates with a zero month or day are values; a 31st of February is too (ALLOW_INVALID_DATES).
Status decode_date(const ColumnType&, std::string_view cell, Arena&, Value& value);
Status decode_datetime(const ColumnType&, std::string_view cell, Arena&, Value& value);
/// A calendar date and time in UTC, or MySQL's zero value, which gives 0.
Status decode_timestamp(const ColumnType&, std::string_view cell, Arena&, Value& value);
/// Up to 838:59:59 with six digits of a fraction, signed.
Status decode_time(const ColumnType&, std::string_view cell, Arena&, Value& value);

// The cell as it is.
Status decode_text(const ColumnType&, std::string_view cell, Arena&, Value& value);
Status decode_bytes(const ColumnType&, std::string_view cell, Arena&, Value& value);
/// 8-4-4-4-12 hexadecimal digits.
Status decode_uuid(const ColumnType&, std::string_view cell, Arena&, Value& value);
/// An address in the characters of one; the target's inet input reads it.
Status decode_inet(const ColumnType&, std::string_view cell, Arena&, Value& value);
/// The entries as 32-bit floats, lowest byte first, at most as many as the type has.
Status decode_vector(const ColumnType& type, std::string_view cell, Arena&, Value& value);

/// kUnsupported.
Status decode_not_carried(const ColumnType& type, std::string_view cell, Arena&, Value& value);

}  // namespace mysql_sync::text_cell
