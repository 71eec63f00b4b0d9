#include "pg/cell_to_parts.hpp"

#include "pg/cell_errors.hpp"
#include "pg/cell_to_text.hpp"

namespace mysql_sync::pg {

namespace {

void check_entries(const CellTarget& cell, const Value& value) {
  if (value.as_bytes().size() % sizeof(float) == 0) return;
  ereport(ERROR,
          (errcode(ERRCODE_DATA_CORRUPTED), errmsg("value of column \"%s\" is no vector: it has %zu bytes",
                                                   cell.column, value.as_bytes().size())));
}

void append_hex(StringInfo to, std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : bytes) {
    appendStringInfoCharMacro(to, kDigits[static_cast<uint8_t>(c) >> 4]);
    appendStringInfoCharMacro(to, kDigits[static_cast<uint8_t>(c) & 15]);
  }
}

}  // namespace

Datum set_to_array(const CellTarget& cell, const Value& value, bool*, uint64* changed) {
  CellTextBuffer buffer;
  return labels_to_array(text_of(cell, value, &buffer, changed), cell.element);
}

Datum vector_to_array(const CellTarget& cell, const Value& value, bool*, uint64*) {
  check_entries(cell, value);
  return entries_to_array(value.as_bytes(), cell.element);
}

Value vector_text(const CellTarget& cell, const Value& value) {
  check_entries(cell, value);
  return Value::of_text(entries_to_text(value.as_bytes()));
}

/// PostGIS reads hexadecimal EWKB; MySQL keeps a 4-byte SRID and then WKB, always little endian.
Datum geometry_by_input(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  const std::string_view bytes = value.as_bytes();
  if (value.kind() != ValueKind::kBytes || bytes.size() < 9) return by_input(cell, value, is_null, changed);
  static constexpr uint32_t kHasSrid = 0x20000000;
  uint32_t srid, type;
  std::memcpy(&srid, bytes.data(), 4);
  std::memcpy(&type, bytes.data() + 5, 4);
  if (srid != 0) type |= kHasSrid;
  StringInfoData hex;
  initStringInfo(&hex);
  append_hex(&hex, {bytes.data() + 4, 1});
  append_hex(&hex, {reinterpret_cast<const char*>(&type), 4});
  if (srid != 0) append_hex(&hex, {reinterpret_cast<const char*>(&srid), 4});
  append_hex(&hex, bytes.substr(9));
  return call_input(cell, {hex.data, static_cast<size_t>(hex.len)});
}

}  // namespace mysql_sync::pg
