// A literal of the source's DDL is read as the column's type reads it there, then takes the way of every
// other value: decode_text_cell(), CellConverter. Numbers are the exception: MySQL rounds them to the
// column's scale, and so does PostgreSQL's assignment, while our decoder rightly refuses what no server would
// send.
#include "apply/backfill.hpp"

#include "core/types/type_map.hpp"
#include "pg/compat/apply_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::apply {

namespace {

using Kind = ddl::ColumnDefault::Kind;
using pg::fail;
using pg::guard;

constexpr const char* kResync =
    "Copy the table anew: create the task again with existing_tables set to 'truncate'.";

bool is_digits(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

bool is_exact_number(TypeKind kind) { return kind <= TypeKind::kDecimal; }
bool is_approximate(TypeKind kind) { return kind == TypeKind::kFloat || kind == TypeKind::kDouble; }

/// Zeros on the left up to `size` digits.
std::string padded(const std::string& digits, size_t size) {
  return digits.size() >= size ? digits : std::string(size - digits.size(), '0') + digits;
}

/// "20200131" -> "2020-01-31", "20200131100000" -> "2020-01-31 10:00:00", "0" -> all zeros.
std::string date_from_digits(const std::string& digits) {
  const std::string d = padded(digits, digits.size() > 8 ? 14 : 8);
  std::string text = d.substr(0, 4) + "-" + d.substr(4, 2) + "-" + d.substr(6, 2);
  if (d.size() == 14) text += " " + d.substr(8, 2) + ":" + d.substr(10, 2) + ":" + d.substr(12, 2);
  return text;
}

std::string time_from_digits(const std::string& digits) {
  const std::string d = padded(digits, 6);
  const size_t hours = d.size() - 4;
  return d.substr(0, hours) + ":" + d.substr(hours, 2) + ":" + d.substr(hours + 2);
}

std::string as_datetime(const std::string& literal) {
  std::string text = is_digits(literal) ? date_from_digits(literal) : literal;
  if (text.size() == 10) text += " 00:00:00";
  if (text.size() == 16) text += ":00";
  if (text.size() > 10 && text[10] == 'T') text[10] = ' ';
  return text;
}

std::string as_time(const std::string& literal) {
  if (is_digits(literal)) return time_from_digits(literal);
  return literal.size() == 5 ? literal + ":00" : literal;
}

/// YEAR: 0 is the year 0, 1 to 69 are 20xx, 70 to 99 are 19xx; the text '0' is 2000.
std::string as_year(const std::string& literal, bool is_number) {
  if (!is_digits(literal) || literal.size() > 2) return literal;
  const int year = std::stoi(literal);
  if (year == 0 && is_number) return "0";
  return std::to_string(year < 70 ? 2000 + year : 1900 + year);
}

/// The literal in the form in which the text protocol would send it.
std::string as_cell(const ColumnType& type, const std::string& literal, bool is_number) {
  switch (type.kind) {
    case TypeKind::kDate:
      return as_datetime(literal).substr(0, 10);
    case TypeKind::kDatetime:
    case TypeKind::kTimestamp:
      return as_datetime(literal);
    case TypeKind::kTime:
      return as_time(literal);
    case TypeKind::kYear:
      return as_year(literal, is_number);
    case TypeKind::kBinary:
      return literal + std::string(type.length - std::min<size_t>(type.length, literal.size()), '\0');
    default:
      return literal;
  }
}

/// What NOT NULL without DEFAULT gives the rows that exist.
std::string implicit_default(const ColumnType& type) {
  switch (type.kind) {
    case TypeKind::kDate:
      return "0000-00-00";
    case TypeKind::kDatetime:
    case TypeKind::kTimestamp:
      return "0000-00-00 00:00:00";
    case TypeKind::kTime:
      return "00:00:00";
    case TypeKind::kYear:
      return "0";
    case TypeKind::kEnum:
      return type.members.empty() ? "" : type.members.front();
    case TypeKind::kJson:
      return "null";
    case TypeKind::kUuid:
      return "00000000-0000-0000-0000-000000000000";
    case TypeKind::kInet4:
      return "0.0.0.0";
    case TypeKind::kInet6:
      return "::";
    case TypeKind::kBit:
      return "0";
    default:
      return is_exact_number(type.kind) || is_approximate(type.kind) ? "0" : "";
  }
}

/// The datum's text, or nullptr for NULL; in the current memory context.
char* convert_to_text(const Column& column, const Value& value, const std::string& target_type,
                      const pg::ValuePolicies& policies) {
  const std::string name = pg::shown_by_server(column.name), type_name = pg::to_server(target_type);
  return guard([&]() -> char* {
    Oid type, output;
    int32 typmod;
    bool is_null, is_varlena;
    uint64 changed = 0;
    compat::parse_type(type_name.c_str(), &type, &typmod);
    const pg::CellConverter converter =
        pg::CellConverter::create(column.type, type, typmod, name.c_str(), policies, pg::ColumnRole::kPlain);
    const Datum datum = converter.convert(value, &is_null, &changed);
    if (is_null) return nullptr;
    getTypeOutputInfo(type, &output, &is_varlena);
    return OidOutputFunctionCall(output, datum);
  });
}

std::optional<std::string> expression_of(const Column& column, const Value& value,
                                         const std::string& target_type, const pg::ValuePolicies& policies) {
  const char* text = convert_to_text(column, value, target_type, policies);
  if (text == nullptr) return std::nullopt;
  return pg::quote_literal(pg::from_server(text)) + "::" + target_type;
}

std::optional<std::string> literal_expression(const Column& column, const std::string& literal,
                                              bool is_number, const std::string& target_type,
                                              const pg::ValuePolicies& policies, const std::string& table) {
  const TypeKind kind = column.type.kind;
  if (is_exact_number(kind)) return pg::quote_literal(literal) + "::numeric::" + target_type;
  if (is_approximate(kind)) return pg::quote_literal(literal) + "::double precision::" + target_type;
  Arena scratch;
  Value value;
  const std::string cell = as_cell(column.type, literal, is_number);
  const Status status = decode_text_cell(column.type, cell, scratch, value);
  if (!status.ok()) {
    fail(ErrorCode::kUnsupported,
         "default of added column " + column.name + " of " + table + " not understood", status.message(),
         kResync);
  }
  return expression_of(column, value, target_type, policies);
}

}  // namespace

std::optional<std::string> backfill_expression(const Column& column, const ddl::ColumnDefault& value,
                                               const std::string& target_type,
                                               const pg::ValuePolicies& policies, uint32_t event_time,
                                               const std::string& table) {
  if (column.generated) {
    fail(ErrorCode::kUnsupported, "added column " + column.name + " of " + table + " is generated",
         "Only the source knows its values in the rows that exist.", kResync);
  }
  switch (value.kind) {
    case Kind::kNull:
      return std::nullopt;
    case Kind::kLiteral:
      return literal_expression(column, value.literal, value.literal_is_number, target_type, policies, table);
    case Kind::kCurrentTimestamp:
      return expression_of(column, Value::of_timestamp(int64_t{event_time} * 1000000), target_type, policies);
    case Kind::kOther:
      fail(ErrorCode::kUnsupported,
           "added column " + column.name + " of " + table + " has a default that only the source can compute",
           "DEFAULT (" + value.literal + ")", kResync);
    case Kind::kNone:
      break;
  }
  if (column.nullable) return std::nullopt;
  return literal_expression(column, implicit_default(column.type), true, target_type, policies, table);
}

}  // namespace mysql_sync::apply
