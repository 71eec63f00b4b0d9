#include "fdw/fdw_deparse.hpp"

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
constexpr int kMostDigits = 65;  // of a DECIMAL; a longer literal becomes a double

const char* output_text(Oid type, Datum value) {
  Oid output;
  bool is_varlena;
  getTypeOutputInfo(type, &output, &is_varlena);
  return OidOutputFunctionCall(output, value);
}

bool append_numeric(StringInfo sql, Datum value) {
  const char* text = output_text(NUMERICOID, value);
  int digits = 0;
  for (const char* at = text; *at != '\0'; ++at) {
    const bool is_digit = *at >= '0' && *at <= '9';
    digits += is_digit ? 1 : 0;
    if (!is_digit && *at != '.' && *at != '-') return false;  // NaN, Infinity
  }
  if (digits > kMostDigits) return false;
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

/// timestamptz is written in UTC, which is the session's time zone at the source.
bool append_timestamp(StringInfo sql, Timestamp timestamp) {
  if (timestamp < kFirstDay * kMicrosecondsPerDay || timestamp >= (kLastDay + 1) * kMicrosecondsPerDay)
    return false;
  int64 days = timestamp / kMicrosecondsPerDay;
  if (timestamp % kMicrosecondsPerDay < 0) --days;
  const int64 time = timestamp - days * kMicrosecondsPerDay;
  const int seconds = static_cast<int>(time / 1000000);
  appendStringInfoString(sql, "TIMESTAMP'");
  append_day(sql, static_cast<int32>(days));
  appendStringInfo(sql, " %02d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (time % 1000000 != 0) appendStringInfo(sql, ".%06d", static_cast<int>(time % 1000000));
  appendStringInfoChar(sql, '\'');
  return true;
}

bool append_bytes(StringInfo sql, Datum value) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  static constexpr Size kMost = Size{1} << 20;  // max_allowed_packet may be as low as this
  bytea* bytes = DatumGetByteaPP(value);
  const Size size = VARSIZE_ANY_EXHDR(bytes);
  if (size > kMost / 4) return false;
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

bool append_literal(StringInfo sql, Oid type, Datum value, bool is_null) {
  if (is_null) {
    appendStringInfoString(sql, "NULL");
    return true;
  }
  switch (type) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
      appendStringInfoString(sql, output_text(type, value));
      return true;
    case NUMERICOID:
      return append_numeric(sql, value);
    case DATEOID:
      return append_date(sql, DatumGetDateADT(value));
    case TIMESTAMPOID:
      return append_timestamp(sql, DatumGetTimestamp(value));
    case TIMESTAMPTZOID:
      return is_within_timestamp(DatumGetTimestamp(value)) && append_timestamp(sql, DatumGetTimestamp(value));
    case BYTEAOID:
      return append_bytes(sql, value);
    default:
      return false;
  }
}

}  // namespace mysql_sync::fdw
