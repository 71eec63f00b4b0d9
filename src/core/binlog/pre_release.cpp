#include "core/binlog/pre_release.hpp"

#include <algorithm>
#include <iterator>

#include "core/binlog/wire_type.hpp"

namespace mysql_sync::binlog {

namespace {

/// Bytes that a character has at most, in the character sets that MySQL 5.1 knew.
size_t max_character_bytes(std::string_view charset) {
  struct Width {
    std::string_view charset;
    size_t bytes;
  };
  static constexpr Width kWidths[] = {{"utf8", 3},   {"utf8mb3", 3}, {"ujis", 3}, {"eucjpms", 3},
                                      {"ucs2", 2},   {"gbk", 2},     {"sjis", 2}, {"cp932", 2},
                                      {"gb2312", 2}, {"big5", 2},    {"euckr", 2}};
  for (const Width& width : kWidths) {
    if (width.charset == charset) return width.bytes;
  }
  return 1;
}

uint16_t string_bytes(const ColumnType& type) {
  const size_t bytes = static_cast<size_t>(type.length) * max_character_bytes(type.charset);
  return static_cast<uint16_t>(std::min<size_t>(bytes, UINT16_MAX));
}

/// Bytes of the length before the content.
uint16_t length_bytes(const ColumnType& type) {
  if (type.kind == TypeKind::kGeometry || type.length > 0xffffff) return 4;
  return type.length > 0xffff ? 3 : type.length > 0xff ? 2 : 1;
}

uint16_t set_bytes(const ColumnType& type) {
  const size_t bytes = (type.members.size() + 7) / 8;
  return static_cast<uint16_t>(bytes > 4 ? 8 : bytes);
}

/// The wire type of STRING columns is that of CHAR, ENUM and SET alike.
void complete_column(const ColumnType& type, WireColumn* column) {
  const auto wire = static_cast<WireType>(column->type);
  switch (type.kind) {
    case TypeKind::kEnum:
      if (wire == WireType::kString) column->type = static_cast<uint8_t>(WireType::kEnum);
      column->metadata = type.members.size() > 255 ? 2 : 1;
      break;
    case TypeKind::kSet:
      if (wire == WireType::kString) column->type = static_cast<uint8_t>(WireType::kSet);
      column->metadata = set_bytes(type);
      break;
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kVarbinary:
      column->metadata = string_bytes(type);
      break;
    case TypeKind::kText:
    case TypeKind::kBlob:
    case TypeKind::kGeometry:
      column->metadata = length_bytes(type);
      break;
    case TypeKind::kDecimal:
      column->metadata = static_cast<uint16_t>(type.precision << 8 | type.scale);
      break;
    case TypeKind::kBit:
      column->metadata = static_cast<uint16_t>(type.length);
      break;
    default:
      break;
  }
}

/// Records with such a column have no fixed size.
bool makes_record_vary(const Column& column) {
  switch (column.type.kind) {
    case TypeKind::kVarchar:
    case TypeKind::kVarbinary:
    case TypeKind::kText:
    case TypeKind::kBlob:
    case TypeKind::kGeometry:
      return true;
    default:
      return false;
  }
}

bool is_set(std::string_view bits, size_t bit) {
  return (static_cast<uint8_t>(bits[bit / 8]) >> bit % 8 & 1) != 0;
}

}  // namespace

bool has_pre_release_codes(std::string_view server_version) {
  return server_version.find("-a_drop5p") != std::string_view::npos ||
         server_version.find("-a_drop6p") != std::string_view::npos || server_version == "5.1.1-alpha";
}

uint8_t from_pre_release_code(uint8_t code) {
  static constexpr EventType kFrom16[] = {
      EventType::kTableMap, EventType::kWriteRowsV0,    EventType::kUpdateRowsV0,    EventType::kDeleteRowsV0,
      EventType::kXid,      EventType::kBeginLoadQuery, EventType::kExecuteLoadQuery};
  constexpr uint8_t kFirst = 16;
  const bool renumbered = code >= kFirst && code < kFirst + std::size(kFrom16);
  return renumbered ? static_cast<uint8_t>(kFrom16[code - kFirst]) : code;
}

Result<std::vector<WireColumn>> complete_columns(const TableMapEvent& map, const TableSchema& schema) {
  std::vector<WireColumn> columns = map.columns;
  for (size_t i = 0; i < columns.size() && i < schema.columns.size(); ++i) {
    const ColumnType& type = schema.columns[i].type;
    const bool odd_bits = type.kind == TypeKind::kBit && type.length % 8 != 0;
    if (odd_bits || type.kind == TypeKind::kBinary) {
      return Status(ErrorCode::kUnsupported,
                    "column " + schema.columns[i].name + " (" + type.declared +
                        ") cannot be read from row events of releases before MySQL 5.1.18");
    }
    complete_column(type, &columns[i]);
    columns[i].nullable = schema.columns[i].nullable;
  }
  return columns;
}

RecordNullBits::RecordNullBits(const TableSchema& schema) {
  marks_deleted_ = std::none_of(schema.columns.begin(), schema.columns.end(), makes_record_vary);
  used_ = marks_deleted_ ? 1 : 0;
  for (const Column& column : schema.columns) positions_.push_back(column.nullable ? used_++ : kNotNullable);
}

bool RecordNullBits::is_null(std::string_view bits, size_t column) const {
  return positions_[column] != kNotNullable && is_set(bits, positions_[column]);
}

bool RecordNullBits::fits(std::string_view bits) const {
  if (marks_deleted_ && !is_set(bits, 0)) return false;
  for (size_t bit = used_; bit < size() * 8; ++bit) {
    if (!is_set(bits, bit)) return false;
  }
  return true;
}

}  // namespace mysql_sync::binlog
