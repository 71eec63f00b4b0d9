// Format: mysql/mysql-server libs/mysql/binlog/event/rows_event.h, class Table_map_event.
#include "core/base/byte_reader.hpp"
#include "core/binlog/event_body.hpp"
#include "core/binlog/wire_type.hpp"

namespace mysql_sync::binlog {

namespace {

constexpr uint64_t kMaxColumns = 4096;
constexpr uint8_t kPostHeaderWithShortTableId = 6;

enum OptionalField : uint8_t {
  kSignedness = 1,
  kDefaultCharset = 2,
  kColumnCharset = 3,
  kColumnNames = 4,
  kSetLabels = 5,
  kEnumLabels = 6,
  kPrimaryKey = 8,
  kPrimaryKeyWithPrefix = 9,
  kLabelDefaultCharset = 10,
  kLabelColumnCharset = 11
};

/// CHAR hides two more bits of its length in the type byte, ENUM and SET their real type: Field_string's
/// do_save_field_metadata() in mysql/mysql-server sql/field.cc.
void take_apart_string(uint8_t type_byte, uint8_t length_byte, WireColumn* column) {
  column->metadata = length_byte;
  column->type = type_byte;
  if ((type_byte & 0x30) == 0x30) return;
  column->metadata = static_cast<uint16_t>(length_byte | ((type_byte & 0x30) ^ 0x30) << 4);
  column->type = static_cast<uint8_t>(type_byte | 0x30);
}

void read_two_bytes(ByteReader& reader, WireColumn* column) {
  const uint8_t first = reader.u8();
  const uint8_t second = reader.u8();
  switch (static_cast<WireType>(column->type)) {
    case WireType::kString:
    case WireType::kEnum:
    case WireType::kSet:
      take_apart_string(first, second, column);
      break;
    case WireType::kVarString:  // a column of before MySQL 5.0; described like CHAR all the same
      take_apart_string(first, second, column);
      column->type = static_cast<uint8_t>(WireType::kVarString);
      break;
    case WireType::kBit:
      column->metadata = static_cast<uint16_t>(first + second * 8);
      break;
    case WireType::kDecimal:
      column->metadata = static_cast<uint16_t>(first << 8 | second);
      break;
    default:
      column->metadata = static_cast<uint16_t>(first | second << 8);
      break;
  }
}

/// The elements of a multi-valued index, which is a hidden column: read_field_metadata() in
/// mysql/mysql-server sql/rpl_utility.cc.
void skip_element_metadata(ByteReader& reader, WireType element) {
  constexpr size_t kVarcharInArray = 3;
  reader.skip(element == WireType::kVarchar ? kVarcharInArray : wire_metadata_size(element));
}

bool read_metadata(ByteReader reader, std::vector<WireColumn>* columns) {
  for (WireColumn& column : *columns) {
    const auto type = static_cast<WireType>(column.type);
    const size_t size = wire_metadata_size(type);
    if (size == 1) column.metadata = reader.u8();
    if (size == 2) read_two_bytes(reader, &column);
    if (type == WireType::kTypedArray) skip_element_metadata(reader, static_cast<WireType>(column.metadata));
  }
  return !reader.failed() && reader.empty();
}

/// A table that nobody selected must not stop the stream, whatever its types are.
void find_unknown_type(std::string_view types, TableMapEvent* map) {
  for (const char type : types) {
    if (!is_known_wire_type(static_cast<uint8_t>(type))) map->unknown_type = static_cast<uint8_t>(type);
  }
}

/// One bit, from the highest on, for each column of a type that can be unsigned.
void read_signedness(ByteReader bits, TableMapEvent* map) {
  map->is_unsigned.assign(map->columns.size(), false);
  uint8_t byte = 0;
  unsigned used = 8;
  for (size_t i = 0; i < map->columns.size(); ++i) {
    if (!has_signedness(static_cast<WireType>(map->columns[i].type))) continue;
    if (used == 8) {
      byte = bits.u8();
      used = 0;
    }
    map->is_unsigned[i] = (byte << used++ & 0x80) != 0;
  }
  if (bits.failed()) map->is_unsigned.clear();
}

bool read_column_names(ByteReader names, TableMapEvent* map) {
  while (!names.empty()) map->column_names.emplace_back(names.length_encoded_bytes());
  return !names.failed() && map->column_names.size() == map->columns.size();
}

/// What only concerns tables of a task stays in its bytes. False if the others are malformed.
bool read_optional_field(uint8_t field, const ByteReader& value, TableMapEvent* map) {
  switch (field) {
    case kSignedness:
      read_signedness(value, map);
      return true;
    case kDefaultCharset:
    case kColumnCharset:
      map->text_charsets = {std::string(value.rest()), field == kDefaultCharset};
      return true;
    case kColumnNames:
      return read_column_names(value, map);
    case kSetLabels:
      map->set_labels = value.rest();
      return true;
    case kEnumLabels:
      map->enum_labels = value.rest();
      return true;
    case kPrimaryKey:
    case kPrimaryKeyWithPrefix:
      map->primary_key = WireKey{std::string(value.rest()), field == kPrimaryKeyWithPrefix};
      return true;
    case kLabelDefaultCharset:
    case kLabelColumnCharset:
      map->label_charsets = {std::string(value.rest()), field == kLabelDefaultCharset};
      return true;
    default:
      return true;
  }
}

bool read_optional_metadata(ByteReader reader, TableMapEvent* map) {
  while (!reader.empty()) {
    const uint8_t field = reader.u8();
    const ByteReader value(reader.length_encoded_bytes());
    if (!read_optional_field(field, value, map)) return false;
  }
  return !reader.failed();
}

std::string counted_name(ByteReader& reader) {
  std::string name(reader.length_encoded_bytes());
  if (reader.u8() != 0) reader.fail();
  return name;
}

void read_nullable(std::string_view bits, std::vector<WireColumn>* columns) {
  for (size_t i = 0; i < columns->size() && i / 8 < bits.size(); ++i) {
    (*columns)[i].nullable = (static_cast<uint8_t>(bits[i / 8]) >> i % 8 & 1) != 0;
  }
}

}  // namespace

Result<EventBody> decode_table_map(const EventBytes& event) {
  ByteReader reader(event.body);
  TableMapEvent map;
  map.mariadb = event.mariadb;
  map.table_id = event.post_header_length == kPostHeaderWithShortTableId ? reader.u32() : reader.u48();
  reader.u16();  // flags
  map.database = counted_name(reader);
  map.table = counted_name(reader);
  const uint64_t count = reader.length_encoded();
  if (reader.failed() || count > kMaxColumns) return malformed_event("table map");
  const std::string_view types = reader.bytes(static_cast<size_t>(count));
  for (const char type : types) map.columns.push_back({static_cast<uint8_t>(type), 0, true});
  if (!reader.failed() && reader.empty()) {
    map.has_metadata = false;
    return EventBody(std::move(map));
  }
  const ByteReader metadata(reader.length_encoded_bytes());
  const std::string_view null_bits = reader.bytes(static_cast<size_t>(count + 7) / 8);
  if (reader.failed()) return malformed_event("table map");
  find_unknown_type(types, &map);
  if (map.unknown_type) return EventBody(std::move(map));
  read_nullable(null_bits, &map.columns);
  if (!read_metadata(metadata, &map.columns) || !read_optional_metadata(reader, &map)) {
    return malformed_event("table map");
  }
  return EventBody(std::move(map));
}

}  // namespace mysql_sync::binlog
