#include "core/types/default_value.hpp"

#include <algorithm>

#include "core/types/type_map.hpp"

namespace mysql_sync {

namespace {

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

/// Adds one to the last digit; "9.9" becomes "10.0".
void increment(std::string& number) {
  for (size_t i = number.size(); i > 0; --i) {
    char& digit = number[i - 1];
    if (digit == '.') continue;
    if (digit != '9') {
      ++digit;
      return;
    }
    digit = '0';
  }
  number.insert(0, 1, '1');
}

/// "-1.005" with a scale of 2 -> "-1.01". What is no plain decimal number stays as it is.
std::string rounded(const std::string& literal, size_t scale) {
  const size_t sign = !literal.empty() && (literal[0] == '-' || literal[0] == '+') ? 1 : 0;
  const bool plain = literal.find_first_not_of("0123456789.", sign) == std::string::npos &&
                     literal.find_first_of("0123456789") != std::string::npos;
  if (!plain) return literal;
  const size_t point = std::min(literal.find('.'), literal.size());
  std::string whole = literal.substr(sign, point - sign);
  std::string fraction = point < literal.size() ? literal.substr(point + 1) : std::string();
  const bool up = fraction.size() > scale && fraction[scale] >= '5';
  fraction.resize(scale, '0');
  std::string number = (whole.empty() ? "0" : whole) + (scale > 0 ? "." + fraction : "");
  if (up) increment(number);
  const bool negative = literal[0] == '-' && number.find_first_of("123456789") != std::string::npos;
  return (negative ? "-" : "") + number;
}

}  // namespace

std::string default_cell_text(const ColumnType& type, const std::string& literal, bool is_number) {
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
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kMediumint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
      return rounded(literal, 0);
    case TypeKind::kDecimal:
      return rounded(literal, type.scale);
    case TypeKind::kBinary:
      return literal + std::string(type.length - std::min<size_t>(type.length, literal.size()), '\0');
    default:
      return literal;
  }
}

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

Result<Value> default_cell(const Column& column, Arena& arena) {
  using Kind = ColumnDefault::Kind;
  const ColumnDefault& given = column.default_value;
  if (column.generated || given.kind == Kind::kOther || given.kind == Kind::kCurrentTimestamp) {
    return Status(ErrorCode::kUnsupported, "only the source knows the default of column " + column.name,
                  given.literal.empty() ? std::string() : "DEFAULT " + given.literal);
  }
  if (given.kind == Kind::kNull || (given.kind == Kind::kNone && column.nullable)) return Value::null();
  const bool implicit = given.kind == Kind::kNone;
  const std::string literal = implicit ? implicit_default(column.type) : given.literal;
  const std::string cell = default_cell_text(column.type, literal, implicit || given.literal_is_number);
  Value value;
  const Status status = decode_text_cell(column.type, arena.copy(cell), arena, value);
  if (status.ok()) return value;
  return Status(ErrorCode::kUnsupported, "the default of column " + column.name + " is not understood",
                status.message());
}

}  // namespace mysql_sync
