// Dates and times as the binlog holds them, taken apart and checked: every function is false if the bytes
// are no such date or time. Formats: mysql/mysql-server mysys/my_time.cc (TIME2, DATETIME2, TIMESTAMP2);
// MariaDB/server sql/field.cc (the _hires fields of MariaDB 5.3 to 10.0 and of mysql56_temporal_format=OFF).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/types/value.hpp"

namespace mysql_sync::binlog {

/// Bytes of a fraction of 0 to 6 digits in the TIME2 family.
constexpr size_t fraction_size(unsigned digits) { return (digits + 1) / 2; }

/// Microseconds of a fraction that was stored in fraction_size(digits) bytes.
uint32_t fraction_to_microseconds(uint64_t stored, unsigned digits);

/// DATE: day in 5 bits, month in 4, year.
bool unpack_date(uint32_t packed, CivilTime* date);

/// DATETIME before MySQL 5.6: YYYYMMDDhhmmss as a number.
bool unpack_old_datetime(uint64_t digits, CivilTime* time);

/// TIME before MySQL 5.6: hhmmss as a number with a sign.
bool unpack_old_time(int32_t digits, int64_t* microseconds);

/// DATETIME2 without its offset: (year * 13 + month) << 22 | day << 17 | hour << 12 | minute << 6 | second.
bool unpack_datetime(uint64_t packed, uint32_t microsecond, CivilTime* time);

/// TIME2 without sign and offset: hour << 12 | minute << 6 | second.
bool unpack_time(uint64_t packed, uint32_t microsecond, int64_t* microseconds);

/// MariaDB's DATETIME with a fraction, scaled to microseconds.
bool unpack_hires_datetime(uint64_t packed, CivilTime* time);

/// Bytes of MariaDB's own types with a fraction of 1 to 6 digits.
size_t hires_datetime_size(unsigned digits);
size_t hires_time_size(unsigned digits);

/// MariaDB's TIME with a fraction: counted in units of the last digit, from -839 hours on.
bool unpack_hires_time(uint64_t packed, unsigned digits, int64_t* microseconds);

/// 10 to the power of 6 - digits: microseconds in a unit of the last digit of a fraction.
uint32_t microseconds_per_unit(unsigned digits);

}  // namespace mysql_sync::binlog
