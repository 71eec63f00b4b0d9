#include "core/binlog/packed_decimal.hpp"

namespace mysql_sync::binlog {

namespace {

constexpr unsigned kGroupDigits = 9;
constexpr size_t kGroupBytes = 4;
constexpr uint8_t kBytesOfDigits[kGroupDigits + 1] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
constexpr uint32_t kPowers[kGroupDigits + 1] = {1,      10,      100,      1000,      10000,
                                                100000, 1000000, 10000000, 100000000, 1000000000};

/// Reads groups off the front of the packed bytes, with the inversions undone.
struct GroupReader {
  const char* at;
  uint8_t mask;        // 0xff for negative numbers
  uint8_t first_flip;  // 0x80 until the first byte was read
  bool failed = false;

  uint32_t read(unsigned digits) {
    uint32_t value = 0;
    for (size_t i = 0; i < kBytesOfDigits[digits]; ++i) {
      value = value << 8 | static_cast<uint8_t>(*at++ ^ mask ^ first_flip);
      first_flip = 0;
    }
    if (value >= kPowers[digits]) failed = true;
    return value;
  }
};

char* put_padded(char* to, uint32_t value, unsigned digits) {
  for (unsigned i = digits; i > 0; --i) {
    to[i - 1] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return to + digits;
}

char* put_whole(char* to, GroupReader& groups, unsigned digits) {
  char* const begin = to;
  if (digits % kGroupDigits != 0)
    to = put_padded(to, groups.read(digits % kGroupDigits), digits % kGroupDigits);
  for (unsigned i = 0; i < digits / kGroupDigits; ++i)
    to = put_padded(to, groups.read(kGroupDigits), kGroupDigits);
  const char* first = begin;
  while (first < to && *first == '0') ++first;
  if (first == to) {
    *begin = '0';
    return begin + 1;
  }
  char* end = begin;
  while (first < to) *end++ = *first++;
  return end;
}

char* put_fraction(char* to, GroupReader& groups, unsigned digits) {
  if (digits == 0) return to;
  *to++ = '.';
  for (unsigned i = 0; i < digits / kGroupDigits; ++i)
    to = put_padded(to, groups.read(kGroupDigits), kGroupDigits);
  return put_padded(to, groups.read(digits % kGroupDigits), digits % kGroupDigits);
}

}  // namespace

bool is_decimal_size(unsigned precision, unsigned scale) {
  return precision >= 1 && precision <= kMaxDecimalPrecision && scale <= precision;
}

size_t packed_decimal_size(unsigned precision, unsigned scale) {
  if (!is_decimal_size(precision, scale)) return 0;
  const unsigned whole = precision - scale;
  return (whole / kGroupDigits + scale / kGroupDigits) * kGroupBytes + kBytesOfDigits[whole % kGroupDigits] +
         kBytesOfDigits[scale % kGroupDigits];
}

size_t unpack_decimal(std::string_view packed, unsigned precision, unsigned scale, char* text) {
  if (packed.empty() || packed.size() != packed_decimal_size(precision, scale)) return 0;
  const bool negative = (packed.front() & 0x80) == 0;
  GroupReader groups{packed.data(), static_cast<uint8_t>(negative ? 0xff : 0), 0x80};
  char* to = text;
  if (negative) *to++ = '-';
  to = put_whole(to, groups, precision - scale);
  to = put_fraction(to, groups, scale);
  return groups.failed ? 0 : static_cast<size_t>(to - text);
}

}  // namespace mysql_sync::binlog
