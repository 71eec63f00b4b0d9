#include "pg/cell_text.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

namespace mysql_sync::pg {

namespace {

constexpr int64_t kSecond = 1000000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

std::string_view written(const CellTextBuffer& buffer, int length) {
  return {buffer.bytes, static_cast<size_t>(length)};
}

/// Appends ".123" for three digits of a fraction given in microseconds.
int write_fraction(char* to, uint32_t microsecond, uint8_t digits) {
  if (digits == 0) return 0;
  if (digits > 6) digits = 6;
  std::snprintf(to, 8, ".%06" PRIu32, microsecond % 1000000);
  to[digits + 1] = '\0';
  return digits + 1;
}

std::string_view date_text(const CivilTime& date, CellTextBuffer* buffer) {
  return written(*buffer, std::snprintf(buffer->bytes, CellTextBuffer::kSize, "%04u-%02u-%02u", date.year,
                                        date.month, date.day));
}

std::string_view datetime_text(const CivilTime& time, uint8_t fraction, CellTextBuffer* buffer) {
  const int length = std::snprintf(buffer->bytes, CellTextBuffer::kSize, "%04u-%02u-%02u %02u:%02u:%02u",
                                   time.year, time.month, time.day, time.hour, time.minute, time.second);
  return written(*buffer, length + write_fraction(buffer->bytes + length, time.microsecond, fraction));
}

std::string_view timestamp_text(int64_t microseconds, uint8_t fraction, CellTextBuffer* buffer) {
  return datetime_text(microseconds == 0 ? CivilTime{} : civil_from_unix(microseconds), fraction, buffer);
}

std::string_view time_text(int64_t microseconds, uint8_t fraction, CellTextBuffer* buffer) {
  const uint64_t size = microseconds < 0 ? uint64_t{0} - static_cast<uint64_t>(microseconds)
                                         : static_cast<uint64_t>(microseconds);
  const int length = std::snprintf(buffer->bytes, CellTextBuffer::kSize,
                                   "%s%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64, microseconds < 0 ? "-" : "",
                                   size / kHour, size % kHour / kMinute, size % kMinute / kSecond);
  return written(*buffer, length + write_fraction(buffer->bytes + length,
                                                  static_cast<uint32_t>(size % kSecond), fraction));
}

/// The shortest digits that read back as the same number.
std::string_view double_text(double number, CellTextBuffer* buffer) {
  int length = 0;
  for (int digits = 15; digits <= 17; ++digits) {
    length = std::snprintf(buffer->bytes, CellTextBuffer::kSize, "%.*g", digits, number);
    if (std::strtod(buffer->bytes, nullptr) == number) break;
  }
  return written(*buffer, length);
}

std::string_view float_text(float number, CellTextBuffer* buffer) {
  int length = 0;
  for (int digits = 6; digits <= 9; ++digits) {
    length = std::snprintf(buffer->bytes, CellTextBuffer::kSize, "%.*g", digits, static_cast<double>(number));
    if (std::strtof(buffer->bytes, nullptr) == number) break;
  }
  return written(*buffer, length);
}

int64_t floor_divide(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

}  // namespace

std::string_view cell_text(const Value& value, uint8_t fraction, CellTextBuffer* buffer) {
  char* to = buffer->bytes;
  switch (value.kind()) {
    case ValueKind::kNull:
      return {};
    case ValueKind::kInt:
      return written(*buffer, std::snprintf(to, CellTextBuffer::kSize, "%" PRId64, value.as_int()));
    case ValueKind::kUint:
      return written(*buffer, std::snprintf(to, CellTextBuffer::kSize, "%" PRIu64, value.as_uint()));
    case ValueKind::kFloat:
      return float_text(value.as_float(), buffer);
    case ValueKind::kDouble:
      return double_text(value.as_double(), buffer);
    case ValueKind::kDate:
      return date_text(value.as_civil(), buffer);
    case ValueKind::kDatetime:
      return datetime_text(value.as_civil(), fraction, buffer);
    case ValueKind::kTimestamp:
      return timestamp_text(value.as_int(), fraction, buffer);
    case ValueKind::kTime:
      return time_text(value.as_int(), fraction, buffer);
    case ValueKind::kDecimal:
    case ValueKind::kText:
    case ValueKind::kBytes:
    case ValueKind::kTargetText:
      return value.as_bytes();
    case ValueKind::kAbsent:
    case ValueKind::kJsonDiff:
      break;  // no values
  }
  return {};
}

// Howard Hinnant's "days_from_civil" and "civil_from_days": years begin in March, eras have 400 years.
int32_t days_from_civil(int32_t year, int32_t month, int32_t day) {
  year -= month <= 2 ? 1 : 0;
  const int32_t era = (year >= 0 ? year : year - 399) / 400;
  const int32_t year_of_era = year - era * 400;
  const int32_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

CivilTime civil_from_unix(int64_t microseconds) {
  const int64_t days = floor_divide(microseconds, kDay);
  const int64_t rest = microseconds - days * kDay;
  const int64_t shifted = days + 719468;
  const int64_t era = floor_divide(shifted, 146097);
  const int64_t day_of_era = shifted - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t from_march = (5 * day_of_year + 2) / 153;
  CivilTime time;
  time.day = static_cast<uint8_t>(day_of_year - (153 * from_march + 2) / 5 + 1);
  time.month = static_cast<uint8_t>(from_march < 10 ? from_march + 3 : from_march - 9);
  time.year = static_cast<uint16_t>(year_of_era + era * 400 + (time.month <= 2 ? 1 : 0));
  time.hour = static_cast<uint8_t>(rest / kHour);
  time.minute = static_cast<uint8_t>(rest % kHour / kMinute);
  time.second = static_cast<uint8_t>(rest % kMinute / kSecond);
  time.microsecond = static_cast<uint32_t>(rest % kSecond);
  return time;
}

bool is_calendar_date(const CivilTime& time) {
  static constexpr uint8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (time.has_zero_date() || time.month > 12) return false;
  const bool leap = time.year % 4 == 0 && (time.year % 100 != 0 || time.year % 400 == 0);
  return time.day <= kDays[time.month - 1] + (time.month == 2 && leap ? 1 : 0);
}

}  // namespace mysql_sync::pg
