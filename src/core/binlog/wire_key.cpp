#include "core/binlog/wire_key.hpp"

#include "core/base/byte_reader.hpp"

namespace mysql_sync::binlog {

namespace {

Result<std::vector<size_t>> read_key(const WireKey& key, size_t columns) {
  ByteReader reader(key.bytes);
  std::vector<size_t> places;
  while (!reader.empty() && places.size() < columns) {
    const uint64_t place = reader.length_encoded();
    if (key.has_prefixes) reader.length_encoded();
    if (place >= columns) reader.fail();
    places.push_back(static_cast<size_t>(place));
  }
  if (reader.failed() || !reader.empty())
    return Status(ErrorCode::kCorrupt, "malformed primary key in a table map of the binlog");
  return places;
}

std::string names(const TableSchema& schema, const std::vector<size_t>& key) {
  std::string list;
  for (const size_t column : key) {
    const bool is_known = column < schema.columns.size();
    list += (list.empty() ? "" : ", ") +
            (is_known ? schema.columns[column].name : "number " + std::to_string(column + 1));
  }
  return list;
}

}  // namespace

Status check_wire_key(const TableMapEvent& map, const TableSchema& schema) {
  const bool is_told = !map.column_names.empty() || map.primary_key;
  if (!is_told || schema.primary_key.empty()) return {};
  MYSQL_SYNC_ASSIGN_OR_RETURN(const std::vector<size_t> key,
                              read_key(map.primary_key.value_or(WireKey()), map.columns.size()));
  if (key == schema.primary_key) return {};
  return {
      ErrorCode::kConflict,
      "table " + schema.display_name() + ": the binlog has another primary key than the known schema",
      "The schema has (" + names(schema, schema.primary_key) + "), the binlog (" + names(schema, key) + ")."};
}

}  // namespace mysql_sync::binlog
