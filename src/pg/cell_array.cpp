#include "pg/cell_array.hpp"

#include "pg/cell_text.hpp"

extern "C" {
#include "utils/array.h"
}

namespace mysql_sync::pg {

namespace {

Datum make_array(Datum* values, size_t count, const ArrayElement& element) {
  if (count == 0) return PointerGetDatum(construct_empty_array(element.type));
  return PointerGetDatum(construct_array(values, static_cast<int>(count), element.type, element.length,
                                         element.by_value, element.align));
}

float entry_at(std::string_view entries, size_t index) {
  const auto* at = reinterpret_cast<const uint8_t*>(entries.data()) + index * sizeof(float);
  const uint32_t bits = static_cast<uint32_t>(at[0]) | static_cast<uint32_t>(at[1]) << 8 |
                        static_cast<uint32_t>(at[2]) << 16 | static_cast<uint32_t>(at[3]) << 24;
  float entry;
  std::memcpy(&entry, &bits, sizeof(entry));
  return entry;
}

}  // namespace

ArrayElement array_element(Oid type) {
  ArrayElement element;
  element.type = get_element_type(type);
  if (OidIsValid(element.type))
    get_typlenbyvalalign(element.type, &element.length, &element.by_value, &element.align);
  return element;
}

Datum labels_to_array(std::string_view labels, const ArrayElement& element) {
  constexpr size_t kMostLabels = 64;
  Datum values[kMostLabels];
  size_t count = 0;
  while (!labels.empty() && count < kMostLabels) {
    const size_t comma = std::min(labels.find(','), labels.size());
    values[count++] = PointerGetDatum(cstring_to_text_with_len(labels.data(), static_cast<int>(comma)));
    labels.remove_prefix(std::min(comma + 1, labels.size()));
  }
  return make_array(values, count, element);
}

Datum entries_to_array(std::string_view entries, const ArrayElement& element) {
  const size_t count = entries.size() / sizeof(float);
  auto* values = static_cast<Datum*>(palloc(sizeof(Datum) * std::max<size_t>(count, 1)));
  for (size_t i = 0; i < count; ++i) {
    const float entry = entry_at(entries, i);
    values[i] =
        element.type == FLOAT4OID ? Float4GetDatum(entry) : Float8GetDatum(static_cast<double>(entry));
  }
  return make_array(values, count, element);
}

std::string_view entries_to_text(std::string_view entries) {
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfoChar(&text, '[');
  for (size_t i = 0; i < entries.size() / sizeof(float); ++i) {
    CellTextBuffer buffer;
    const std::string_view entry = cell_text(Value::of_float(entry_at(entries, i)), 0, &buffer);
    if (i > 0) appendStringInfoChar(&text, ',');
    appendBinaryStringInfo(&text, entry.data(), static_cast<int>(entry.size()));
  }
  appendStringInfoChar(&text, ']');
  return {text.data, static_cast<size_t>(text.len)};
}

}  // namespace mysql_sync::pg
