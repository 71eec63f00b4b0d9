#include "core/ddl/charset_conversion.hpp"

#include <algorithm>
#include <utility>

#include "core/ddl/charset_clause.hpp"
#include "core/ddl/resolved_column.hpp"
#include "core/ddl/sql_lexer.hpp"

namespace mysql_sync::ddl {

namespace {

/// TEXT in a character set whose characters may have more bytes becomes the next longer type.
std::string longer_text(const std::string& declared) {
  const std::string name = to_lower(declared.substr(0, declared.find('(')));
  if (name == "tinytext") return "text";
  return name == "text" ? "mediumtext" : "longtext";
}

ColumnType converted(const ColumnType& before, const std::string& charset) {
  const bool grows = character_size(charset).largest > character_size(before.charset).largest;
  const bool is_text = before.kind == TypeKind::kText;
  const std::string declared = is_text && grows ? longer_text(before.declared) : before.declared;
  Result<ColumnType> type = parse_column_type(declared, charset);
  return type.ok() ? *std::move(type) : before;
}

/// CONVERT TO makes '' or '?' of labels that are not ASCII, whatever the character set can hold.
bool has_foreign_labels(const ColumnType& type) {
  return std::any_of(type.members.begin(), type.members.end(), [](const std::string& label) {
    return std::any_of(label.begin(), label.end(), [](char c) { return (c & 0x80) != 0; });
  });
}

/// A VARCHAR of more bytes than a row may have becomes a TEXT.
bool outgrows_row(const ColumnType& type, const std::string& charset) {
  return type.kind == TypeKind::kVarchar && type.length * character_size(charset).largest > kMaxVarcharBytes;
}

}  // namespace

std::optional<std::string> convert_column(const ConvertCharset& to, Column* column) {
  std::optional<std::string> reason;
  const std::string name = "column \"" + column->name + "\"";
  if (has_foreign_labels(column->type)) reason = "the source may lose labels of " + name;
  if (to.lenient && outgrows_row(column->type, to.charset))
    reason = name + " is too long for character set " + to.charset;
  column->type = converted(column->type, to.charset);
  return reason;
}

}  // namespace mysql_sync::ddl
