#include "core/binlog/json_binary.hpp"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/base/byte_reader.hpp"
#include "core/binlog/packed_decimal.hpp"
#include "core/binlog/temporal.hpp"
#include "core/binlog/wire_type.hpp"

namespace mysql_sync::binlog {

namespace {

constexpr unsigned kMaxDepth = 100;

enum JsonType : uint8_t {
  kSmallObject = 0,
  kLargeObject = 1,
  kSmallArray = 2,
  kLargeArray = 3,
  kLiteral = 4,
  kInt16 = 5,
  kUint16 = 6,
  kInt32 = 7,
  kUint32 = 8,
  kInt64 = 9,
  kUint64 = 10,
  kDouble = 11,
  kString = 12,
  kOpaque = 15
};
enum JsonLiteral : uint8_t { kNull = 0, kTrue = 1, kFalse = 2 };

// --- text -------------------------------------------------------------------------------------------------

void append_escaped(unsigned char c, std::string* text) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      *text += "\\\"";
      break;
    case '\\':
      *text += "\\\\";
      break;
    case '\b':
      *text += "\\b";
      break;
    case '\f':
      *text += "\\f";
      break;
    case '\n':
      *text += "\\n";
      break;
    case '\r':
      *text += "\\r";
      break;
    case '\t':
      *text += "\\t";
      break;
    default:
      *text += "\\u00";
      *text += kHex[c >> 4];
      *text += kHex[c & 15];
  }
}

/// Broken into lines of 76 characters, as MySQL's encoder does even inside a JSON string.
std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr size_t kBytesOfLine = 57;
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    if (i != 0 && i % kBytesOfLine == 0) text += '\n';
    const size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k) text += k <= count ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

struct DoubleDigits {
  char digits[20];
  int length;
  int point;  // the value is 0.digits * 10^point
};

/// The shortest that read back as the same number, and of those the closest: what MySQL's dtoa() gives in
/// mode 0.
DoubleDigits shortest_digits(double magnitude) {
  char buffer[32];
  *std::to_chars(buffer, buffer + sizeof buffer - 1, magnitude, std::chars_format::scientific).ptr = '\0';
  DoubleDigits result{};
  const char* at = buffer;
  for (; *at != 'e'; ++at) {
    if (*at >= '0' && *at <= '9') result.digits[result.length++] = *at;
  }
  result.point = std::atoi(at + 1) + 1;
  return result;
}

void append_with_exponent(const DoubleDigits& d, std::string* text) {
  *text += d.digits[0];
  if (d.length > 1) text->append(1, '.').append(d.digits + 1, static_cast<size_t>(d.length - 1));
  text->append(1, 'e').append(std::to_string(d.point - 1));
}

void append_without_exponent(const DoubleDigits& d, std::string* text) {
  const auto length = static_cast<size_t>(d.length);
  if (d.point <= 0) {
    text->append("0.").append(static_cast<size_t>(-d.point), '0').append(d.digits, length);
    return;
  }
  const auto whole = static_cast<size_t>(d.point);
  if (whole >= length) {
    text->append(d.digits, length).append(whole - length, '0').append(".0");
  } else {
    text->append(d.digits, whole).append(1, '.').append(d.digits + whole, length - whole);
  }
}

// --- opaque values ----------------------------------------------------------------------------------------

void append_clock(uint64_t hour, unsigned minute, unsigned second, unsigned microsecond, std::string* text) {
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "%02u:%02u:%02u.%06u", static_cast<unsigned>(hour), minute, second,
                microsecond);
  *text += buffer;
}

bool append_time(int64_t packed, std::string* text) {
  const bool negative = packed < 0;
  const uint64_t magnitude = negative ? 0 - static_cast<uint64_t>(packed) : static_cast<uint64_t>(packed);
  int64_t microseconds = 0;
  if (!unpack_time(magnitude >> 24, magnitude & 0xffffff, &microseconds)) return false;
  *text += negative ? "\"-" : "\"";
  append_clock(magnitude >> 36, magnitude >> 30 & 63, magnitude >> 24 & 63, magnitude & 0xffffff, text);
  *text += '"';
  return true;
}

bool append_date(uint64_t packed, bool with_time, std::string* text) {
  CivilTime t;
  if (!unpack_datetime(packed >> 24, packed & 0xffffff, &t)) return false;
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "\"%04u-%02u-%02u", t.year, t.month, t.day);
  *text += buffer;
  if (with_time) {
    *text += ' ';
    append_clock(t.hour, t.minute, t.second, t.microsecond, text);
  }
  *text += '"';
  return true;
}

