#include "core/binlog/wire_type.hpp"

namespace mysql_sync::binlog {

size_t wire_metadata_size(WireType type) {
  switch (type) {
    case WireType::kFloat: case WireType::kDouble: case WireType::kTimestamp2: case WireType::kDatetime2:
    case WireType::kTime2: case WireType::kBlobCompressed: case WireType::kVector: case WireType::kJson:
    case WireType::kTinyBlob: case WireType::kMediumBlob: case WireType::kLongBlob: case WireType::kBlob:
    case WireType::kGeometry:
      return 1;
    case WireType::kVarchar: case WireType::kBit: case WireType::kVarcharCompressed:
    case WireType::kDecimal: case WireType::kEnum: case WireType::kSet: case WireType::kVarString:
    case WireType::kString:
      return 2;
    default: return 0;
  }
}

bool has_signedness(WireType type) {
  switch (type) {
    case WireType::kTiny: case WireType::kShort: case WireType::kInt24: case WireType::kLong:
    case WireType::kLonglong: case WireType::kDecimal: case WireType::kFloat: case WireType::kDouble:
    case WireType::kYear: case WireType::kOldDecimal:
      return true;
    default: return false;
  }
}

const char* wire_type_name(WireType type) {
  switch (type) {
    case WireType::kOldDecimal: return "DECIMAL (before MySQL 5.0)";
    case WireType::kTiny: return "TINY";
    case WireType::kShort: return "SHORT";
    case WireType::kLong: return "LONG";
    case WireType::kFloat: return "FLOAT";
    case WireType::kDouble: return "DOUBLE";
    case WireType::kNull: return "NULL";
    case WireType::kTimestamp: return "TIMESTAMP";
    case WireType::kLonglong: return "LONGLONG";
    case WireType::kInt24: return "INT24";
    case WireType::kDate: return "DATE";
    case WireType::kTime: return "TIME";
    case WireType::kDatetime: return "DATETIME";
    case WireType::kYear: return "YEAR";
    case WireType::kNewdate: return "NEWDATE";
    case WireType::kVarchar: return "VARCHAR";
    case WireType::kBit: return "BIT";
    case WireType::kTimestamp2: return "TIMESTAMP2";
    case WireType::kDatetime2: return "DATETIME2";
    case WireType::kTime2: return "TIME2";
    case WireType::kTypedArray: return "TYPED_ARRAY";
    case WireType::kBlobCompressed: return "BLOB COMPRESSED";
    case WireType::kVarcharCompressed: return "VARCHAR COMPRESSED";
    case WireType::kVector: return "VECTOR";
    case WireType::kJson: return "JSON";
    case WireType::kDecimal: return "NEWDECIMAL";
    case WireType::kEnum: return "ENUM";
    case WireType::kSet: return "SET";
    case WireType::kTinyBlob: return "TINY_BLOB";
    case WireType::kMediumBlob: return "MEDIUM_BLOB";
    case WireType::kLongBlob: return "LONG_BLOB";
    case WireType::kBlob: return "BLOB";
    case WireType::kVarString: return "VAR_STRING";
    case WireType::kString: return "STRING";
    case WireType::kGeometry: return "GEOMETRY";
  }
  return "an unknown type";
}

}  // namespace mysql_sync::binlog
