#include "core/binlog/packed_decimal.hpp"

#include <cstring>

namespace mysql_sync::binlog {

namespace {

constexpr unsigned kGroupDigits = 9;
constexpr size_t kGroupBytes = 4;
constexpr uint8_t kBytesOfDigits[kGroupDigits + 1] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
constexpr uint32_t kPowers[kGroupDigits + 1] = {1,      10,      100,      1000,      10000,
                                                100000, 1000000, 10000000, 100000000, 1000000000};

/// The two digits of each number below 100.
struct DigitPairs {
  char digits[200] = {};
  constexpr DigitPairs() {
    for (size_t i = 0; i < 100; ++i) {
      digits[2 * i] = static_cast<char>('0' + i / 10);
      digits[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
  }
};
constexpr DigitPairs kPairs;

/// Reads groups off the front of the packed bytes, with the inversions undone.
struct GroupReader {
  const char* at;
  uint32_t mask;        // all bits for negative numbers
  uint32_t first_flip;  // of the first byte, until it was read
  bool failed = false;

  uint32_t read(unsigned digits) {
    const size_t size = kBytesOfDigits[digits];
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i) value = value << 8 | static_cast<uint8_t>(at[i]);
    if (size != 0) value ^= (mask >> (32 - 8 * size)) ^ first_flip << (8 * size - 8);
    if (size != 0) first_flip = 0;
    at += size;
    failed = failed || value >= kPowers[digits];
    return value;
  }
};

/// `digits` digits, with zeros before.
char* put_padded(char* to, uint32_t value, unsigned digits) {
  char* const end = to + digits;
  char* at = end;
  for (; at - to >= 2; value /= 100) {
    at -= 2;
    std::memcpy(at, &kPairs.digits[size_t{value % 100} * 2], 2);
  }
  if (at > to) *to = static_cast<char>('0' + value % 10);
  return end;
}

/// Without zeros before. Not for a failed group, which may have more digits.
char* put_plain(char* to, uint32_t value) {
  unsigned digits = 1;
  while (digits < kGroupDigits && value >= kPowers[digits]) ++digits;
  return put_padded(to, value, digits);
}

char* put_whole(char* to, GroupReader& groups, unsigned digits) {
  char* const begin = to;
  for (unsigned group = digits % kGroupDigits; digits != 0; digits -= group, group = kGroupDigits) {
    if (group == 0) group = kGroupDigits;
    const uint32_t value = groups.read(group);
    if (to != begin) {
      to = put_padded(to, value, kGroupDigits);
    } else if (value != 0) {
      to = put_plain(to, value);
    }
  }
  if (to == begin) *to++ = '0';
  return to;
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
  GroupReader groups{packed.data(), negative ? UINT32_MAX : 0, 0x80};
  char* to = text;
  if (negative) *to++ = '-';
  to = put_whole(to, groups, precision - scale);
  to = put_fraction(to, groups, scale);
  return groups.failed ? 0 : static_cast<size_t>(to - text);
}

}  // namespace mysql_sync::binlog