bool append_decimal(std::string_view data, std::string* text) {
  ByteReader reader(data);
  const uint8_t precision = reader.u8();
  const uint8_t scale = reader.u8();
  char digits[kMaxDecimalText];
  const size_t length = reader.failed() ? 0 : unpack_decimal(reader.rest(), precision, scale, digits);
  text->append(digits, length);
  return length != 0;
}

bool append_opaque(uint8_t type, std::string_view data, std::string* text) {
  switch (static_cast<WireType>(type)) {
    case WireType::kDecimal:
      return append_decimal(data, text);
    case WireType::kTime:
      return data.size() == 8 && append_time(static_cast<int64_t>(ByteReader(data).u64()), text);
    case WireType::kDate:
      return data.size() == 8 && append_date(ByteReader(data).u64(), false, text);
    case WireType::kDatetime:
    case WireType::kTimestamp:
      return data.size() == 8 && append_date(ByteReader(data).u64(), true, text);
    default:
      append_json_string("base64:type" + std::to_string(type) + ":" + base64(data), text);
      return true;
  }
}

// --- structure --------------------------------------------------------------------------------------------

class JsonPrinter {
 public:
  JsonPrinter(size_t budget, std::string* text) : budget_(budget), text_(text) {}

  /// False if the bytes do not follow the format.
  bool value(uint8_t type, std::string_view data, unsigned depth);

 private:
  /// An object or an array: its bytes, and how wide its offsets and sizes are.
  struct Container {
    std::string_view bytes;
    bool large;
    size_t width() const { return large ? 4 : 2; }
  };

  bool container(std::string_view data, bool large, bool object, unsigned depth);
  bool members(const Container& in, uint64_t count, ByteReader keys, ByteReader values, unsigned depth);
  bool key(const Container& in, ByteReader& entries);
  bool member(const Container& in, ByteReader& entries, unsigned depth);
  bool scalar(uint8_t type, std::string_view data);
  bool literal(uint8_t which);
  bool counted_string(std::string_view data);
  bool opaque(std::string_view data);
  bool spend(size_t bytes);

  // No byte of a document is printed twice. That keeps hostile offsets from unfolding without end.
  size_t budget_;
  std::string* text_;
};

bool JsonPrinter::spend(size_t bytes) {
  if (bytes > budget_) return false;
  budget_ -= bytes;
  return true;
}

bool JsonPrinter::value(uint8_t type, std::string_view data, unsigned depth) {
  switch (type) {
    case kSmallObject:
      return container(data, false, true, depth);
    case kLargeObject:
      return container(data, true, true, depth);
    case kSmallArray:
      return container(data, false, false, depth);
    case kLargeArray:
      return container(data, true, false, depth);
    default:
      return scalar(type, data);
  }
}

bool JsonPrinter::container(std::string_view data, bool large, bool object, unsigned depth) {
  if (depth >= kMaxDepth) return false;
  const Container in{data, large};
  ByteReader reader(data);
  const uint64_t count = reader.unsigned_le(in.width());
  const uint64_t size = reader.unsigned_le(in.width());
  const size_t entry_size = object ? in.width() * 2 + 3 : in.width() + 1;
  if (reader.failed() || size > data.size() || count > reader.remaining() / entry_size) return false;
  if (!spend(static_cast<size_t>(count) * entry_size)) return false;
  const ByteReader keys(object ? reader.bytes(static_cast<size_t>(count) * (in.width() + 2))
                               : std::string_view());
  *text_ += object ? '{' : '[';
  if (!members({data.substr(0, size), large}, count, keys, reader, depth)) return false;
  *text_ += object ? '}' : ']';
  return true;
}

bool JsonPrinter::members(const Container& in, uint64_t count, ByteReader keys, ByteReader values,
                          unsigned depth) {
  const bool object = !keys.empty();
  for (uint64_t i = 0; i < count; ++i) {
    if (i != 0) *text_ += ", ";
    if (object && !key(in, keys)) return false;
    if (!member(in, values, depth)) return false;
  }
  return true;
}

bool JsonPrinter::key(const Container& in, ByteReader& entries) {
  const uint64_t offset = entries.unsigned_le(in.width());
  const size_t length = entries.u16();
  if (offset > in.bytes.size() || length > in.bytes.size() - offset || !spend(length)) return false;
  append_json_string(in.bytes.substr(static_cast<size_t>(offset), length), text_);
  *text_ += ": ";
  return true;
}

