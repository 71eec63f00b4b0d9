// RowDecoder. Input: number of a schema, length of a table map's body in two bytes, that body, kind of a rows
// event (0 to 2: version 2; 3: a partial update; 4 to 6: of before MySQL 5.1.18), its body after its table id
// and flags (and, in version 2, without extra data).
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "core/base/byte_reader.hpp"
#include "core/binlog/event_decoder.hpp"
#include "core/binlog/row_decoder.hpp"
#include "core/binlog/wire_key.hpp"
#include "core/binlog/wire_labels.hpp"

namespace {

using namespace mysql_sync;          // NOLINT(google-build-using-namespace)
using namespace mysql_sync::binlog;  // NOLINT(google-build-using-namespace)

constexpr size_t kMaxRows = 1000;

// The tables of tests/data/binlog/*.sql, and one of the types of MySQL 5.5.
const std::vector<std::vector<const char*>> kTables = {
    {"int unsigned",  "year",
     "tinyint",       "tinyint unsigned",
     "smallint",      "smallint unsigned",
     "mediumint",     "mediumint unsigned",
     "int",           "int unsigned",
     "bigint",        "bigint unsigned",
     "decimal(10,2)", "decimal(65,30)",
     "decimal(5,0)",  "decimal(9,9)",
     "float",         "double",
     "bit(1)",        "bit(13)",
     "bit(64)"},
    {"int", "date", "time", "time(1)", "time(3)", "time(6)", "datetime", "datetime(2)", "datetime(4)",
     "datetime(6)", "timestamp", "timestamp(1)", "timestamp(3)", "timestamp(6)"},
    {"int",
     "char(10)",
     "char(255)",
     "varchar(20)",
     "varchar(300)",
     "varchar(20)",
     "tinytext",
     "text",
     "mediumtext",
     "longtext",
     "binary(8)",
     "varbinary(20)",
     "tinyblob",
     "blob",
     "mediumblob",
     "longblob",
     "enum('a','b','c')",
     "set('x','y','z')",
     "set('1','2','3','4','5','6','7','8','9')",
     "geometry"},
    {"int", "uuid", "inet4", "inet6", "varchar(1000)", "blob", "text", "longtext"},
    {"int", "json", "vector(3)"}};

std::vector<TableSchema> make_schemas() {
  std::vector<TableSchema> schemas;
  for (const auto& types : kTables) {
    TableSchema schema;
    for (const char* declared : types) {
      Column column;
      column.name = "c" + std::to_string(schema.columns.size());
      auto type = parse_column_type(declared, "utf8mb4");
      if (!type.ok()) std::abort();
      column.type = *type;
      schema.columns.push_back(column);
    }
    schemas.push_back(schema);
  }
  return schemas;
}

std::string packet_of(uint8_t type, std::string_view body) {
  std::string packet(19, '\0');
  packet[4] = static_cast<char>(type);
  const auto size = static_cast<uint32_t>(19 + body.size());
  packet.replace(9, 4, reinterpret_cast<const char*>(&size), 4);
  return packet.append(body);
}

/// The metadata, which is then left out: most of what a fuzzer makes of it does not fit the schema.
void read_metadata(TableMapEvent& map, const TableSchema& schema) {
  static const CollationCharsets kCharsets = {{8, "latin1"}, {45, "utf8mb4"}, {63, "binary"}};
  TableSchema labelled = schema;
  static volatile bool sink = false;
  sink = sink ^ take_wire_labels(map, &labelled).ok();
  sink = sink ^ check_wire_charsets(map, schema, kCharsets).ok();
  map.mariadb = true;
  sink = sink ^ check_wire_charsets(map, schema, kCharsets).ok();
  sink = sink ^ check_wire_key(map, schema).ok();
  map.column_names.clear();
  map.is_unsigned.clear();
  map.enum_labels.clear();
  map.set_labels.clear();
  map.text_charsets = map.label_charsets = WireCharsets();
  map.primary_key.reset();
}

/// Reads every byte a value points to, for the sanitizer to see.
void touch(const RowView& row) {
  static volatile char sink = 0;
  for (size_t i = 0; i < row.size; ++i) {
    if (!row[i].holds_bytes()) continue;
    for (const char c : row[i].as_bytes()) sink = static_cast<char>(sink ^ c);
  }
}

void read_rows(RowDecoder& decoder, const RowsEvent& rows) {
  if (!decoder.start(rows).ok()) return;
  RowChange change;
  for (size_t i = 0; i < kMaxRows; ++i) {
    const auto more = decoder.next(&change);
    if (!more.ok() || !*more) return;
    touch(change.before);
    touch(change.after);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<TableSchema> kSchemas = make_schemas();
  ByteReader input({reinterpret_cast<const char*>(data), size});
  TableSchema schema = kSchemas[input.u8() % kSchemas.size()];
  const std::string map_packet = packet_of(19, input.bytes(input.u16()));
  static constexpr uint8_t kEventTypes[] = {30, 31, 32, 39, 20, 21, 22};
  const uint8_t type = kEventTypes[input.u8() % std::size(kEventTypes)];
  const std::string head = std::string(8, '\0') + (type < 23 ? std::string() : std::string("\2\0", 2));
  const std::string rows_packet = packet_of(type, head + std::string(input.rest()));
  EventDecoder events;
  const auto map_event = events.decode(map_packet);
  const auto rows_event = events.decode(rows_packet);
  if (input.failed() || !map_event.ok() || !rows_event.ok()) return 0;
  TableMapEvent map = std::get<TableMapEvent>(map_event->body);
  schema.columns.resize(std::min(schema.columns.size(), map.columns.size()));
  if (!schema.columns.empty()) schema.primary_key = {0};  // rows may then lack the others
  read_metadata(map, schema);
  auto decoder = RowDecoder::create(map, schema);
  if (decoder.ok()) read_rows(*decoder, std::get<RowsEvent>(rows_event->body));
  return 0;
}
