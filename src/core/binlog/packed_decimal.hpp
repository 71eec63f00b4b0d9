// DECIMAL as MySQL packs it: groups of nine digits in four bytes, most significant byte first, the first bit
// inverted so that the bytes sort, all bits inverted for negative numbers.
// Format: mysql/mysql-server strings/decimal.cc, decimal2bin().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mysql_sync::binlog {

/// What the server calculates with, nine groups of nine digits. A column has at most 65, of which 30 are
/// behind the point (MariaDB: 38), but a decimal inside a JSON document may be described as longer.
constexpr unsigned kMaxDecimalPrecision = 81;
/// Room for the text of any decimal: sign, a zero, the point, all digits.
constexpr size_t kMaxDecimalText = 88;

/// True for 1 to 81 digits, of which any number may be behind the point.
bool is_decimal_size(unsigned precision, unsigned scale);

/// Bytes of a packed decimal; 0 where is_decimal_size() is false.
size_t packed_decimal_size(unsigned precision, unsigned scale);

/// Writes the text as MySQL prints it ("-0.50", "12") to `text`, which has room for kMaxDecimalText bytes,
/// and returns its length. 0 where the bytes are not packed_decimal_size() many or not digits.
size_t unpack_decimal(std::string_view packed, unsigned precision, unsigned scale, char* text);

}  // namespace mysql_sync::binlog
