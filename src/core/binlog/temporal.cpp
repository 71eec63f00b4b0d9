#include "core/binlog/temporal.hpp"

namespace mysql_sync::binlog {

namespace {

constexpr uint64_t kMaxHours = 838;
constexpr uint32_t kSecond = 1000000;
constexpr int64_t kTimeLimit = (kMaxHours + 1) * 3600 * kSecond;  // one second over the last TIME

bool fill_date(uint64_t year, uint64_t month, uint64_t day, CivilTime* out) {
  if (year > 9999 || month > 12 || day > 31) return false;
  out->year = static_cast<uint16_t>(year);
  out->month = static_cast<uint8_t>(month);
  out->day = static_cast<uint8_t>(day);
  return true;
}

bool fill_clock(uint64_t hour, uint64_t minute, uint64_t second, uint64_t microsecond, CivilTime* out) {
  if (hour > 23 || minute > 59 || second > 59 || microsecond >= kSecond) return false;
  out->hour = static_cast<uint8_t>(hour);
  out->minute = static_cast<uint8_t>(minute);
  out->second = static_cast<uint8_t>(second);
  out->microsecond = static_cast<uint32_t>(microsecond);
  return true;
}

bool fill_time(uint64_t hour, uint64_t minute, uint64_t second, uint64_t microsecond, int64_t* out) {
  if (hour > kMaxHours || minute > 59 || second > 59 || microsecond >= kSecond) return false;
  *out = static_cast<int64_t>(((hour * 60 + minute) * 60 + second) * kSecond + microsecond);
  return true;
}

}  // namespace

uint32_t microseconds_per_unit(unsigned digits) {
  static constexpr uint32_t kUnits[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
  return kUnits[digits <= 6 ? digits : 6];
}

uint32_t fraction_to_microseconds(uint64_t stored, unsigned digits) {
  return static_cast<uint32_t>(stored) *
         microseconds_per_unit(static_cast<unsigned>(fraction_size(digits)) * 2);
}

bool unpack_date(uint32_t packed, CivilTime* date) {
  return fill_date(packed >> 9, packed >> 5 & 15, packed & 31, date);
}

bool unpack_old_datetime(uint64_t digits, CivilTime* time) {
  const uint64_t date = digits / 1000000;
  const uint64_t clock = digits % 1000000;
  return fill_date(date / 10000, date / 100 % 100, date % 100, time) &&
         fill_clock(clock / 10000, clock / 100 % 100, clock % 100, 0, time);
}

bool unpack_old_time(int32_t digits, int64_t* microseconds) {
  const auto magnitude = static_cast<uint64_t>(digits < 0 ? -int64_t{digits} : digits);
  if (!fill_time(magnitude / 10000, magnitude / 100 % 100, magnitude % 100, 0, microseconds)) return false;
  if (digits < 0) *microseconds = -*microseconds;
  return true;
}

bool unpack_datetime(uint64_t packed, uint32_t microsecond, CivilTime* time) {
  const uint64_t months = packed >> 22;
  return fill_date(months / 13, months % 13, packed >> 17 & 31, time) &&
         fill_clock(packed >> 12 & 31, packed >> 6 & 63, packed & 63, microsecond, time);
}

bool unpack_time(uint64_t packed, uint32_t microsecond, int64_t* microseconds) {
  return fill_time(packed >> 12, packed >> 6 & 63, packed & 63, microsecond, microseconds);
}

bool unpack_hires_datetime(uint64_t packed, CivilTime* time) {
  const uint64_t seconds = packed / kSecond;
  const uint64_t hours = seconds / 3600;
  const uint64_t days = hours / 24;
  const uint64_t months = days / 32;
  return fill_date(months / 13, months % 13, days % 32, time) &&
         fill_clock(hours % 24, seconds / 60 % 60, seconds % 60, packed % kSecond, time);
}

size_t hires_datetime_size(unsigned digits) {
  static constexpr uint8_t kSizes[] = {5, 6, 6, 7, 7, 7, 8};
  return kSizes[digits <= 6 ? digits : 6];
}

size_t hires_time_size(unsigned digits) {
  static constexpr uint8_t kSizes[] = {3, 4, 4, 5, 5, 5, 6};
  return kSizes[digits <= 6 ? digits : 6];
}

bool unpack_hires_time(uint64_t packed, unsigned digits, int64_t* microseconds) {
  const uint64_t unit = microseconds_per_unit(digits);
  if (packed >= uint64_t{2} * kTimeLimit / unit) return false;
  *microseconds = static_cast<int64_t>(packed * unit) - kTimeLimit;
  return *microseconds > -kTimeLimit;
}

}  // namespace mysql_sync::binlog
