#include "pg/cell_to_bits.hpp"

#include <cstring>

#include "pg/cell_errors.hpp"
#include "pg/cell_text.hpp"
#include "pg/cell_to_text.hpp"

extern "C" {
#include "utils/varbit.h"
}

namespace mysql_sync::pg {

namespace {

/// How many bits the result has: n of bit(n), else as many as the source's column.
uint64_t bit_length(const CellTarget& cell) {
  if (cell.type == BITOID && cell.typmod > 0) return static_cast<uint64_t>(cell.typmod);
  return cell.source == TypeKind::kBit && cell.length > 0 ? cell.length : 64;
}

/// A bit string keeps its first bit highest and is filled with zeros at its end.
Datum make_bits(uint64_t bits, uint64_t length) {
  const int size = VARBITTOTALLEN(static_cast<int>(length));
  auto* result = static_cast<VarBit*>(palloc0(static_cast<Size>(size)));
  SET_VARSIZE(result, size);
  VARBITLEN(result) = static_cast<int32>(length);
  for (uint64_t place = 0; place < length && place < 64; ++place) {
    if ((bits >> place & 1) == 0) continue;
    const uint64_t from_first = length - 1 - place;
    VARBITS(result)[from_first / 8] |= static_cast<bits8>(0x80 >> from_first % 8);
  }
  return PointerGetDatum(result);
}

/// BIT as MySQL keeps it: highest byte first, as many bytes as its bits need.
Datum bits_to_bytea(const CellTarget& cell, uint64_t bits) {
  const size_t size = (cell.length + 7) / 8;
  char bytes[sizeof(bits)];
  for (size_t i = 0; i < size && i < sizeof(bits); ++i)
    bytes[size - 1 - i] = static_cast<char>(bits >> 8 * i);
  return text_datum({bytes, size});
}

}  // namespace

Datum to_bits(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  if (value.kind() != ValueKind::kUint && value.kind() != ValueKind::kInt) {
    return by_input(cell, value, is_null, changed);
  }
  const uint64_t bits =
      value.kind() == ValueKind::kUint ? value.as_uint() : static_cast<uint64_t>(value.as_int());
  const uint64_t length = bit_length(cell);
  const bool exceeds_typmod = cell.typmod > 0 && length > static_cast<uint64_t>(cell.typmod);
  if (exceeds_typmod || (length < 64 && bits >> length != 0)) {
    does_not_fit(cell, value, ERRCODE_STRING_DATA_RIGHT_TRUNCATION);
  }
  return make_bits(bits, length);
}

Datum to_bytea(const CellTarget& cell, const Value& value, bool*, uint64*) {
  if (value.kind() == ValueKind::kUint && cell.source == TypeKind::kBit)
    return bits_to_bytea(cell, value.as_uint());
  CellTextBuffer buffer;
  const std::string_view bytes = cell_text(value, cell.fraction, &buffer);
  check_size(cell, bytes);
  return text_datum(bytes);
}

Datum to_uuid(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  const std::string_view bytes = value.kind() == ValueKind::kBytes ? value.as_bytes() : std::string_view();
  if (bytes.size() != 16) return by_input(cell, value, is_null, changed);
  void* uuid = palloc(16);
  std::memcpy(uuid, bytes.data(), 16);
  return PointerGetDatum(uuid);
}

}  // namespace mysql_sync::pg
