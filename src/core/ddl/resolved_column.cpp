#include "core/ddl/resolved_column.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/ddl/charset_clause.hpp"

namespace mysql_sync::ddl {

namespace {

using Kind = ColumnDefault::Kind;

constexpr uint64_t kMaxTinyBytes = 0xFF, kMaxPlainBytes = 0xFFFF, kMaxMediumBytes = 0xFFFFFF,
                   kMaxLongBytes = 0xFFFFFFFF;

bool holds_bytes(TypeKind kind) {
  return kind == TypeKind::kBinary || kind == TypeKind::kVarbinary || kind == TypeKind::kBlob;
}

bool holds_text(TypeKind kind) {
  return kind == TypeKind::kChar || kind == TypeKind::kVarchar || kind == TypeKind::kText ||
         kind == TypeKind::kEnum || kind == TypeKind::kSet;
}

ColumnDefault as_default(ColumnDefault::Kind kind, std::string literal, bool is_number) {
  ColumnDefault value;
  value.kind = kind;
  value.literal = std::move(literal);
  value.literal_is_number = is_number;
  return value;
}

ColumnDefault binary_as_number(const std::string& bytes) {
  const size_t zeros = std::min(bytes.find_first_not_of('\0'), bytes.size());
  if (bytes.size() - zeros > 8) return as_default(Kind::kOther, "number of more than 64 bits", false);
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return as_default(Kind::kLiteral, std::to_string(number), true);
}

bool starts_with(const std::string& text, std::string_view start) {
  return text.compare(0, start.size(), start) == 0;
}

/// The smallest TEXT or BLOB that holds so many bytes.
std::string long_type(uint64_t bytes, bool binary) {
  const char* size = bytes <= kMaxTinyBytes     ? "tiny"
                     : bytes <= kMaxPlainBytes  ? ""
                     : bytes <= kMaxMediumBytes ? "medium"
                                                : "long";
  return size + std::string(binary ? "blob" : "text");
}

/// The declaration with what depends on the character set: how many bytes the characters of TEXT(n) and
/// VARCHAR(n) have. A VARCHAR or VARBINARY of more bytes than a row may have becomes a TEXT or BLOB, if the
/// source is not strict.
std::string sized_declaration(const std::string& spelled, const std::string& charset) {
  const size_t open = spelled.find('(');
  const bool binary = starts_with(spelled, "varbinary(") || charset == "binary";
  const bool has_size = starts_with(spelled, "text(") || starts_with(spelled, "blob(");
  if (open == std::string::npos || (!has_size && !starts_with(spelled, "var"))) return spelled;
  const uint64_t length =
      std::min<uint64_t>(std::strtoull(spelled.c_str() + open + 1, nullptr, 10), kMaxLongBytes);
  const bool is_blob = binary || spelled[0] == 'b';
  const uint64_t bytes = length * (is_blob ? 1 : std::max(1U, character_size(charset).largest));
  if (has_size) return bytes == 0 ? spelled.substr(0, open) : long_type(bytes, is_blob);
  return bytes > kMaxVarcharBytes ? long_type(bytes, is_blob) : spelled;
}

}  // namespace

bool is_auto_increment(const Column& column) {
  return column.default_value.kind == ColumnDefault::Kind::kOther &&
         column.default_value.literal == kAutoIncrement;
}

Status resolve_column(ColumnDefinition& definition, const std::string& table_charset) {
  const std::string& charset =
      definition.explicit_charset.empty() ? table_charset : definition.explicit_charset;
  const std::string spelled = spelled_with_labels(definition.spelled_type, definition.labels, charset);
  Result<ColumnType> type = parse_column_type(sized_declaration(spelled, charset), charset);
  if (!type.ok()) {
    return Status(ErrorCode::kUnsupported, "statement cannot be read",
                  "Column \"" + definition.column.name + "\": " + type.status().message() + ".");
  }
  Column& column = definition.column;
  column.type = *std::move(type);
  if (!definition.binary_default.empty())
    column.default_value =
        binary_default(column.type, definition.binary_default, column.default_value.literal);
  if (definition.auto_increment) column.default_value = as_default(Kind::kOther, kAutoIncrement, false);
  return {};
}

/// x'41' is a number to a number column, text in its character set to a text column, bytes to a binary one.
ColumnDefault binary_default(const ColumnType& type, const std::string& bytes, const std::string& sql) {
  if (holds_bytes(type.kind)) return as_default(Kind::kLiteral, bytes, false);
  if (!holds_text(type.kind)) return binary_as_number(bytes);
  std::string text;
  const bool is_text = charset_text(bytes, type.charset, &text);
  return as_default(is_text ? Kind::kLiteral : Kind::kOther, is_text ? text : sql, false);
}

bool may_take_time(const ColumnDefinition& definition, const SessionContext& session) {
  const Column& column = definition.column;
  return !session.explicit_defaults_for_timestamp && definition.is_timestamp() && !column.nullable &&
         !column.generated && !definition.on_update && column.default_value.kind == Kind::kNone;
}

}  // namespace mysql_sync::ddl
