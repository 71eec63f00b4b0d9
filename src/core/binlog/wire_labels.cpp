#include "core/binlog/wire_labels.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/types/charset.hpp"

namespace mysql_sync::binlog {

namespace {

Status malformed() { return {ErrorCode::kCorrupt, "malformed labels in a table map of the binlog"}; }

Status check_count(const ColumnType& type, uint64_t count) {
  if (count == type.members.size()) return {};
  return {ErrorCode::kConflict, "the binlog has another number of labels than the known schema",
          "The schema has " + std::to_string(type.members.size()) + ", the binlog " + std::to_string(count) +
              "."};
}

/// Labels that any character set spells alike. Of others the catalog, and a statement, may not tell all.
bool is_plain(std::string_view label) {
  return std::all_of(label.begin(), label.end(), [](char c) { return c > 0 && c != '?'; });
}

std::string_view without_spaces(std::string_view label) {
  while (!label.empty() && label.back() == ' ') label.remove_suffix(1);
  return label;
}

Status check_label(std::string_view known, std::string_view label) {
  const bool differs = without_spaces(known) != without_spaces(label);
  if (!differs || !is_plain(known) || !is_plain(label)) return {};
  return {ErrorCode::kConflict, "the binlog has another label than the known schema",
          "The schema has '" + std::string(known) + "', the binlog '" + std::string(label) + "'."};
}

Status take_column(ByteReader& reader, ColumnType* type) {
  const uint64_t count = reader.length_encoded();
  if (reader.failed()) return malformed();
  MYSQL_SYNC_RETURN_IF_ERROR(check_count(*type, count));
  MYSQL_SYNC_ASSIGN_OR_RETURN(const CharsetConverter converter, CharsetConverter::create(type->charset));
  Arena scratch;
  for (std::string& known : type->members) {
    const std::string_view label = converter.to_utf8(reader.length_encoded_bytes(), scratch);
    if (!reader.failed()) MYSQL_SYNC_RETURN_IF_ERROR(check_label(known, label));
    known = label;
  }
  return reader.failed() ? malformed() : Status();
}

Status take_kind(std::string_view labels, TypeKind kind, TableSchema* schema) {
  if (labels.empty()) return {};
  ByteReader reader(labels);
  for (Column& column : schema->columns) {
    if (column.type.kind != kind) continue;
    const Status status = take_column(reader, &column.type);
    if (!status.ok())
      return status.with_context("table " + schema->display_name() + ", column " + column.name);
  }
  return reader.empty() ? Status() : malformed();
}

}  // namespace

Status take_wire_labels(const TableMapEvent& map, TableSchema* schema) {
  MYSQL_SYNC_RETURN_IF_ERROR(take_kind(map.enum_labels, TypeKind::kEnum, schema));
  return take_kind(map.set_labels, TypeKind::kSet, schema);
}

}  // namespace mysql_sync::binlog
