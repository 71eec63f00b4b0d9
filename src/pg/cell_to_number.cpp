#include "pg/cell_to_number.hpp"

#include <cstdio>

#include "pg/cell_errors.hpp"
#include "pg/cell_numeric.hpp"
#include "pg/cell_text.hpp"
#include "pg/cell_to_text.hpp"

namespace mysql_sync::pg {

namespace {

/// The integer in `value`, or false if it is none. Errors where it is outside [low, high].
bool integer_of(const CellTarget& cell, const Value& value, int64_t low, int64_t high, int64_t* result) {
  if (value.kind() == ValueKind::kUint) {
    if (value.as_uint() > static_cast<uint64_t>(high))
      does_not_fit(cell, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
  } else if (value.kind() != ValueKind::kInt) {
    return false;
  } else if (value.as_int() < low || value.as_int() > high) {
    does_not_fit(cell, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
  }
  *result = value.kind() == ValueKind::kUint ? static_cast<int64_t>(value.as_uint()) : value.as_int();
  return true;
}

/// Through the input function, without the zeros of a DECIMAL behind its point.
Datum integer_by_input(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  if (value.kind() != ValueKind::kDecimal) return by_input(cell, value, is_null, changed);
  const std::string_view digits = value.as_bytes();
  const size_t point = std::min(digits.find('.'), digits.size());
  if (digits.find_first_not_of(".0", point) != std::string_view::npos)
    does_not_fit(cell, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
  return by_input(cell, Value::of_decimal(digits.substr(0, point)), is_null, changed);
}

/// The scale that a numeric's typmod asks for (negative ones exist from PostgreSQL 15 on).
int32 numeric_scale(int32 typmod) { return (((typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024; }

/// Digits after the point, as long as the text has no exponent.
size_t decimal_digits(std::string_view text) {
  const size_t point = text.find('.');
  return point == std::string_view::npos ? 0 : text.size() - point - 1;
}

Datum numeric_from_text(std::string_view text, int32 typmod) {
  NumericMessage message;
  if (!encode_numeric(text, &message)) {
    const char* copy = pnstrdup(text.data(), text.size());
    return DirectFunctionCall3(numeric_in, CStringGetDatum(copy), ObjectIdGetDatum(InvalidOid),
                               Int32GetDatum(typmod));
  }
  StringInfoData received{message.bytes, message.length, static_cast<int>(sizeof(message.bytes)), 0};
  return DirectFunctionCall3(numeric_recv, PointerGetDatum(&received), ObjectIdGetDatum(InvalidOid),
                             Int32GetDatum(typmod));
}

/// True if `number`, the nearest there is, stands for the same number as the text. `shown` is the
/// shortest text that reads back as `number`: a DECIMAL that is printed the same has lost nothing. An
/// integer is compared digit by digit.
bool stands_for(const Value& value, std::string_view text, double number, std::string_view shown) {
  if (value.kind() == ValueKind::kDecimal) {
    return DatumGetBool(
        DirectFunctionCall2(numeric_eq, numeric_from_text(text, -1), numeric_from_text(shown, -1)));
  }
  char digits[64];
  const int length = std::snprintf(digits, sizeof(digits), "%.0f", number);
  return text == std::string_view(digits, static_cast<size_t>(length));
}

/// To real where `single`, else to double precision, without rounding.
Datum exact_float(const CellTarget& cell, const Value& value, bool single, bool* is_null, uint64* changed) {
  const ValueKind kind = value.kind();
  if (kind != ValueKind::kInt && kind != ValueKind::kUint && kind != ValueKind::kDecimal)
    return by_input(cell, value, is_null, changed);
  CellTextBuffer buffer, back;
  const Datum result = by_input(cell, value, is_null, changed);
  const double number = single ? static_cast<double>(DatumGetFloat4(result)) : DatumGetFloat8(result);
  const Value rounded = single ? Value::of_float(DatumGetFloat4(result)) : Value::of_double(number);
  if (!stands_for(value, cell_text(value, 0, &buffer), number, cell_text(rounded, 0, &back)))
    does_not_fit(cell, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
  return result;
}

/// numeric() rounds to the scale without a word; here that is an error.
Datum numeric_with_typmod(const CellTarget& cell, const Value& value, Datum exact) {
  const Datum rounded = DirectFunctionCall2(::numeric, exact, Int32GetDatum(cell.typmod));
  if (!DatumGetBool(DirectFunctionCall2(numeric_eq, exact, rounded))) {
    does_not_fit(cell, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE);
  }
  return rounded;
}

Datum numeric_from_decimal(const CellTarget& cell, const Value& value) {
  const std::string_view text = value.as_bytes();
  const bool typed = cell.typmod >= VARHDRSZ;
  if (!typed || static_cast<int64_t>(decimal_digits(text)) <= numeric_scale(cell.typmod)) {
    return numeric_from_text(text, cell.typmod);
  }
  return numeric_with_typmod(cell, value, numeric_from_text(text, -1));
}

Datum numeric_from_integer(const CellTarget& cell, const Value& value) {
  CellTextBuffer buffer;
  const bool beyond_int8 =
      value.kind() == ValueKind::kUint && value.as_uint() > static_cast<uint64_t>(INT64_MAX);
  const int64_t number = beyond_int8                        ? 0
                         : value.kind() == ValueKind::kUint ? static_cast<int64_t>(value.as_uint())
                                                            : value.as_int();
  const Datum exact = beyond_int8 ? numeric_from_text(cell_text(value, 0, &buffer), -1)
                                  : DirectFunctionCall1(int8_numeric, Int64GetDatum(number));
  // numeric(20,0), which BIGINT UNSIGNED becomes, holds every integer that can come.
  const bool fits_all =
      cell.typmod < VARHDRSZ || (numeric_scale(cell.typmod) == 0 && (cell.typmod - VARHDRSZ) >> 16 >= 20);
  return fits_all ? exact : numeric_with_typmod(cell, value, exact);
}

}  // namespace

Datum to_int2(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  int64_t number;
  if (!integer_of(cell, value, INT16_MIN, INT16_MAX, &number))
    return integer_by_input(cell, value, is_null, changed);
  return Int16GetDatum(static_cast<int16>(number));
}

Datum to_int4(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  int64_t number;
  if (!integer_of(cell, value, INT32_MIN, INT32_MAX, &number))
    return integer_by_input(cell, value, is_null, changed);
  return Int32GetDatum(static_cast<int32>(number));
}

Datum to_int8(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  int64_t number;
  if (!integer_of(cell, value, INT64_MIN, INT64_MAX, &number))
    return integer_by_input(cell, value, is_null, changed);
  return Int64GetDatum(number);
}

Datum to_bool(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  if (value.kind() != ValueKind::kInt && value.kind() != ValueKind::kUint)
    return by_input(cell, value, is_null, changed);
  const uint64_t number =
      value.kind() == ValueKind::kUint ? value.as_uint() : static_cast<uint64_t>(value.as_int());
  if (number > 1)
    does_not_fit(cell, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "An integer type holds every such value.");
  return BoolGetDatum(number == 1);
}

Datum to_float4(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  if (value.kind() == ValueKind::kFloat) return Float4GetDatum(value.as_float());
  if (value.kind() != ValueKind::kDouble) return exact_float(cell, value, true, is_null, changed);
  const auto narrowed = static_cast<float>(value.as_double());
  if (static_cast<double>(narrowed) != value.as_double())
    does_not_fit(cell, value, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
                 "The type double precision holds every value.");
  return Float4GetDatum(narrowed);
}

Datum to_float8(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  if (value.kind() == ValueKind::kDouble) return Float8GetDatum(value.as_double());
  if (value.kind() == ValueKind::kFloat) return Float8GetDatum(static_cast<double>(value.as_float()));
  return exact_float(cell, value, false, is_null, changed);
}

Datum to_numeric(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  CellContext context(cell);
  Datum result;
  switch (value.kind()) {
    case ValueKind::kDecimal:
      result = numeric_from_decimal(cell, value);
      break;
    case ValueKind::kInt:
    case ValueKind::kUint:
      result = numeric_from_integer(cell, value);
      break;
    default:
      result = by_input(cell, value, is_null, changed);
  }
  context.end();
  return result;
}

}  // namespace mysql_sync::pg
