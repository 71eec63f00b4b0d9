// Prints the rows of a binlog file in a neutral form, decoded by the core alone. For test_golden.py.
//
//   print_binlog FILE
//
// One item a line, its parts separated by tabs; names, messages and values in hexadecimal:
//
//   server    version
//   columns   what tells how to read the values of each: enum:LABELS set:LABELS text:CHARSET uuid inet -
//             (before the rows that it holds for; the labels in hexadecimal, a comma after each)
//   row       offset, insert | update | delete, database, table, map | ddl, image before, image after
//   statement the rows above complete one (the last ones of a file may not)
//   error     offset, type of the event, message: the event could not be decoded, or its rows
//   conflict  offset, database, table, message: the statements of the file and the table map do not agree
//   end       events decoded, bytes left after the last one
//
// An image is a list of COLUMN=VALUE with spaces between, columns counted from 1. A value is NULL, or its
// kind and its text: i:-1 u:1 f:1.5 d:1.5 n:1.50 (decimal) D:2020-01-02 (date) T:… (datetime)
// S:seconds.microseconds (timestamp) t:microseconds (time) c:hex (text, UTF-8) b:hex (bytes). Embedded events
// have the offset of their transaction.
//
// A file whose events cannot be told apart ends early, as a task would; what is known and not carried is
// reported, and the reading goes on. The exit code says only whether the file could be opened.
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>

#include "core/base/byte_reader.hpp"
#include "core/binlog/event_decoder.hpp"
#include "core/binlog/payload.hpp"
#include "core/binlog/row_decoder.hpp"
#include "golden/schema_tracker.hpp"

