#include "core/types/text_cell.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace mysql_sync::text_cell {

namespace {

constexpr int64_t kMicros = 1000000;

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

/// Out of line, so that the decoders stay small.
[[gnu::cold]] Status bad_cell(const ColumnType& type, std::string_view cell) {
  constexpr size_t kShown = 100;
  std::string shown(cell.substr(0, kShown));
  if (cell.size() > kShown) shown += "...";
  return {ErrorCode::kCorrupt, "value \"" + shown + "\" is not of type " + type.declared};
}

/// Decimal digits only; false for none, for other characters and past 2^64 - 1.
bool parse_digits(std::string_view digits, uint64_t* value) {
  constexpr size_t kNeverOverflows = 19;
  if (digits.empty()) return false;
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  if (digits.size() > kNeverOverflows + 1) return false;
  uint64_t result = 0;
  for (const char c : digits.substr(0, kNeverOverflows)) {
    if (!is_digit(c)) return false;
    result = result * 10 + static_cast<uint64_t>(c - '0');
  }
  if (digits.size() > kNeverOverflows) {
    const char c = digits.back();
    if (!is_digit(c) || __builtin_mul_overflow(result, uint64_t{10}, &result)) return false;
    if (__builtin_add_overflow(result, static_cast<uint64_t>(c - '0'), &result)) return false;
  }
  *value = result;
  return true;
}

template <int bits>
Status decode_integer(const ColumnType& type, std::string_view cell, Value& value) {
  constexpr uint64_t kAllOnes = ~uint64_t{0} >> (64 - bits), kSignedMax = kAllOnes >> 1;
  const bool negative = !cell.empty() && cell.front() == '-';
  uint64_t magnitude = 0;
  if (!parse_digits(negative ? cell.substr(1) : cell, &magnitude)) return bad_cell(type, cell);
  if (type.is_unsigned) {
    if (negative || magnitude > kAllOnes) return bad_cell(type, cell);
    value = Value::of_uint(magnitude);
    return {};
  }
  if (magnitude > kSignedMax + (negative ? 1 : 0)) return bad_cell(type, cell);
  value = Value::of_int(static_cast<int64_t>(negative ? uint64_t{0} - magnitude : magnitude));
  return {};
}

/// Two digits at `at`, or 255, which is above every bound the callers check.
uint8_t two_digits(const char* at) {
  if (!is_digit(at[0]) || !is_digit(at[1])) return 255;
  return static_cast<uint8_t>((at[0] - '0') * 10 + (at[1] - '0'));
}

/// "YYYY-MM-DD".
bool parse_date(const char* at, CivilTime* time) {
  const uint8_t century = two_digits(at), year = two_digits(at + 2);
  time->month = two_digits(at + 5);
  time->day = two_digits(at + 8);
  if (century > 99 || year > 99 || time->month > 12 || time->day > 31 || at[4] != '-' || at[7] != '-') {
    return false;
  }
  time->year = static_cast<uint16_t>(century * 100 + year);
  return true;
}

/// Empty, or '.' and one to six digits.
bool parse_fraction(std::string_view text, uint32_t* microsecond) {
  *microsecond = 0;
  if (text.empty()) return true;
  if (text.front() != '.' || text.size() < 2 || text.size() > 7) return false;
  for (size_t i = 1; i < 7; ++i) {
    const char c = i < text.size() ? text[i] : '0';
    if (!is_digit(c)) return false;
    *microsecond = *microsecond * 10 + static_cast<uint32_t>(c - '0');
  }
  return true;
}

/// "YYYY-MM-DD HH:MM:SS" and a fraction.
bool parse_datetime(std::string_view cell, CivilTime* time) {
  constexpr size_t kSecondsEnd = 19;
  if (cell.size() < kSecondsEnd) return false;
  const char* at = cell.data();
  if (!parse_date(at, time) || at[10] != ' ' || at[13] != ':' || at[16] != ':') return false;
  time->hour = two_digits(at + 11);
  time->minute = two_digits(at + 14);
  time->second = two_digits(at + 17);
  if (time->hour > 23 || time->minute > 59 || time->second > 59) return false;
  return parse_fraction(cell.substr(kSecondsEnd), &time->microsecond);
}

bool is_leap(unsigned year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

unsigned days_in_month(unsigned year, unsigned month) {
  constexpr uint8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

/// Days from 1970-01-01 of the proleptic Gregorian calendar (H. Hinnant, "chrono-compatible low-level date
/// algorithms"). The year counts from March, so that the leap day is its last.
int64_t days_from_epoch(const CivilTime& date) {
  const int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const int64_t month = (date.month + 9) % 12;
  const int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
  constexpr int64_t kDaysToEpoch = 719468;
  return year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - kDaysToEpoch;
}

bool is_zero(const CivilTime& time) {
  return time.year == 0 && time.month == 0 && time.day == 0 && time.hour == 0 && time.minute == 0 &&
         time.second == 0 && time.microsecond == 0;
}

/// The hour of a TIME, two or three digits; what follows stays in `rest`.
bool parse_hours(std::string_view* rest, int64_t* hours) {
  size_t count = 0;
  *hours = 0;
  while (count < rest->size() && count < 4 && is_digit((*rest)[count])) {
    *hours = *hours * 10 + ((*rest)[count++] - '0');
  }
  rest->remove_prefix(count);
  return count >= 2 && count <= 3 && *hours <= 838;
}

bool parse_double(std::string_view cell, double* value) {
  if (cell.empty()) return false;
  const char* end = cell.data() + cell.size();
  const auto [stop, error] = std::from_chars(cell.data(), end, *value);
  return error == std::errc() && stop == end && std::isfinite(*value);
}

bool all_digits(std::string_view text) {
  for (const char c : text) {
    if (!is_digit(c)) return false;
  }
  return true;
}

bool is_hex(char c) { return is_digit(c) || static_cast<unsigned char>((c | 0x20) - 'a') < 6; }

}  // namespace

Status decode_tinyint(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  return decode_integer<8>(type, cell, value);
}

Status decode_smallint(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  return decode_integer<16>(type, cell, value);
}

Status decode_mediumint(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  return decode_integer<24>(type, cell, value);
}

Status decode_int(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  return decode_integer<32>(type, cell, value);
}

Status decode_bigint(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  return decode_integer<64>(type, cell, value);
}

Status decode_bit(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  uint64_t bits = 0;
  if (!parse_digits(cell, &bits)) return bad_cell(type, cell);
  if (type.length < 64 && bits >> type.length != 0) return bad_cell(type, cell);
  value = Value::of_uint(bits);
  return {};
}

Status decode_year(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  uint64_t year = 0;
  if (!parse_digits(cell, &year)) return bad_cell(type, cell);
  if (type.length == 2 && cell.size() <= 2) year += year < 70 ? 2000 : 1900;
  if (year != 0 && (year < 1901 || year > 2155)) return bad_cell(type, cell);
  value = Value::of_int(static_cast<int64_t>(year));
  return {};
}

Status decode_decimal(const ColumnType& type, std::string_view cell, Arena& scratch, Value& value) {
  const bool negative = !cell.empty() && cell.front() == '-';
  const std::string_view unsigned_part = negative ? cell.substr(1) : cell;
  const size_t point = unsigned_part.find('.');
  std::string_view whole = unsigned_part.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : unsigned_part.substr(point + 1);
  const bool has_fraction = point != std::string_view::npos;
  if (whole.empty() || !all_digits(whole) || !all_digits(fraction) || fraction.size() != type.scale ||
      has_fraction != (type.scale > 0)) {
    return bad_cell(type, cell);
  }
  while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
  if (whole != "0" && whole.size() > static_cast<size_t>(type.precision - type.scale))
    return bad_cell(type, cell);
  std::string_view digits(whole.data(), static_cast<size_t>(cell.data() + cell.size() - whole.data()));
  if (negative && digits.size() + 1 < cell.size()) {  // zeros between the sign and the digits: rare
    digits = scratch.copy("-" + std::string(digits));
  } else if (negative) {
    digits = cell;
  }
  value = Value::of_decimal(digits);
  return {};
}

Status decode_float(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  double wide = 0;
  if (!parse_double(cell, &wide)) return bad_cell(type, cell);
  if (std::fabs(wide) > static_cast<double>(std::numeric_limits<float>::max())) return bad_cell(type, cell);
  value = Value::of_float(static_cast<float>(wide));
  return {};
}

Status decode_double(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  double number = 0;
  if (!parse_double(cell, &number)) return bad_cell(type, cell);
  value = Value::of_double(number);
  return {};
}

Status decode_date(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  CivilTime date;
  if (cell.size() != 10 || !parse_date(cell.data(), &date)) return bad_cell(type, cell);
  value = Value::of_date(date);
  return {};
}

Status decode_datetime(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  CivilTime time;
  if (!parse_datetime(cell, &time)) return bad_cell(type, cell);
  value = Value::of_datetime(time);
  return {};
}

Status decode_timestamp(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  CivilTime time;
  if (!parse_datetime(cell, &time)) return bad_cell(type, cell);
  if (is_zero(time)) {
    value = Value::of_timestamp(0);
    return {};
  }
  if (time.year < 1970 || time.has_zero_date() || time.day > days_in_month(time.year, time.month)) {
    return bad_cell(type, cell);
  }
  const int64_t seconds =
      days_from_epoch(time) * 86400 + int64_t{time.hour} * 3600 + int64_t{time.minute} * 60 + time.second;
  const int64_t instant = seconds * kMicros + time.microsecond;
  // MariaDB takes the fractions of the first second; without one no source has it, and it would be the zero
  // value.
  if (instant == 0) return bad_cell(type, cell);
  value = Value::of_timestamp(instant);
  return {};
}

Status decode_time(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  const bool negative = !cell.empty() && cell.front() == '-';
  std::string_view rest = negative ? cell.substr(1) : cell;
  int64_t hours = 0;
  uint32_t microsecond = 0;
  if (!parse_hours(&rest, &hours) || rest.size() < 6 || rest[0] != ':' || rest[3] != ':') {
    return bad_cell(type, cell);
  }
  const uint8_t minute = two_digits(rest.data() + 1), second = two_digits(rest.data() + 4);
  if (minute > 59 || second > 59 || !parse_fraction(rest.substr(6), &microsecond))
    return bad_cell(type, cell);
  const int64_t time = (hours * 3600 + int64_t{minute} * 60 + second) * kMicros + microsecond;
  value = Value::of_time(negative ? -time : time);
  return {};
}

Status decode_text(const ColumnType&, std::string_view cell, Arena&, Value& value) {
  value = Value::of_text(cell);
  return {};
}

Status decode_bytes(const ColumnType&, std::string_view cell, Arena&, Value& value) {
  value = Value::of_bytes(cell);
  return {};
}

Status decode_uuid(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  if (cell.size() != 36) return bad_cell(type, cell);
  for (size_t i = 0; i < cell.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? cell[i] != '-' : !is_hex(cell[i])) return bad_cell(type, cell);
  }
  value = Value::of_text(cell);
  return {};
}

Status decode_inet(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  constexpr size_t kLongest = 45;  // an IPv6 address that ends in an IPv4 one
  if (cell.empty() || cell.size() > kLongest) return bad_cell(type, cell);
  for (const char c : cell) {
    if (!is_hex(c) && c != '.' && c != ':') return bad_cell(type, cell);
  }
  value = Value::of_text(cell);
  return {};
}

Status decode_vector(const ColumnType& type, std::string_view cell, Arena&, Value& value) {
  constexpr size_t kEntry = sizeof(float);
  if (cell.size() % kEntry != 0 || cell.size() / kEntry > type.length) {
    return {ErrorCode::kCorrupt,
            "a value of " + std::to_string(cell.size()) + " bytes is not of type " + type.declared};
  }
  value = Value::of_bytes(cell);
  return {};
}

Status decode_not_carried(const ColumnType& type, std::string_view, Arena&, Value&) {
  return {ErrorCode::kUnsupported, "type " + type.declared + " is not carried"};
}

}  // namespace mysql_sync::text_cell
