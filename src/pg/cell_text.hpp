// MySQL's text of a value, as its command line client would print it: the way from a Value to a target type
// that has no conversion of its own. Plain C++ on the caller's buffer: nothing here calls the backend.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/types/value.hpp"

namespace mysql_sync::pg {

/// Room for the text of every value that does not carry its own bytes.
struct CellTextBuffer {
  static constexpr size_t kSize = 64;
  char bytes[kSize];
};

/// The text of `value` (not null): its own bytes where it has them, else written to `buffer`.
/// `fraction` is the number of digits that a time shows after the second. TIMESTAMP is shown in UTC.
std::string_view cell_text(const Value& value, uint8_t fraction, CellTextBuffer* buffer);

/// The calendar's date and time at `microseconds` since 1970-01-01 00:00:00 UTC.
CivilTime civil_from_unix(int64_t microseconds);

/// Days since 1970-01-01 of a date of the Gregorian calendar, also before it was introduced and in year 0.
int32_t days_from_civil(int32_t year, int32_t month, int32_t day);

/// True if the calendar has that day: neither a zero date nor 2020-02-30.
bool is_calendar_date(const CivilTime& time);

}  // namespace mysql_sync::pg
