#include "core/binlog/json_diff.hpp"

#include "core/base/byte_reader.hpp"
#include "core/binlog/json_binary.hpp"
#include "core/binlog/json_document.hpp"

namespace mysql_sync::binlog {

namespace {

enum Operation : uint8_t { kReplace = 0, kInsert = 1, kRemove = 2 };

/// One diff: the operation, the path with its length before it, and, unless it removes, the value in MySQL's
/// binary JSON, likewise.
Status apply_one(ByteReader& reader, JsonDocument& document) {
  const uint8_t operation = reader.u8();
  const std::string_view path_text = reader.length_encoded_bytes();
  const std::string_view binary = operation == kRemove ? std::string_view() : reader.length_encoded_bytes();
  if (reader.failed() || operation > kRemove) {
    return {ErrorCode::kCorrupt, "malformed partial JSON update in the binlog"};
  }
  MYSQL_SYNC_ASSIGN_OR_RETURN(const JsonPath path, parse_json_path(path_text));
  if (operation == kRemove) return document.remove(path);
  std::string value;
  MYSQL_SYNC_RETURN_IF_ERROR(append_json_text(binary, &value));
  return operation == kReplace ? document.replace(path, std::move(value))
                               : document.insert(path, std::move(value));
}

}  // namespace

Status apply_json_diffs(std::string_view diffs, std::string_view before, std::string* after) {
  JsonDocument document(before);
  ByteReader reader(diffs);
  while (!reader.empty()) MYSQL_SYNC_RETURN_IF_ERROR(apply_one(reader, document));
  document.append_text(after);
  return {};
}

}  // namespace mysql_sync::binlog
