// Keys and values in the words of a message.
#include "apply/target_relation.hpp"

#include <cstdio>

#include "pg/encoding.hpp"

namespace mysql_sync::apply {

namespace {

constexpr size_t kShown = 64;  ///< bytes of a value that a message shows

std::string hex(std::string_view bytes) {
  static const char kDigits[] = "0123456789abcdef";
  std::string text = "\\x";
  for (const char byte : bytes.substr(0, kShown / 2)) {
    text += kDigits[static_cast<uint8_t>(byte) >> 4];
    text += kDigits[static_cast<uint8_t>(byte) & 15];
  }
  return bytes.size() > kShown / 2 ? text + "..." : text;
}

/// Cuts between characters, not inside one: a byte 10xxxxxx continues a character.
std::string shorten(std::string_view utf8) {
  if (utf8.size() <= kShown) return std::string(utf8);
  size_t length = kShown;
  while (length > 0 && (static_cast<uint8_t>(utf8[length]) & 0xC0) == 0x80) --length;
  return std::string(utf8.substr(0, length)) + "...";
}

template <typename... Arguments>
std::string format(const char* pattern, Arguments... arguments) {
  char text[64];
  std::snprintf(text, sizeof(text), pattern, arguments...);
  return text;
}

std::string date_text(const CivilTime& t) { return format("%04d-%02d-%02d", t.year, t.month, t.day); }

std::string time_text(const CivilTime& t) {
  const std::string text = date_text(t) + format(" %02d:%02d:%02d", t.hour, t.minute, t.second);
  return t.microsecond == 0 ? text : text + format(".%06d", static_cast<int>(t.microsecond));
}

/// TIME and TIMESTAMP count microseconds: shown as seconds.
std::string seconds_text(int64_t microseconds) {
  return format("%.6f s", static_cast<double>(microseconds) / 1e6);
}

}  // namespace

std::string describe_value(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNull:
      return "null";
    case ValueKind::kInt:
      return std::to_string(value.as_int());
    case ValueKind::kUint:
      return std::to_string(value.as_uint());
    case ValueKind::kFloat:
      return format("%.9g", static_cast<double>(value.as_float()));
    case ValueKind::kDouble:
      return format("%.17g", value.as_double());
    case ValueKind::kDate:
      return date_text(value.as_civil());
    case ValueKind::kDatetime:
      return time_text(value.as_civil());
    case ValueKind::kTimestamp:
    case ValueKind::kTime:
      return seconds_text(value.as_int());
    case ValueKind::kDecimal:
    case ValueKind::kText:
      return shorten(value.as_bytes());
    case ValueKind::kBytes:
      return hex(value.as_bytes());
    case ValueKind::kTargetText:
      return shorten(pg::from_server(std::string(value.as_bytes())));
    case ValueKind::kAbsent:
    case ValueKind::kJsonDiff:
      return "unchanged";
  }
  return "?";
}

std::string describe_key(const TargetRelation& relation, RowView key) {
  const bool whole_row = relation.key.empty();
  const size_t count = std::min(whole_row ? relation.columns.size() : relation.key.size(), key.size);
  std::string names, values;
  for (size_t i = 0; i < count; ++i) {
    const MappedColumn& column = relation.columns[whole_row ? i : relation.key[i]];
    const char* separator = i == 0 ? "" : ", ";
    names += separator + std::string(column.name);
    values += separator + describe_value(key[whole_row ? column.source : i]);
  }
  return "(" + names + ")=(" + values + ")";
}

}  // namespace mysql_sync::apply
