// For tests: the events of a binlog file, and rows as text.
#pragma once

#include <gtest/gtest.h>

#include <cstdarg>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/byte_reader.hpp"
#include "core/binlog/event_decoder.hpp"
#include "core/binlog/payload.hpp"
#include "core/binlog/row_decoder.hpp"

namespace mysql_sync::binlog {

inline std::string read_test_file(const std::string& name) {
  std::ifstream file(std::string(MYSQL_SYNC_TEST_DATA) + "/" + name, std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

/// The events of a whole binlog file, magic number taken off, by the sizes in their headers.
inline std::vector<std::string_view> split_binlog(std::string_view file) {
  std::vector<std::string_view> events;
  EXPECT_EQ(file.substr(0, 4),
            "\xfe"
            "bin");
  file.remove_prefix(4);
  while (file.size() >= 19) {
    const size_t size = ByteReader(file.substr(9)).u32();
    EXPECT_LE(size, file.size());
    if (size < 19 || size > file.size()) break;
    events.push_back(file.substr(0, size));
    file.remove_prefix(size);
  }
  return events;
}

/// All events of a binlog, those inside transaction payloads after the payload. Owns the bytes.
class DecodedBinlog {
 public:
  explicit DecodedBinlog(const std::string& name) : bytes_(read_test_file(name)) {
    for (const std::string_view packet : split_binlog(bytes_)) add(decoder_.decode(packet));
  }
  DecodedBinlog(const DecodedBinlog&) = delete;
  DecodedBinlog& operator=(const DecodedBinlog&) = delete;

  const std::vector<Event>& events() const { return events_; }

  template <typename Body>
  std::vector<const Body*> all() const {
    std::vector<const Body*> found;
    for (const Event& event : events_) {
      if (const auto* body = std::get_if<Body>(&event.body)) found.push_back(body);
    }
    return found;
  }

 private:
  void add(Result<Event> event) {
    ASSERT_TRUE(event.ok()) << event.status().message() << ": " << event.status().detail();
    events_.push_back(*std::move(event));
    const auto* payload = std::get_if<TransactionPayloadEvent>(&events_.back().body);
    if (payload != nullptr) add_payload(*payload);
  }

  void add_payload(TransactionPayloadEvent payload) {
    auto reader = PayloadReader::create(payload);
    ASSERT_TRUE(reader.ok());
    for (;;) {
      std::string_view event;
      const auto more = reader->next(&event);
      ASSERT_TRUE(more.ok()) << more.status().message();
      if (!*more) return;
      embedded_.push_back(std::make_unique<std::string>(event));
      add(decoder_.decode_embedded(*embedded_.back()));
    }
  }

  std::string bytes_;
  std::vector<std::unique_ptr<std::string>> embedded_;
  EventDecoder decoder_;
  std::vector<Event> events_;
};

struct ColumnSpec {
  std::string name, declared, charset;
};

inline TableSchema make_schema(const std::string& database, const std::string& table,
                               const std::vector<ColumnSpec>& columns) {
  TableSchema schema;
  schema.database = database;
  schema.table = table;
  for (const ColumnSpec& spec : columns) {
    auto type = parse_column_type(spec.declared, spec.charset);
    EXPECT_TRUE(type.ok()) << spec.declared;
    Column column;
    column.name = spec.name;
    if (type.ok()) column.type = *type;
    schema.columns.push_back(column);
  }
  return schema;
}

inline std::string format(const char* pattern, ...) __attribute__((format(printf, 1, 2)));
inline std::string format(const char* pattern, ...) {
  char buffer[128];
  va_list arguments;
  va_start(arguments, pattern);
  std::vsnprintf(buffer, sizeof buffer, pattern, arguments);
  va_end(arguments);
  return buffer;
}

inline std::string hex(std::string_view bytes) {
  std::string text = "x";
  for (const char c : bytes) text += format("%02x", static_cast<unsigned char>(c));
  return text;
}

inline std::string civil_text(const CivilTime& t, bool with_time) {
  const std::string date = format("%04d-%02d-%02d", t.year, t.month, t.day);
  return with_time ? date + format(" %02d:%02d:%02d.%06u", t.hour, t.minute, t.second, t.microsecond) : date;
}

inline std::string value_text(const Value& v) {
  switch (v.kind()) {
    case ValueKind::kNull:
      return "NULL";
    case ValueKind::kInt:
      return std::to_string(v.as_int());
    case ValueKind::kUint:
      return std::to_string(v.as_uint());
    case ValueKind::kFloat:
      return format("%.9g", static_cast<double>(v.as_float()));
    case ValueKind::kDouble:
      return format("%.17g", v.as_double());
    case ValueKind::kDate:
      return civil_text(v.as_civil(), false);
    case ValueKind::kDatetime:
      return civil_text(v.as_civil(), true);
    case ValueKind::kTimestamp:
      return "@" + std::to_string(v.as_int());
    case ValueKind::kTime:
      return std::to_string(v.as_int()) + "us";
    case ValueKind::kDecimal:
      return std::string(v.as_bytes());
    case ValueKind::kText:
      return "'" + std::string(v.as_bytes()) + "'";
    case ValueKind::kBytes:
      return hex(v.as_bytes());
    case ValueKind::kAbsent:
      return "-";
    case ValueKind::kJsonDiff:
      return "diff " + hex(v.as_bytes());
    case ValueKind::kTargetText:
      return "target '" + std::string(v.as_bytes()) + "'";
  }
  return "?";
}

inline std::string row_text(const RowView& row) {
  std::string text;
  for (size_t i = 0; i < row.size; ++i) text += (i == 0 ? "" : "|") + value_text(row[i]);
  return text;
}

inline std::string change_text(const RowChange& change) {
  switch (change.kind) {
    case RowsEvent::Kind::kInsert:
      return "+ " + row_text(change.after);
    case RowsEvent::Kind::kDelete:
      return "- " + row_text(change.before);
    case RowsEvent::Kind::kUpdate:
      return "< " + row_text(change.before) + "\n> " + row_text(change.after);
  }
  return "?";
}

/// Collations of the servers that wrote the golden files.
inline const CollationCharsets& golden_charsets() {
  static const CollationCharsets kCharsets = {{8, "latin1"},    {33, "utf8mb3"},  {45, "utf8mb4"},
                                              {46, "utf8mb4"},  {63, "binary"},   {83, "utf8mb3"},
                                              {224, "utf8mb4"}, {255, "utf8mb4"}, {309, "utf8mb4"}};
  return kCharsets;
}

/// The changes of the rows of one table, one line an image; a failure is a line of its own.
inline std::string table_changes(const DecodedBinlog& binlog, const TableSchema& schema) {
  std::string text;
  const TableMapEvent* map = nullptr;
  for (const Event& event : binlog.events()) {
    if (const auto* table = std::get_if<TableMapEvent>(&event.body)) map = table;
    const auto* rows = std::get_if<RowsEvent>(&event.body);
    if (rows == nullptr || map == nullptr || map->table != schema.table || rows->table_id != map->table_id ||
        map->columns.size() != schema.columns.size()) {
      continue;
    }
    auto decoder = RowDecoder::create(*map, schema, golden_charsets());
    Status status = decoder.ok() ? decoder->start(*rows) : decoder.status();
    RowChange change;
    while (status.ok()) {
      const auto more = decoder->next(&change);
      status = more.status();
      if (!more.ok() || !*more) break;
      text += change_text(change) + "\n";
    }
    if (!status.ok()) text += "! " + status.message() + " " + status.detail() + "\n";
  }
  return text;
}

}  // namespace mysql_sync::binlog
