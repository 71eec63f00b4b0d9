// A table as the decoders know it, made column by column.
#pragma once

#include <cstdint>
#include <string>

#include "core/binlog/event.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::binlog {

/// The lowest bytes of a number, lowest first; zeros beyond eight.
inline std::string le(uint64_t number, size_t width) {
  std::string bytes;
  for (size_t i = 0; i < width; ++i) bytes += static_cast<char>(i < 8 ? number >> 8 * i : 0);
  return bytes;
}

struct BenchTable {
  TableMapEvent map;
  TableSchema schema;

  /// `wire` and `metadata`: as a table map has them.
  void add(const char* declared, uint8_t wire, uint16_t metadata) {
    Column column;
    column.name = "c" + std::to_string(schema.columns.size());
    column.type = *parse_column_type(declared, "utf8mb4");
    schema.columns.push_back(column);
    map.columns.push_back({wire, metadata, true});
  }
};

}  // namespace mysql_sync::binlog
