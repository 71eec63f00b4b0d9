// Cell formats: mysql/mysql-server libs/mysql/binlog/event/rows_event.h (table of the types) and
// Field::pack() in sql/field.cc; MariaDB/server sql/field_comp.cc and plugin/type_uuid, plugin/type_inet.
#include "core/binlog/row_cell.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "core/binlog/inflate.hpp"
#include "core/binlog/json_binary.hpp"
#include "core/binlog/packed_decimal.hpp"
#include "core/binlog/temporal.hpp"
#include "core/binlog/wire_type.hpp"

namespace mysql_sync::binlog {

namespace {

// --- numbers ----------------------------------------------------------------------------------------------

template <size_t kWidth>
uint64_t read_little_endian(ByteReader& reader) {
  if constexpr (kWidth == 1) return reader.u8();
  if constexpr (kWidth == 2) return reader.u16();
  if constexpr (kWidth == 3) return reader.u24();
  if constexpr (kWidth == 4) return reader.u32();
  if constexpr (kWidth == 8) return reader.u64();
}

template <size_t kWidth>
bool unsigned_cell(const CellColumn&, ByteReader& reader, CellScratch&, Value& value) {
  value = Value::of_uint(read_little_endian<kWidth>(reader));
  return !reader.failed();
}

template <size_t kWidth>
bool signed_cell(const CellColumn&, ByteReader& reader, CellScratch&, Value& value) {
  constexpr unsigned kShift = 64 - 8 * kWidth;
  value = Value::of_int(static_cast<int64_t>(read_little_endian<kWidth>(reader) << kShift) >> kShift);
  return !reader.failed();
}

bool float_cell(const CellColumn&, ByteReader& reader, CellScratch&, Value& value) {
  const uint32_t bits = reader.u32();
  float number = 0;
  std::memcpy(&number, &bits, sizeof number);
  value = Value::of_float(number);
  return !reader.failed();
}

bool double_cell(const CellColumn&, ByteReader& reader, CellScratch&, Value& value) {
  const uint64_t bits = reader.u64();
  double number = 0;
  std::memcpy(&number, &bits, sizeof number);
  value = Value::of_double(number);
  return !reader.failed();
}

bool decimal_cell(const CellColumn& column, ByteReader& reader, CellScratch& scratch, Value& value) {
  char text[kMaxDecimalText];
  const size_t length = unpack_decimal(reader.bytes(column.size), column.precision, column.scale, text);
  value = Value::of_decimal(scratch.arena.copy({text, length}));
  return length != 0;
}

bool bit_cell(const CellColumn& column, ByteReader& reader, CellScratch&, Value& value) {
  value = Value::of_uint(reader.unsigned_be(column.size));
  return !reader.failed();
}

bool year_cell(const CellColumn&, ByteReader& reader, CellScratch&, Value& value) {
  const uint8_t year = reader.u8();
  value = Value::of_int(year == 0 ? 0 : 1900 + year);
  return !reader.failed();
}

// --- dates and times --------------------------------------------------------------------------------------

bool date_cell(const CellColumn&, ByteReader& reader, CellScratch&, Value& value) {
  CivilTime date;
  if (!unpack_date(reader.u24(), &date)) return false;
  value = Value::of_date(date);
  return !reader.failed();
}

bool old_time_cell(const CellColumn&, ByteReader& reader, CellScratch&, Value& value) {
  int64_t microseconds = 0;
  const auto digits = static_cast<int32_t>(reader.u24() << 8) >> 8;
  if (!unpack_old_time(digits, &microseconds)) return false;
  value = Value::of_time(microseconds);
  return !reader.failed();
}

bool old_datetime_cell(const CellColumn&, ByteReader& reader, CellScratch&, Value& value) {
  CivilTime time;
  if (!unpack_old_datetime(reader.u64(), &time)) return false;
  value = Value::of_datetime(time);
  return !reader.failed();
}

bool old_timestamp_cell(const CellColumn&, ByteReader& reader, CellScratch&, Value& value) {
  value = Value::of_timestamp(int64_t{reader.u32()} * 1000000);
  return !reader.failed();
}

/// The offset makes all values positive; below it they are negative, in the complement of whole and fraction
/// taken together.
bool time2_cell(const CellColumn& column, ByteReader& reader, CellScratch&, Value& value) {
  const unsigned fraction_bits = 8 * static_cast<unsigned>(fraction_size(column.size));
  const auto stored = static_cast<int64_t>(reader.unsigned_be(3 + fraction_size(column.size)));
  const int64_t packed = stored - (int64_t{0x800000} << fraction_bits);
  const auto magnitude = static_cast<uint64_t>(packed < 0 ? -packed : packed);
  const uint64_t fraction = magnitude & ((uint64_t{1} << fraction_bits) - 1);
  int64_t microseconds = 0;
  if (!unpack_time(magnitude >> fraction_bits, fraction_to_microseconds(fraction, column.size),
                   &microseconds)) {
    return false;
  }
  value = Value::of_time(packed < 0 ? -microseconds : microseconds);
  return !reader.failed();
}

uint32_t read_fraction(unsigned digits, ByteReader& reader) {
  if (digits == 0) return 0;
  return fraction_to_microseconds(reader.unsigned_be(fraction_size(digits)), digits);
}

bool datetime2_cell(const CellColumn& column, ByteReader& reader, CellScratch&, Value& value) {
  constexpr uint64_t kOffset = 0x8000000000;
  const uint64_t stored = reader.unsigned_be(5);
  CivilTime time;
  if (stored < kOffset || !unpack_datetime(stored - kOffset, read_fraction(column.size, reader), &time)) {
    return false;
  }
  value = Value::of_datetime(time);
  return !reader.failed();
}

bool timestamp2_cell(const CellColumn& column, ByteReader& reader, CellScratch&, Value& value) {
  const auto seconds = static_cast<int64_t>(reader.unsigned_be(4));
  const uint32_t microseconds = read_fraction(column.size, reader);
  value = Value::of_timestamp(seconds * 1000000 + microseconds);
  return !reader.failed() && microseconds < 1000000;
}

bool hires_time_cell(const CellColumn& column, ByteReader& reader, CellScratch&, Value& value) {
  int64_t microseconds = 0;
  const uint64_t packed = reader.unsigned_be(hires_time_size(column.size));
  if (!unpack_hires_time(packed, column.size, &microseconds)) return false;
  value = Value::of_time(microseconds);
  return !reader.failed();
}

bool hires_datetime_cell(const CellColumn& column, ByteReader& reader, CellScratch&, Value& value) {
  CivilTime time;
  const uint64_t packed = reader.unsigned_be(hires_datetime_size(column.size));
  if (!unpack_hires_datetime(packed * microseconds_per_unit(column.size), &time)) return false;
  value = Value::of_datetime(time);
  return !reader.failed();
}

bool hires_timestamp_cell(const CellColumn& column, ByteReader& reader, CellScratch&, Value& value) {
  const auto seconds = static_cast<int64_t>(reader.unsigned_be(4));
  const uint64_t units = reader.unsigned_be(fraction_size(column.size));
  const uint64_t microseconds = units * microseconds_per_unit(column.size);
  value = Value::of_timestamp(seconds * 1000000 + static_cast<int64_t>(microseconds));
  return !reader.failed() && microseconds < 1000000;
}

// --- strings ----------------------------------------------------------------------------------------------

/// The bytes of a cell that begins with its length, in kWidth bytes.
template <size_t kWidth>
bool read_counted(ByteReader& reader, std::string_view* bytes) {
  *bytes = reader.bytes(static_cast<size_t>(read_little_endian<kWidth>(reader)));
  return !reader.failed();
}

bool make_text(const CellColumn& column, std::string_view bytes, CellScratch& scratch, Value& value) {
  if (column.converter != nullptr) bytes = column.converter->to_utf8(bytes, scratch.arena);
  value = Value::of_text(bytes);
  return true;
}

bool make_bytes(const CellColumn&, std::string_view bytes, CellScratch&, Value& value) {
  value = Value::of_bytes(bytes);
  return true;
}

/// The binlog leaves off zero bytes at the end of what has a fixed size.
bool restore_size(const CellColumn& column, CellScratch& scratch, std::string_view* bytes) {
  if (bytes->size() >= column.size) return bytes->size() == column.size;
  char* padded = scratch.arena.allocate_array<char>(column.size);
  std::memset(padded, 0, column.size);
  if (!bytes->empty()) std::memcpy(padded, bytes->data(), bytes->size());
  *bytes = {padded, column.size};
  return true;
}

bool make_fixed_bytes(const CellColumn& column, std::string_view bytes, CellScratch& scratch, Value& value) {
  if (!restore_size(column, scratch, &bytes)) return false;
  value = Value::of_bytes(bytes);
  return true;
}

/// MariaDB stores the UUIDs of versions 1 to 5 with their parts in reverse order, so that those of one time
/// lie together, and the others as they are. The test is that of plugin/type_uuid/sql_type_uuid.h.
void order_uuid(std::string_view stored, unsigned char* uuid) {
  const auto* from = reinterpret_cast<const unsigned char*>(stored.data());
  const bool reversed = (from[6] & 0x80) != 0 && from[8] >= 1 && from[8] <= 0x80;
  if (!reversed) {
    std::copy_n(from, 16, uuid);
    return;
  }
  std::copy_n(from + 12, 4, uuid);
  std::copy_n(from + 10, 2, uuid + 4);
  std::copy_n(from + 8, 2, uuid + 6);
  std::copy_n(from + 6, 2, uuid + 8);
  std::copy_n(from, 6, uuid + 10);
}

bool make_uuid(const CellColumn& column, std::string_view bytes, CellScratch& scratch, Value& value) {
  static constexpr char kHex[] = "0123456789abcdef";
  if (!restore_size(column, scratch, &bytes)) return false;
  unsigned char uuid[16];
  order_uuid(bytes, uuid);
  char text[36];
  char* to = text;
  for (size_t i = 0; i < sizeof uuid; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *to++ = '-';
    *to++ = kHex[uuid[i] >> 4];
    *to++ = kHex[uuid[i] & 15];
  }
  value = Value::of_text(scratch.arena.copy({text, sizeof text}));
  return true;
}

template <int kFamily>
bool make_inet(const CellColumn& column, std::string_view bytes, CellScratch& scratch, Value& value) {
  if (!restore_size(column, scratch, &bytes)) return false;
  char text[INET6_ADDRSTRLEN];
  if (inet_ntop(kFamily, bytes.data(), text, sizeof text) == nullptr) return false;
  value = Value::of_text(scratch.arena.copy(text));
  return true;
}

bool make_json(const CellColumn&, std::string_view bytes, CellScratch& scratch, Value& value) {
  scratch.text.clear();
  scratch.error = append_json_text(bytes, &scratch.text);
  value = Value::of_text(scratch.arena.copy(scratch.text));
  return scratch.error.ok();
}

/// MariaDB's COMPRESSED columns: 0 and the bytes, or 0x80 | raw << 3 | bytes of the length, the length (most
/// significant byte first) and zlib data.
bool decompress(std::string_view* bytes, CellScratch& scratch) {
  if (bytes->empty()) return true;
  ByteReader reader(*bytes);
  const uint8_t head = reader.u8();
  if (head == 0) {
    *bytes = reader.rest();
    return true;
  }
  const size_t width = head & 7;
  const uint64_t size = reader.unsigned_be(width == 0 ? 9 : width);
  if (reader.failed() || head >> 4 != 8 || !is_plausible_inflated_size(size, reader.remaining()))
    return false;
  char* to = scratch.arena.allocate_array<char>(static_cast<size_t>(size));
  *bytes = {to, static_cast<size_t>(size)};
  return inflate_exactly(reader.rest(), (head & 8) != 0, to, static_cast<size_t>(size));
}

using MakeString = bool (*)(const CellColumn&, std::string_view, CellScratch&, Value&);

template <size_t kWidth, MakeString kMake>
bool string_cell(const CellColumn& column, ByteReader& reader, CellScratch& scratch, Value& value) {
  std::string_view bytes;
  return read_counted<kWidth>(reader, &bytes) && kMake(column, bytes, scratch, value);
}

template <size_t kWidth, MakeString kMake>
bool compressed_cell(const CellColumn& column, ByteReader& reader, CellScratch& scratch, Value& value) {
  std::string_view bytes;
  return read_counted<kWidth>(reader, &bytes) && decompress(&bytes, scratch) &&
         kMake(column, bytes, scratch, value);
}

// --- enum and set -----------------------------------------------------------------------------------------

/// Number 0 is what MySQL stores for a label that the type does not have: the empty string.
template <size_t kWidth>
bool enum_cell(const CellColumn& column, ByteReader& reader, CellScratch&, Value& value) {
  const auto number = static_cast<size_t>(read_little_endian<kWidth>(reader));
  if (reader.failed() || number > column.members->size()) return false;
  value = Value::of_text(number == 0 ? std::string_view() : (*column.members)[number - 1]);
  return true;
}

bool set_cell(const CellColumn& column, ByteReader& reader, CellScratch& scratch, Value& value) {
  const uint64_t bits = reader.unsigned_le(column.size);
  const size_t count = column.members->size();
  if (reader.failed() || (count < 64 && bits >> count != 0)) return false;
  scratch.text.clear();
  for (size_t i = 0; i < count && i < 64; ++i) {
    if ((bits >> i & 1) == 0) continue;
    if (!scratch.text.empty()) scratch.text += ',';
    scratch.text += (*column.members)[i];
  }
  value = Value::of_text(scratch.arena.copy(scratch.text));
  return true;
}

// --- the choice -------------------------------------------------------------------------------------------

template <MakeString kMake>
CellDecoder string_decoder(size_t width) {
  switch (width) {
    case 1:
      return string_cell<1, kMake>;
    case 2:
      return string_cell<2, kMake>;
    case 3:
      return string_cell<3, kMake>;
    case 4:
      return string_cell<4, kMake>;
    default:
      return nullptr;
  }
}

template <MakeString kMake>
CellDecoder compressed_decoder(size_t width) {
  switch (width) {
    case 1:
      return compressed_cell<1, kMake>;
    case 2:
      return compressed_cell<2, kMake>;
    case 3:
      return compressed_cell<3, kMake>;
    case 4:
      return compressed_cell<4, kMake>;
    default:
      return nullptr;
  }
}

template <size_t kWidth>
CellDecoder integer_decoder(const ColumnType& type, TypeKind kind) {
  if (type.kind != kind) return nullptr;
  return type.is_unsigned ? CellDecoder{unsigned_cell<kWidth>} : CellDecoder{signed_cell<kWidth>};
}

/// Before MySQL 5.6 there were no fractions, so a column that has one under an old type is MariaDB's own.
CellDecoder temporal_decoder(const ColumnType& type, TypeKind kind, CellDecoder plain, CellDecoder hires,
                             CellColumn* column) {
  if (type.kind != kind) return nullptr;
  column->size = type.fraction;
  return type.fraction == 0 ? plain : hires;
}

CellDecoder temporal2_decoder(const WireColumn& wire, const ColumnType& type, TypeKind kind,
                              CellDecoder decoder, CellColumn* column) {
  column->size = wire.metadata;
  return type.kind == kind && wire.metadata <= 6 && wire.metadata == type.fraction ? decoder : nullptr;
}

CellDecoder decimal_decoder(const WireColumn& wire, const ColumnType& type, CellColumn* column) {
  column->precision = static_cast<uint8_t>(wire.metadata >> 8);
  column->scale = static_cast<uint8_t>(wire.metadata);
  column->size = static_cast<uint16_t>(packed_decimal_size(column->precision, column->scale));
  const bool same = type.precision == column->precision && type.scale == column->scale;
  return type.kind == TypeKind::kDecimal && column->size != 0 && same ? decimal_cell : nullptr;
}

CellDecoder bit_decoder(const WireColumn& wire, const ColumnType& type, CellColumn* column) {
  column->size = static_cast<uint16_t>((wire.metadata + 7) / 8);
  return type.kind == TypeKind::kBit && wire.metadata >= 1 && wire.metadata <= 64 ? bit_cell : nullptr;
}

CellDecoder enum_decoder(const WireColumn& wire, const ColumnType& type) {
  if (type.kind != TypeKind::kEnum) return nullptr;
  return wire.metadata == 1 ? enum_cell<1> : wire.metadata == 2 ? enum_cell<2> : nullptr;
}

CellDecoder set_decoder(const WireColumn& wire, const ColumnType& type, CellColumn* column) {
  column->size = wire.metadata;
  return type.kind == TypeKind::kSet && wire.metadata >= 1 && wire.metadata <= 8 ? set_cell : nullptr;
}

/// CHAR, BINARY and what MariaDB stores like BINARY.
CellDecoder fixed_string_decoder(const WireColumn& wire, const ColumnType& type, CellColumn* column) {
  const size_t width = wire.metadata > 255 ? 2 : 1;
  column->size = wire.metadata;
  switch (type.kind) {
    case TypeKind::kChar:
      return string_decoder<make_text>(width);
    case TypeKind::kBinary:
      return string_decoder<make_fixed_bytes>(width);
    case TypeKind::kUuid:
      return wire.metadata == 16 ? string_decoder<make_uuid>(width) : nullptr;
    case TypeKind::kInet4:
      return wire.metadata == 4 ? string_decoder<make_inet<AF_INET>>(width) : nullptr;
    case TypeKind::kInet6:
      return wire.metadata == 16 ? string_decoder<make_inet<AF_INET6>>(width) : nullptr;
    default:
      return nullptr;
  }
}

CellDecoder varying_string_decoder(const WireColumn& wire, const ColumnType& type) {
  const size_t width = wire.metadata > 255 ? 2 : 1;
  switch (type.kind) {
    case TypeKind::kVarchar:
      return string_decoder<make_text>(width);
    case TypeKind::kVarbinary:
    case TypeKind::kVector:
      return string_decoder<make_bytes>(width);
    default:
      return nullptr;
  }
}

CellDecoder blob_decoder(const WireColumn& wire, const ColumnType& type) {
  switch (type.kind) {
    case TypeKind::kText:
    case TypeKind::kJson:
      return string_decoder<make_text>(wire.metadata);  // MariaDB's JSON
    case TypeKind::kBlob:
    case TypeKind::kGeometry:
    case TypeKind::kVector:
      return string_decoder<make_bytes>(wire.metadata);
    default:
      return nullptr;
  }
}

CellDecoder compressed_string_decoder(size_t width, const ColumnType& type) {
  switch (type.kind) {
    case TypeKind::kVarchar:
    case TypeKind::kText:
      return compressed_decoder<make_text>(width);
    case TypeKind::kVarbinary:
    case TypeKind::kBlob:
      return compressed_decoder<make_bytes>(width);
    default:
      return nullptr;
  }
}

CellDecoder find_temporal(const WireColumn& wire, const ColumnType& type, CellColumn* column) {
  switch (static_cast<WireType>(wire.type)) {
    case WireType::kYear:
      return type.kind == TypeKind::kYear ? year_cell : nullptr;
    case WireType::kDate:
    case WireType::kNewdate:
      return type.kind == TypeKind::kDate ? date_cell : nullptr;
    case WireType::kTime:
      return temporal_decoder(type, TypeKind::kTime, old_time_cell, hires_time_cell, column);
    case WireType::kDatetime:
      return temporal_decoder(type, TypeKind::kDatetime, old_datetime_cell, hires_datetime_cell, column);
    case WireType::kTimestamp:
      return temporal_decoder(type, TypeKind::kTimestamp, old_timestamp_cell, hires_timestamp_cell, column);
    case WireType::kTime2:
      return temporal2_decoder(wire, type, TypeKind::kTime, time2_cell, column);
    case WireType::kDatetime2:
      return temporal2_decoder(wire, type, TypeKind::kDatetime, datetime2_cell, column);
    case WireType::kTimestamp2:
      return temporal2_decoder(wire, type, TypeKind::kTimestamp, timestamp2_cell, column);
    default:
      return nullptr;
  }
}

CellDecoder find_string(const WireColumn& wire, const ColumnType& type, CellColumn* column) {
  switch (static_cast<WireType>(wire.type)) {
    case WireType::kString:
      return fixed_string_decoder(wire, type, column);
    case WireType::kVarchar:
    case WireType::kVarString:
      return varying_string_decoder(wire, type);
    case WireType::kTinyBlob:
    case WireType::kMediumBlob:
    case WireType::kLongBlob:
    case WireType::kBlob:
      return blob_decoder(wire, type);
    case WireType::kBlobCompressed:
      return compressed_string_decoder(wire.metadata, type);
    case WireType::kVarcharCompressed:
      return compressed_string_decoder(wire.metadata > 255 ? 2 : 1, type);
    case WireType::kJson:
      return type.kind == TypeKind::kJson ? string_decoder<make_json>(wire.metadata) : nullptr;
    case WireType::kGeometry:
      return type.kind == TypeKind::kGeometry ? string_decoder<make_bytes>(wire.metadata) : nullptr;
    case WireType::kVector:
      return type.kind == TypeKind::kVector ? string_decoder<make_bytes>(wire.metadata) : nullptr;
    case WireType::kEnum:
      return enum_decoder(wire, type);
    case WireType::kSet:
      return set_decoder(wire, type, column);
    default:
      return find_temporal(wire, type, column);
  }
}

CellDecoder find_decoder(const WireColumn& wire, const ColumnType& type, CellColumn* column) {
  switch (static_cast<WireType>(wire.type)) {
    case WireType::kTiny:
      return integer_decoder<1>(type, TypeKind::kTinyint);
    case WireType::kShort:
      return integer_decoder<2>(type, TypeKind::kSmallint);
    case WireType::kInt24:
      return integer_decoder<3>(type, TypeKind::kMediumint);
    case WireType::kLong:
      return integer_decoder<4>(type, TypeKind::kInt);
    case WireType::kLonglong:
      return integer_decoder<8>(type, TypeKind::kBigint);
    case WireType::kFloat:
      return type.kind == TypeKind::kFloat ? float_cell : nullptr;
    case WireType::kDouble:
      return type.kind == TypeKind::kDouble ? double_cell : nullptr;
    case WireType::kDecimal:
      return decimal_decoder(wire, type, column);
    case WireType::kBit:
      return bit_decoder(wire, type, column);
    default:
      return find_string(wire, type, column);
  }
}

}  // namespace

Result<CellColumn> choose_cell_decoder(const WireColumn& wire, const ColumnType& type,
                                       const CharsetConverter* converter) {
  CellColumn column;
  column.members = &type.members;
  column.converter = converter;
  column.decode = find_decoder(wire, type, &column);
  if (column.decode != nullptr) return column;
  const std::string name = wire_type_name(static_cast<WireType>(wire.type));
  if (type.kind == TypeKind::kUnknown || static_cast<WireType>(wire.type) == WireType::kOldDecimal) {
    return Status(ErrorCode::kUnsupported, "type " + type.declared + " is not supported",
                  "The binlog holds it as " + name + ".");
  }
  return Status(ErrorCode::kConflict, "the binlog has another type than the known schema",
                "The schema says " + type.declared + ", the binlog " + name + " with metadata " +
                    std::to_string(wire.metadata) + ".");
}

}  // namespace mysql_sync::binlog
