#include "fdw/fdw_deparse.hpp"

#include <cerrno>
#include <cstdlib>

#include "core/types/type_fit.hpp"

extern "C" {
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"
}

namespace mysql_sync::fdw {

namespace {

constexpr int32 kFirstDay = 1721426 - POSTGRES_EPOCH_JDATE;           // 0001-01-01
constexpr int32 kLastDay = 5373484 - POSTGRES_EPOCH_JDATE;            // 9999-12-31
constexpr int32 kFirstTimestampDay = 2440589 - POSTGRES_EPOCH_JDATE;  // 1970-01-02
constexpr int32 kLastTimestampDay = 2465442 - POSTGRES_EPOCH_JDATE;   // 2038-01-18
constexpr int64 kMicrosecondsPerDay = INT64CONST(86400000000);

char* output_text(Oid type, Datum value) {
  Oid output;
  bool is_varlena;
  getTypeOutputInfo(type, &output, &is_varlena);
  return OidOutputFunctionCall(output, value);
}

/// 1.50 as 1.5 and 2.00 as 2: what is whole is compared as a whole number.
void trim_fraction(char* text) {
  if (std::strchr(text, '.') == nullptr) return;
  char* end = text + std::strlen(text);
  while (end[-1] == '0') --end;
  if (end[-1] == '.') --end;
  *end = '\0';
}

bool is_whole_of_64_bits(const char* text) {
  if (std::strchr(text, '.') != nullptr) return false;
  errno = 0;
  if (text[0] == '-') {
    (void)std::strtoll(text, nullptr, 10);
  } else {
    (void)std::strtoull(text, nullptr, 10);
  }
  return errno == 0;
}

bool is_within(const ConstantRange& range, const char* text) {
  if (range.whole_digits < 0) return is_whole_of_64_bits(text);
  if (text[0] == '-' && !range.negative) return false;
  const char* digits = text + std::strspn(text, "-0");
  const size_t whole_digits = std::strspn(digits, "0123456789");
  const char* fraction = std::strchr(text, '.');
  return static_cast<int>(whole_digits) <= range.whole_digits &&
         (fraction == nullptr || static_cast<int>(std::strlen(fraction + 1)) <= range.fraction_digits);
}

bool append_number(StringInfo sql, const ConstantRange& range, Oid type, Datum value) {
  char* text = output_text(type, value);
  if (std::strspn(text, "-.0123456789") != std::strlen(text)) return false;  // NaN, Infinity
  trim_fraction(text);
  if (!is_within(range, text)) return false;
  appendStringInfoString(sql, text);
  return true;
}

void append_day(StringInfo sql, int32 days) {
  int year, month, day;
  j2date(days + POSTGRES_EPOCH_JDATE, &year, &month, &day);
  appendStringInfo(sql, "%04d-%02d-%02d", year, month, day);
}

bool append_date(StringInfo sql, DateADT date) {
  if (date < kFirstDay || date > kLastDay) return false;  // and infinity
  appendStringInfoString(sql, "DATE'");
  append_day(sql, date);
  appendStringInfoChar(sql, '\'');
  return true;
}

/// What a TIMESTAMP column of any source can hold; what is compared beyond may be an error to it.
bool is_within_timestamp(Timestamp timestamp) {
  return timestamp >= kFirstTimestampDay * kMicrosecondsPerDay &&
         timestamp < kLastTimestampDay * kMicrosecondsPerDay;
}

/// Of a second with so many digits, in microseconds.
int64 smallest_step(int fraction_digits) {
  int64 step = 1;
  for (int digit = fraction_digits; digit < 6; ++digit) step *= 10;
  return step;
}

/// timestamptz is written in UTC, which is the session's time zone at the source.
bool append_timestamp(StringInfo sql, const ConstantRange& range, Timestamp timestamp) {
  if (timestamp < kFirstDay * kMicrosecondsPerDay || timestamp >= (kLastDay + 1) * kMicrosecondsPerDay)
    return false;
  int64 days = timestamp / kMicrosecondsPerDay;
  if (timestamp % kMicrosecondsPerDay < 0) --days;
  const int64 time = timestamp - days * kMicrosecondsPerDay;
  const int seconds = static_cast<int>(time / 1000000);
  if (time % smallest_step(range.fraction_digits) != 0) return false;
  appendStringInfoString(sql, "TIMESTAMP'");
  append_day(sql, static_cast<int32>(days));
  appendStringInfo(sql, " %02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (time % 1000000 != 0) appendStringInfo(sql, ".%06d", static_cast<int>(time % 1000000));
  appendStringInfoChar(sql, '\'');
  return true;
}

bool append_bytes(StringInfo sql, const ConstantRange& range, Datum value) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  static constexpr Size kMost = Size{1} << 20;  // max_allowed_packet may be as low as this
  bytea* bytes = DatumGetByteaPP(value);
  const Size size = VARSIZE_ANY_EXHDR(bytes);
  if (size > kMost / 4 || size < static_cast<Size>(range.least_bytes) ||
      size > static_cast<Size>(range.most_bytes))
    return false;
  appendStringInfoString(sql, "X'");
  for (Size i = 0; i < size; ++i) {
    const uint8 byte = static_cast<uint8>(VARDATA_ANY(bytes)[i]);
    appendStringInfoChar(sql, kDigits[byte >> 4]);
    appendStringInfoChar(sql, kDigits[byte & 15]);
  }
  appendStringInfoChar(sql, '\'');
  return true;
}

}  // namespace

bool is_within_integers(const ColumnType& column, Oid type, Datum value) {
  if (column.kind > TypeKind::kBigint) return true;
  const IntegerRange range = integer_range(column);
  const char* text = output_text(type, value);
  if (text[0] == '-') return std::strtoll(text, nullptr, 10) >= range.low;
  return std::strtoull(text, nullptr, 10) <= range.high;
}

bool append_literal(StringInfo sql, const ConstantRange& range, Oid type, Datum value, bool is_null) {
  if (is_null) {
    appendStringInfoString(sql, "NULL");
    return true;
  }
  switch (type) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case NUMERICOID:
      return append_number(sql, range, type, value);
    case DATEOID:
      return append_date(sql, DatumGetDateADT(value));
    case TIMESTAMPOID:
      return append_timestamp(sql, range, DatumGetTimestamp(value));
    case TIMESTAMPTZOID:
      return is_within_timestamp(DatumGetTimestamp(value)) &&
             append_timestamp(sql, range, DatumGetTimestamp(value));
    case BYTEAOID:
      return append_bytes(sql, range, value);
    default:
      return false;
  }
}

}  // namespace mysql_sync::fdw