/// Small values are in the entry itself, others where it points to.
bool JsonPrinter::member(const Container& in, ByteReader& entries, unsigned depth) {
  const uint8_t type = entries.u8();
  const std::string_view field = entries.bytes(in.width());
  const bool short_number = type == kLiteral || type == kInt16 || type == kUint16;
  if (short_number || (in.large && (type == kInt32 || type == kUint32))) return scalar(type, field);
  const uint64_t offset = ByteReader(field).unsigned_le(in.width());
  if (offset >= in.bytes.size()) return false;
  return value(type, in.bytes.substr(static_cast<size_t>(offset)), depth + 1);
}

bool JsonPrinter::scalar(uint8_t type, std::string_view data) {
  ByteReader reader(data);
  switch (type) {
    case kLiteral:
      return literal(reader.u8());
    case kInt16:
      *text_ += std::to_string(static_cast<int16_t>(reader.u16()));
      break;
    case kUint16:
      *text_ += std::to_string(reader.u16());
      break;
    case kInt32:
      *text_ += std::to_string(static_cast<int32_t>(reader.u32()));
      break;
    case kUint32:
      *text_ += std::to_string(reader.u32());
      break;
    case kInt64:
      *text_ += std::to_string(static_cast<int64_t>(reader.u64()));
      break;
    case kUint64:
      *text_ += std::to_string(reader.u64());
      break;
    case kDouble: {
      const uint64_t bits = reader.u64();
      double number = 0;
      std::memcpy(&number, &bits, sizeof number);
      if (!std::isfinite(number)) return false;
      append_json_double(number, text_);
      break;
    }
    case kString:
      return counted_string(data);
    case kOpaque:
      return opaque(data);
    default:
      return false;
  }
  return !reader.failed();
}

bool JsonPrinter::literal(uint8_t which) {
  if (which > kFalse) return false;
  *text_ += which == kNull ? "null" : which == kTrue ? "true" : "false";
  return true;
}

/// Seven bits a byte, the lowest first; the high bit says that more follow. At most five bytes.
uint64_t variable_length(ByteReader& reader) {
  uint64_t length = 0;
  for (unsigned i = 0; i < 5; ++i) {
    const uint8_t byte = reader.u8();
    length |= uint64_t{byte & 0x7fU} << 7 * i;
    if ((byte & 0x80) == 0) return length;
  }
  reader.fail();
  return 0;
}

bool JsonPrinter::counted_string(std::string_view data) {
  ByteReader reader(data);
  const std::string_view string = reader.bytes(static_cast<size_t>(variable_length(reader)));
  if (reader.failed() || !spend(string.size())) return false;
  append_json_string(string, text_);
  return true;
}

bool JsonPrinter::opaque(std::string_view data) {
  ByteReader reader(data);
  const uint8_t type = reader.u8();
  const std::string_view bytes = reader.bytes(static_cast<size_t>(variable_length(reader)));
  return !reader.failed() && spend(bytes.size()) && append_opaque(type, bytes, text_);
}

}  // namespace

void append_json_string(std::string_view utf8, std::string* text) {
  *text += '"';
  size_t done = 0;
  for (size_t i = 0; i < utf8.size(); ++i) {
    const auto c = static_cast<unsigned char>(utf8[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    text->append(utf8.substr(done, i - done));
    append_escaped(c, text);
    done = i + 1;
  }
  text->append(utf8.substr(done));
  *text += '"';
}

void append_json_double(double number, std::string* text) {
  if (std::signbit(number)) *text += '-';
  if (number == 0) {
    *text += "0.0";
    return;
  }
  const DoubleDigits d = shortest_digits(std::fabs(number));
  const bool plain = d.point >= -14 && (d.point <= 15 || d.length > d.point);
  plain ? append_without_exponent(d, text) : append_with_exponent(d, text);
}

Status append_json_text(std::string_view binary, std::string* text) {
  if (binary.empty()) {
    *text += "null";
    return {};
  }
  JsonPrinter printer(binary.size(), text);
  if (printer.value(static_cast<uint8_t>(binary.front()), binary.substr(1), 0)) return {};
  return {ErrorCode::kCorrupt, "malformed binary JSON in the binlog"};
}

}  // namespace mysql_sync::binlog
