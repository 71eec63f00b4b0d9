// The column types as a table map names them (MYSQL_TYPE_* of mysql/mysql-server include/field_types.h,
// MariaDB/server include/mysql_com.h).
#pragma once

#include <cstddef>
#include <cstdint>

namespace mysql_sync::binlog {

enum class WireType : uint8_t {
  kOldDecimal = 0,
  kTiny = 1,
  kShort = 2,
  kLong = 3,
  kFloat = 4,
  kDouble = 5,
  kNull = 6,
  kTimestamp = 7,
  kLonglong = 8,
  kInt24 = 9,
  kDate = 10,
  kTime = 11,
  kDatetime = 12,
  kYear = 13,
  kNewdate = 14,
  kVarchar = 15,
  kBit = 16,
  kTimestamp2 = 17,
  kDatetime2 = 18,
  kTime2 = 19,
  kTypedArray = 20,
  kBlobCompressed = 140,
  kVarcharCompressed = 141,
  kVector = 242,
  kJson = 245,
  kDecimal = 246,
  kEnum = 247,
  kSet = 248,
  kTinyBlob = 249,
  kMediumBlob = 250,
  kLongBlob = 251,
  kBlob = 252,
  kVarString = 253,
  kString = 254,
  kGeometry = 255
};

/// False for codes that no server is known to send.
bool is_known_wire_type(uint8_t code);

/// Bytes of metadata that a table map has for a column of the type; none for types without. That of
/// kTypedArray begins with the type of its elements, the rest depends on that.
size_t wire_metadata_size(WireType type);

/// True for the types whose signedness a table map tells.
bool has_signedness(WireType type);

/// MySQL's name of the type ("LONGLONG"), for messages.
const char* wire_type_name(WireType type);

}  // namespace mysql_sync::binlog