namespace mysql_sync::golden {
namespace {

using namespace binlog;  // NOLINT(google-build-using-namespace)

constexpr size_t kHeaderSize = 19;

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

std::string printed(const char* format, double number) {
  char text[64];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

std::string civil(const CivilTime& t, bool with_time) {
  char text[64];
  int length = std::snprintf(text, sizeof text, "%04d-%02d-%02d", t.year, t.month, t.day);
  if (with_time) {
    length += std::snprintf(text + length, sizeof text - static_cast<size_t>(length),
                            "T%02d:%02d:%02d.%06" PRIu32, t.hour, t.minute, t.second, t.microsecond);
  }
  return {text, static_cast<size_t>(length)};
}

std::string seconds(int64_t microseconds) {
  char text[64];
  std::snprintf(text, sizeof text, "%" PRId64 ".%06" PRId64, microseconds / 1000000, microseconds % 1000000);
  return text;
}

std::string token(const Value& v) {
  switch (v.kind()) {
    case ValueKind::kNull:
      return "NULL";
    case ValueKind::kInt:
      return "i:" + std::to_string(v.as_int());
    case ValueKind::kUint:
      return "u:" + std::to_string(v.as_uint());
    case ValueKind::kFloat:
      return "f:" + printed("%.9g", static_cast<double>(v.as_float()));
    case ValueKind::kDouble:
      return "d:" + printed("%.17g", v.as_double());
    case ValueKind::kDecimal:
      return "n:" + std::string(v.as_bytes());
    case ValueKind::kDate:
      return "D:" + civil(v.as_civil(), false);
    case ValueKind::kDatetime:
      return "T:" + civil(v.as_civil(), true);
    case ValueKind::kTimestamp:
      return "S:" + seconds(v.as_int());
    case ValueKind::kTime:
      return "t:" + std::to_string(v.as_int());
    case ValueKind::kText:
      return "c:" + hex(v.as_bytes());
    case ValueKind::kBytes:
      return "b:" + hex(v.as_bytes());
    default:
      return {};  // what an incomplete row image leaves open
  }
}

std::string image(const RowView& row) {
  std::string text;
  for (size_t i = 0; i < row.size; ++i) {
    const std::string value = token(row[i]);
    if (!value.empty()) text += (text.empty() ? "" : " ") + std::to_string(i + 1) + "=" + value;
  }
  return text;
}

const char* kind_name(RowsEvent::Kind kind) {
  switch (kind) {
    case RowsEvent::Kind::kInsert:
      return "insert";
    case RowsEvent::Kind::kUpdate:
      return "update";
    case RowsEvent::Kind::kDelete:
      return "delete";
  }
  return "?";
}

class Printer {
 public:
  void print_file(std::string_view file);

 private:
  /// False where nothing after the event can be trusted.
  bool print_event(Result<Event> event, uint8_t type);
  void print_payload(const TransactionPayloadEvent& payload);
  void begin_table(TableMapEvent map);
  void print_rows(const RowsEvent& rows, uint8_t type);
  void print_error(uint8_t type, const Status& status);

  struct Table {
    TableMapEvent map;
    std::string columns;
    const char* schema = "map";
    TableSchema known;
    std::unique_ptr<RowDecoder> decoder;
    Status status;

    Status find_by_what_is_there(const RowsEvent& rows);
  };

  EventDecoder decoder_;
  SchemaTracker schemas_;
  std::map<uint64_t, Table> tables_;  // by the id that row events name
  size_t offset_ = 4;
  size_t events_ = 0;
};

void Printer::print_error(uint8_t type, const Status& status) {
  std::printf("error\t%zu\t%d\t%s\n", offset_, type, hex(status.message() + " " + status.detail()).c_str());
}

std::string members_list(const char* kind, const ColumnType& type) {
  std::string list = std::string(kind) + ":";
  for (const std::string& member : type.members) list += hex(member) + ",";
  return list;
}

std::string described(const ColumnType& type) {
  switch (type.kind) {
    case TypeKind::kEnum:
      return members_list("enum", type);
    case TypeKind::kSet:
      return members_list("set", type);
    case TypeKind::kUuid:
      return "uuid";
    case TypeKind::kInet4:
    case TypeKind::kInet6:
      return "inet";
    default:
      return type.charset.empty() ? "-" : "text:" + type.charset;
  }
}

std::string described(const TableSchema& schema) {
  std::string list;
  for (const Column& column : schema.columns) list += (list.empty() ? "" : " ") + described(column.type);
  return list;
}

void Printer::begin_table(TableMapEvent map) {
  Table table;
  Result<RowDecoder> decoder = Status(ErrorCode::kNotFound, "");
  TableSchema schema;
  if (const TableSchema* stated = schemas_.find(map.database, map.table)) {
    schema = *stated;
    decoder = RowDecoder::create(map, schema);
    table.schema = "ddl";
    if (!decoder.ok()) {
      std::printf("conflict\t%zu\t%s\t%s\t%s\n", offset_, hex(map.database).c_str(), hex(map.table).c_str(),
                  hex(decoder.status().message()).c_str());
    }
  }
  if (!decoder.ok()) {
    schema = schema_of_map(map);
    decoder = RowDecoder::create(map, schema);
    table.schema = "map";
  }
  table.columns = described(schema);
  table.known = schema;
  table.status = decoder.status();
  if (decoder.ok()) table.decoder = std::make_unique<RowDecoder>(*std::move(decoder));
  table.map = std::move(map);
  tables_[table.map.table_id] = std::move(table);
}

/// Where no statement tells the key: the server looks for a row by all columns that its image has.
Status Printer::Table::find_by_what_is_there(const RowsEvent& rows) {
  if (!known.primary_key.empty() || rows.kind == RowsEvent::Kind::kInsert) return {};
  TableSchema keyed = known;
  for (size_t i = 0; i < keyed.columns.size() && i / 8 < rows.present_before.size(); ++i) {
    if ((static_cast<uint8_t>(rows.present_before[i / 8]) >> i % 8 & 1) != 0) keyed.primary_key.push_back(i);
  }
  auto created = RowDecoder::create(map, keyed);
  if (created.ok()) decoder = std::make_unique<RowDecoder>(*std::move(created));
  return created.status();
}

void Printer::print_rows(const RowsEvent& rows, uint8_t type) {
  const auto found = tables_.find(rows.table_id);
  if (found == tables_.end()) {
    if (rows.table_id == kDummyTableId && rows.rows.empty()) return;
    return print_error(type, {ErrorCode::kCorrupt, "row event without its table map"});
  }
  Table& table = found->second;
  Status status = table.status;
  if (status.ok()) status = table.find_by_what_is_there(rows);
  if (status.ok()) status = table.decoder->start(rows);
  if (status.ok()) std::printf("columns\t%s\n", table.columns.c_str());
  RowChange change;
  while (status.ok()) {
    const auto more = table.decoder->next(&change);
    status = more.status();
    if (!more.ok() || !*more) break;
    std::printf("row\t%zu\t%s\t%s\t%s\t%s\t%s\t%s\n", offset_, kind_name(change.kind),
                hex(table.map.database).c_str(), hex(table.map.table).c_str(), table.schema,
                image(change.before).c_str(), image(change.after).c_str());
  }
  if (!status.ok()) print_error(type, status);
}

void Printer::print_payload(const TransactionPayloadEvent& payload) {
  auto reader = PayloadReader::create(payload);
  Status status = reader.status();
  while (status.ok()) {
    std::string_view event;
    const auto more = reader->next(&event);
    status = more.status();
    if (!more.ok() || !*more) break;
    print_event(decoder_.decode_embedded(event), static_cast<uint8_t>(event[4]));
  }
  if (!status.ok()) print_error(static_cast<uint8_t>(EventType::kTransactionPayload), status);
}

bool Printer::print_event(Result<Event> event, uint8_t type) {
  if (!event.ok()) {
    print_error(type, event.status());
    return event.status().code() == ErrorCode::kUnsupported &&
           type != static_cast<uint8_t>(EventType::kFormatDescription);
  }
  ++events_;
  EventBody& body = event->body;
  if (const auto* format = std::get_if<FormatDescriptionEvent>(&body)) {
    schemas_.begin_server(format->server_version);
    std::printf("server\t%s\n", hex(format->server_version).c_str());
  } else if (const auto* query = std::get_if<QueryEvent>(&body)) {
    schemas_.follow(*query);
  } else if (auto* map = std::get_if<TableMapEvent>(&body)) {
    begin_table(std::move(*map));
  } else if (const auto* rows = std::get_if<RowsEvent>(&body)) {
    print_rows(*rows, type);
    if (rows->statement_end) std::puts("statement");
  } else if (const auto* payload = std::get_if<TransactionPayloadEvent>(&body)) {
    print_payload(*payload);
  } else if (std::holds_alternative<UnknownEvent>(body)) {
    print_error(type, {ErrorCode::kUnsupported, "unknown event"});
  }
  return true;
}

void Printer::print_file(std::string_view file) {
  const std::string_view magic = file.substr(0, 4);
  if (magic !=
      "\xfe"
      "bin") {
    print_error(0, {ErrorCode::kUnsupported, magic == "\xfd"
                                                      "bin"
                                                 ? "encrypted file"
                                                 : "no binlog file"});
    file = {};
  }
  file.remove_prefix(std::min<size_t>(4, file.size()));
  while (file.size() >= kHeaderSize) {
    const size_t size = ByteReader(file.substr(9)).u32();
    const std::string_view packet = file.substr(0, size);
    if (!print_event(decoder_.decode(packet), static_cast<uint8_t>(file[4])) || size < kHeaderSize) break;
    file.remove_prefix(packet.size());
    offset_ += packet.size();
  }
  std::printf("end\t%zu\t%zu\n", events_, file.size());
}

}  // namespace
}  // namespace mysql_sync::golden

int main(int argc, char** argv) {
  std::ifstream file(argc == 2 ? argv[1] : "", std::ios::binary);
  if (!file.good()) {
    std::fprintf(stderr, "usage: print_binlog FILE\n");
    return 2;
  }
  std::ostringstream content;
  content << file.rdbuf();
  const std::string bytes = content.str();
  mysql_sync::golden::Printer().print_file(bytes);
  return 0;
}
