#include "core/binlog/wire_type.hpp"

#include <array>

namespace mysql_sync::binlog {

namespace {

struct WireTypeFacts {
  WireType type;
  const char* name;
  uint8_t metadata_size;
  bool has_signedness;
};

constexpr WireTypeFacts kFacts[] = {
    {WireType::kOldDecimal, "DECIMAL (before MySQL 5.0)", 0, true},
    {WireType::kTiny, "TINY", 0, true},
    {WireType::kShort, "SHORT", 0, true},
    {WireType::kLong, "LONG", 0, true},
    {WireType::kFloat, "FLOAT", 1, true},
    {WireType::kDouble, "DOUBLE", 1, true},
    {WireType::kNull, "NULL", 0, false},
    {WireType::kTimestamp, "TIMESTAMP", 0, false},
    {WireType::kLonglong, "LONGLONG", 0, true},
    {WireType::kInt24, "INT24", 0, true},
    {WireType::kDate, "DATE", 0, false},
    {WireType::kTime, "TIME", 0, false},
    {WireType::kDatetime, "DATETIME", 0, false},
    {WireType::kYear, "YEAR", 0, true},
    {WireType::kNewdate, "NEWDATE", 0, false},
    {WireType::kVarchar, "VARCHAR", 2, false},
    {WireType::kBit, "BIT", 2, false},
    {WireType::kTimestamp2, "TIMESTAMP2", 1, false},
    {WireType::kDatetime2, "DATETIME2", 1, false},
    {WireType::kTime2, "TIME2", 1, false},
    {WireType::kTypedArray, "TYPED_ARRAY", 1, false},
    {WireType::kBlobCompressed, "BLOB COMPRESSED", 1, false},
    {WireType::kVarcharCompressed, "VARCHAR COMPRESSED", 2, false},
    {WireType::kVector, "VECTOR", 1, false},
    {WireType::kJson, "JSON", 1, false},
    {WireType::kDecimal, "NEWDECIMAL", 2, true},
    {WireType::kEnum, "ENUM", 2, false},
    {WireType::kSet, "SET", 2, false},
    {WireType::kTinyBlob, "TINY_BLOB", 1, false},
    {WireType::kMediumBlob, "MEDIUM_BLOB", 1, false},
    {WireType::kLongBlob, "LONG_BLOB", 1, false},
    {WireType::kBlob, "BLOB", 1, false},
    {WireType::kVarString, "VAR_STRING", 2, false},
    {WireType::kString, "STRING", 2, false},
    {WireType::kGeometry, "GEOMETRY", 1, false},
};
constexpr WireTypeFacts kUnknown = {WireType::kNull, "an unknown type", 0, false};

constexpr std::array<const WireTypeFacts*, 256> facts_by_code() {
  std::array<const WireTypeFacts*, 256> all{};
  for (size_t code = 0; code < all.size(); ++code) all[code] = &kUnknown;
  for (const WireTypeFacts& facts : kFacts) all[static_cast<uint8_t>(facts.type)] = &facts;
  return all;
}

constexpr std::array<const WireTypeFacts*, 256> kByCode = facts_by_code();

const WireTypeFacts& facts_of(WireType type) { return *kByCode[static_cast<uint8_t>(type)]; }

}  // namespace

bool is_known_wire_type(uint8_t code) { return kByCode[code] != &kUnknown; }
size_t wire_metadata_size(WireType type) { return facts_of(type).metadata_size; }
bool has_signedness(WireType type) { return facts_of(type).has_signedness; }
const char* wire_type_name(WireType type) { return facts_of(type).name; }

}  // namespace mysql_sync::binlog
