#include "pg/cell_to_time.hpp"

#include "pg/cell_errors.hpp"
#include "pg/cell_to_text.hpp"

extern "C" {
#include "utils/date.h"
#include "utils/timestamp.h"
}

namespace mysql_sync::pg {

namespace {

constexpr int32_t kUnixToPostgresDays = POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;
constexpr int64_t kMicrosecondsPerDay = INT64CONST(86400000000);
int64_t microseconds_of_day(const CivilTime& time) {
  return ((time.hour * 60 + time.minute) * 60 + time.second) * INT64CONST(1000000) + time.microsecond;
}

bool is_all_zero(const CivilTime& time) {
  return time.year == 0 && time.month == 0 && time.day == 0 && time.hour == 0 && time.minute == 0 &&
         time.second == 0 && time.microsecond == 0;
}

bool is_point_in_time(const Value& value) {
  return value.kind() == ValueKind::kDate || value.kind() == ValueKind::kDatetime ||
         value.kind() == ValueKind::kTimestamp;
}

/// Date and time of a value for which is_point_in_time(); a zero date for MySQL's zero TIMESTAMP.
CivilTime civil_of(const Value& value) {
  if (value.kind() != ValueKind::kTimestamp) return value.as_civil();
  return value.as_int() == 0 ? CivilTime{} : civil_from_unix(value.as_int());
}

int32_t postgres_days(const CivilTime& date) {
  return days_from_civil(date.year, date.month, date.day) - kUnixToPostgresDays;
}

/// In a key the zero date becomes -infinity, as only one value does; the others could meet.
void check_key_date(const CellTarget& cell, const Value& value) {
  const bool unambiguous =
      cell.policies.zero_dates == ValuePolicies::ZeroDates::kMinusInfinity && is_all_zero(civil_of(value));
  if (cell.role == ColumnRole::kPlain || unambiguous) return;
  does_not_fit(
      cell, value, ERRCODE_DATETIME_FIELD_OVERFLOW,
      "In a key column only 0000-00-00 can be replaced, by -infinity: set zero_dates to '-infinity', or "
      "fix the value on the source and create the task again.");
}

Datum replace_date(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed,
                   Datum minus_infinity) {
  check_key_date(cell, value);
  switch (cell.policies.zero_dates) {
    case ValuePolicies::ZeroDates::kError:
      does_not_fit(cell, value, ERRCODE_DATETIME_FIELD_OVERFLOW,
                   "Set zero_dates to 'null' or '-infinity' to replace dates that no calendar has.");
    case ValuePolicies::ZeroDates::kMinusInfinity:
      ++*changed;
      return minus_infinity;
    case ValuePolicies::ZeroDates::kNull:
      break;
  }
  ++*changed;
  *is_null = true;
  return Datum{0};
}

}  // namespace

Datum to_date(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  if (!is_point_in_time(value)) return by_input(cell, value, is_null, changed);
  const CivilTime date = civil_of(value);
  if (!is_calendar_date(date))
    return replace_date(cell, value, is_null, changed, DateADTGetDatum(DATEVAL_NOBEGIN));
  if (microseconds_of_day(date) != 0) does_not_fit(cell, value, ERRCODE_DATETIME_FIELD_OVERFLOW);
  return DateADTGetDatum(postgres_days(date));
}

/// For timestamp and timestamptz alike: both count microseconds since 2000, and the source speaks UTC.
Datum to_timestamp(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  if (!is_point_in_time(value)) return by_input(cell, value, is_null, changed);
  int64_t result;
  if (value.kind() == ValueKind::kTimestamp && value.as_int() != 0) {
    result = value.as_int() - kUnixToPostgresDays * kMicrosecondsPerDay;
  } else {
    const CivilTime time = civil_of(value);
    if (!is_calendar_date(time))
      return replace_date(cell, value, is_null, changed, TimestampGetDatum(DT_NOBEGIN));
    result = postgres_days(time) * kMicrosecondsPerDay + microseconds_of_day(time);
  }
  if (result % cell.fraction_unit != 0) does_not_fit(cell, value, ERRCODE_DATETIME_FIELD_OVERFLOW);
  return TimestampGetDatum(result);
}

Datum to_interval(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  const bool whole_range = cell.typmod < 0 || INTERVAL_RANGE(cell.typmod) == INTERVAL_FULL_RANGE;
  if (value.kind() != ValueKind::kTime || !whole_range) return by_input(cell, value, is_null, changed);
  if (value.as_int() % cell.fraction_unit != 0) does_not_fit(cell, value, ERRCODE_DATETIME_FIELD_OVERFLOW);
  auto* result = static_cast<Interval*>(palloc0(sizeof(Interval)));
  result->time = value.as_int();
  return IntervalPGetDatum(result);
}

Datum to_time(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  if (value.kind() != ValueKind::kTime) return by_input(cell, value, is_null, changed);
  const int64_t time = value.as_int();
  if (time < 0 || time > kMicrosecondsPerDay || time % cell.fraction_unit != 0) {
    does_not_fit(cell, value, ERRCODE_DATETIME_FIELD_OVERFLOW,
                 "The type interval holds every TIME of MySQL.");
  }
  return TimeADTGetDatum(time);
}

}  // namespace mysql_sync::pg
