#include "core/types/type_map.hpp"

#include <cstddef>
#include <iterator>

#include "core/types/charset.hpp"
#include "core/types/text_cell.hpp"

namespace mysql_sync {

namespace {

using namespace text_cell;  // NOLINT(google-build-using-namespace): the table below names every decoder

std::string with_number(const char* name, uint64_t number) {
  return std::string(name) + "(" + std::to_string(number) + ")";
}

/// PostgreSQL has no char(0) and varchar(0), MySQL has both.
std::string string_target(const char* name, const ColumnType& type) {
  return type.length == 0 ? "text" : with_number(name, type.length);
}

std::string tinyint_target(const ColumnType&) { return "smallint"; }
std::string smallint_target(const ColumnType& type) { return type.is_unsigned ? "integer" : "smallint"; }
std::string mediumint_target(const ColumnType&) { return "integer"; }
std::string int_target(const ColumnType& type) { return type.is_unsigned ? "bigint" : "integer"; }
std::string bigint_target(const ColumnType& type) { return type.is_unsigned ? "numeric(20)" : "bigint"; }
std::string decimal_target(const ColumnType& type) {
  return "numeric(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
}
std::string float_target(const ColumnType&) { return "real"; }
std::string double_target(const ColumnType&) { return "double precision"; }
std::string bit_target(const ColumnType& type) { return with_number("bit", type.length); }
std::string date_target(const ColumnType&) { return "date"; }
std::string time_target(const ColumnType&) { return "interval"; }
std::string datetime_target(const ColumnType& type) { return with_number("timestamp", type.fraction); }
std::string timestamp_target(const ColumnType& type) { return with_number("timestamptz", type.fraction); }
std::string char_target(const ColumnType& type) { return string_target("char", type); }
std::string varchar_target(const ColumnType& type) { return string_target("varchar", type); }
std::string text_target(const ColumnType&) { return "text"; }
std::string bytes_target(const ColumnType&) { return "bytea"; }
std::string json_target(const ColumnType&) { return "json"; }
std::string uuid_target(const ColumnType&) { return "uuid"; }
std::string inet_target(const ColumnType&) { return "inet"; }
std::string vector_target(const ColumnType&) { return "real[]"; }

constexpr uint64_t kBytesOfCharacter = 4;
uint64_t few_bytes(const ColumnType&) { return 255; }  // labels of an ENUM; numbers and times are far below
uint64_t characters(const ColumnType& type) { return type.length * kBytesOfCharacter; }
uint64_t bytes(const ColumnType& type) { return type.length; }
uint64_t unbounded(const ColumnType&) { return kUnboundedBytes; }

/// All that is decided by the kind of a type.
struct Row {
  TypeKind kind;
  ValueKind value;                           ///< of signed types
  ValueKind unsigned_value;                  ///< of unsigned ones
  std::string (*target)(const ColumnType&);  ///< nullptr: not carried
  TextDecoder decode;
  const char* read_suffix = "";  ///< appended to the column in the load's SELECT
  bool needs_charset = false;    ///< its bytes in the binlog are in the column's character set
  uint64_t (*max_bytes)(const ColumnType&) = few_bytes;
};

using K = TypeKind;
using V = ValueKind;

constexpr Row kRows[] = {
    {K::kTinyint, V::kInt, V::kUint, tinyint_target, decode_tinyint},
    {K::kSmallint, V::kInt, V::kUint, smallint_target, decode_smallint},
    {K::kMediumint, V::kInt, V::kUint, mediumint_target, decode_mediumint},
    {K::kInt, V::kInt, V::kUint, int_target, decode_int},
    {K::kBigint, V::kInt, V::kUint, bigint_target, decode_bigint},
    {K::kDecimal, V::kDecimal, V::kDecimal, decimal_target, decode_decimal},
    {K::kFloat, V::kFloat, V::kFloat, float_target, decode_float, "*1e0"},
    {K::kDouble, V::kDouble, V::kDouble, double_target, decode_double, "*1e0"},
    {K::kBit, V::kUint, V::kUint, bit_target, decode_bit, "+0"},
    {K::kDate, V::kDate, V::kDate, date_target, decode_date},
    {K::kTime, V::kTime, V::kTime, time_target, decode_time},
    {K::kDatetime, V::kDatetime, V::kDatetime, datetime_target, decode_datetime},
    {K::kTimestamp, V::kTimestamp, V::kTimestamp, timestamp_target, decode_timestamp},
    {K::kYear, V::kInt, V::kInt, tinyint_target, decode_year},
    {K::kChar, V::kText, V::kText, char_target, decode_text, "", true, characters},
    {K::kVarchar, V::kText, V::kText, varchar_target, decode_text, "", true, characters},
    {K::kText, V::kText, V::kText, text_target, decode_text, "", true, unbounded},
    {K::kBinary, V::kBytes, V::kBytes, bytes_target, decode_bytes, "", false, bytes},
    {K::kVarbinary, V::kBytes, V::kBytes, bytes_target, decode_bytes, "", false, bytes},
    {K::kBlob, V::kBytes, V::kBytes, bytes_target, decode_bytes, "", false, unbounded},
    {K::kEnum, V::kText, V::kText, text_target, decode_text},
    {K::kSet, V::kText, V::kText, text_target, decode_text, "", false, unbounded},
    {K::kJson, V::kText, V::kText, json_target, decode_text, "", false, unbounded},
    {K::kGeometry, V::kBytes, V::kBytes, bytes_target, decode_bytes, "", false, unbounded},
    {K::kUuid, V::kText, V::kText, uuid_target, decode_uuid},
    {K::kInet4, V::kText, V::kText, inet_target, decode_inet},
    {K::kInet6, V::kText, V::kText, inet_target, decode_inet},
    {K::kVector, V::kBytes, V::kBytes, vector_target, decode_vector, "", false, unbounded},
    {K::kUnknown, V::kNull, V::kNull, nullptr, decode_not_carried, "", false, unbounded},
};

constexpr bool rows_follow_the_enum() {
  for (size_t i = 0; i < std::size(kRows); ++i) {
    if (static_cast<size_t>(kRows[i].kind) != i) return false;
  }
  return std::size(kRows) == static_cast<size_t>(K::kUnknown) + 1;
}
static_assert(rows_follow_the_enum(), "one row a kind, in the order of TypeKind: row_of() indexes");

const Row& row_of(TypeKind kind) { return kRows[static_cast<size_t>(kind)]; }

TypeMapping not_carried(std::string reason) {
  TypeMapping mapping;
  mapping.reason = std::move(reason);
  return mapping;
}

}  // namespace

TypeMapping map_type(const ColumnType& type) {
  const Row& row = row_of(type.kind);
  if (row.target == nullptr) return not_carried("type " + type.declared + " is not carried");
  if (row.needs_charset && !charset_is_known(type.charset)) {
    return not_carried("character set " + type.charset + " is not supported");
  }
  TypeMapping mapping;
  mapping.value = type.is_unsigned ? row.unsigned_value : row.value;
  mapping.target = row.target(type);
  mapping.carried = true;
  return mapping;
}

uint64_t max_target_bytes(const ColumnType& type) { return row_of(type.kind).max_bytes(type); }

std::string select_expression(const ColumnType& type, const std::string& quoted_column, bool mariadb) {
  const Row& row = row_of(type.kind);
  std::string expression = quoted_column + row.read_suffix;
  if (!mariadb || (row.value != V::kFloat && row.value != V::kDouble)) return expression;
  return "IF(" + expression + "=0 AND ATAN2(" + quoted_column + ",-1)<0,'-0'," + expression + ")";
}

TextDecoder text_decoder(TypeKind kind) { return row_of(kind).decode; }

Status decode_text_cell(const ColumnType& type, std::string_view cell, Arena& scratch, Value& value) {
  return row_of(type.kind).decode(type, cell, scratch, value);
}

}  // namespace mysql_sync
