#include "core/binlog/wire_charsets.hpp"

#include "core/base/byte_reader.hpp"
#include "core/binlog/wire_type.hpp"

namespace mysql_sync::binlog {

namespace {

Status malformed() { return {ErrorCode::kCorrupt, "malformed character sets in a table map of the binlog"}; }

/// MariaDB counts GEOMETRY among them.
bool has_text_charset(WireType type, bool mariadb) {
  switch (type) {
    case WireType::kString:
    case WireType::kVarString:
    case WireType::kVarchar:
    case WireType::kBlob:
    case WireType::kVarcharCompressed:
    case WireType::kBlobCompressed:
    case WireType::kVector:
      return true;
    case WireType::kGeometry:
      return mariadb;
    default:
      return false;
  }
}

bool has_label_charset(WireType type) { return type == WireType::kEnum || type == WireType::kSet; }

/// The collations of `count` columns.
Result<std::vector<uint64_t>> read_collations(const WireCharsets& charsets, size_t count) {
  ByteReader reader(charsets.bytes);
  std::vector<uint64_t> collations;
  if (charsets.has_default) {
    collations.assign(count, reader.length_encoded());
    while (!reader.empty()) {
      const uint64_t place = reader.length_encoded();
      const uint64_t collation = reader.length_encoded();
      if (reader.failed() || place >= count) return malformed();
      collations[static_cast<size_t>(place)] = collation;
    }
  } else {
    while (!reader.empty() && collations.size() < count) collations.push_back(reader.length_encoded());
  }
  if (reader.failed() || !reader.empty() || collations.size() != count) return malformed();
  return collations;
}

/// Whether values are text in a character set, bytes, or neither.
enum class Content { kText, kBytes, kOther };

Content content_of(TypeKind kind) {
  switch (kind) {
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kText:
    case TypeKind::kEnum:
    case TypeKind::kSet:
      return Content::kText;
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
    case TypeKind::kBlob:
      return Content::kBytes;
    default:
      return Content::kOther;
  }
}

Status other_charset(const ColumnType& type, const std::string& charset) {
  return {ErrorCode::kConflict, "the binlog has another character set than the known schema",
          "The schema says " + type.declared + (type.charset.empty() ? "" : " in " + type.charset) +
              ", the binlog says it is in " + charset + "."};
}

Status check_column(const ColumnType& type, const std::string& charset) {
  const Content content = content_of(type.kind);
  const bool is_binary = charset == "binary";
  if (content == Content::kBytes && !is_binary) return other_charset(type, charset);
  if (content != Content::kText || type.charset.empty()) return {};
  return reads_alike(type.charset, charset) ? Status() : other_charset(type, charset);
}

template <typename IsOfKind>
Status check_kind(const TableMapEvent& map, const WireCharsets& wire, IsOfKind is_of_kind,
                  const TableSchema& schema, const CollationCharsets& charsets) {
  if (wire.bytes.empty()) return {};
  std::vector<size_t> columns;
  for (size_t i = 0; i < map.columns.size(); ++i)
    if (is_of_kind(static_cast<WireType>(map.columns[i].type))) columns.push_back(i);
  MYSQL_SYNC_ASSIGN_OR_RETURN(const std::vector<uint64_t> collations, read_collations(wire, columns.size()));
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto charset = charsets.find(collations[i]);
    if (columns[i] >= schema.columns.size() || charset == charsets.end()) continue;
    const Column& column = schema.columns[columns[i]];
    const Status status = check_column(column.type, charset->second);
    if (!status.ok())
      return status.with_context("table " + schema.display_name() + ", column " + column.name);
  }
  return {};
}

}  // namespace

Status check_wire_charsets(const TableMapEvent& map, const TableSchema& schema,
                           const CollationCharsets& charsets) {
  const auto has_text = [&](WireType type) { return has_text_charset(type, map.mariadb); };
  MYSQL_SYNC_RETURN_IF_ERROR(check_kind(map, map.text_charsets, has_text, schema, charsets));
  return check_kind(map, map.label_charsets, has_label_charset, schema, charsets);
}

}  // namespace mysql_sync::binlog
