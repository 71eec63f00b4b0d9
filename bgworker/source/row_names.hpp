// Names for rows of mapped tables, equal where table and key are.
#pragma once

#include <string>

#include "bgworker/catalog/table_mapping.hpp"
#include "core/batch/key_index.hpp"

namespace mysql_sync {

/// Not thread-safe.
class RowNames {
 public:
  /// By the bytes of the key: 'A' and 'a' are two rows.
  std::string of(const MappedTable& table, RowView row) {
    const EncodedKey key = encoder_.encode(row, table.schema.primary_key);
    std::string name = std::to_string(table.number) + ":" + std::to_string(static_cast<int>(key.kind)) + ":";
    if (key.bytes.data() != nullptr) return name.append(key.bytes);
    return name + std::to_string(key.fixed);
  }

 private:
  KeyEncoder encoder_;
};

}  // namespace mysql_sync
