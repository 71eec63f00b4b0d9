#include "pg/cell_converter.hpp"

#include "core/types/charset.hpp"
#include "pg/cell_errors.hpp"
#include "pg/cell_to_bits.hpp"
#include "pg/cell_to_number.hpp"
#include "pg/cell_to_parts.hpp"
#include "pg/cell_to_text.hpp"
#include "pg/cell_to_time.hpp"

extern "C" {
#include "utils/timestamp.h"
}

namespace mysql_sync::pg {

namespace {

uint32_t fraction_unit_of(Oid target, int32 typmod) {
  int32 digits = 6;
  if (target == TIMESTAMPOID || target == TIMESTAMPTZOID || target == TIMEOID) digits = typmod;
  if (target == INTERVALOID && typmod >= 0) digits = INTERVAL_PRECISION(typmod);
  if (digits < 0 || digits > 6) return 1;
  uint32_t unit = 1;
  for (; digits < 6; ++digits) unit *= 10;
  return unit;
}

CellFunction function_by_type(Oid target) {
  switch (target) {
    case INT2OID:
      return to_int2;
    case INT4OID:
      return to_int4;
    case INT8OID:
      return to_int8;
    case NUMERICOID:
      return to_numeric;
    case FLOAT4OID:
      return to_float4;
    case FLOAT8OID:
      return to_float8;
    case BOOLOID:
      return to_bool;
    case BITOID:
    case VARBITOID:
      return to_bits;
    case DATEOID:
      return to_date;
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return to_timestamp;
    case INTERVALOID:
      return to_interval;
    case TIMEOID:
      return to_time;
    case TEXTOID:
      return to_text;
    case VARCHAROID:
      return to_varchar;
    case BPCHAROID:
      return to_bpchar;
    case BYTEAOID:
      return to_bytea;
    case UUIDOID:
      return to_uuid;
    default:
      return get_typtype(target) == TYPTYPE_ENUM ? to_enum : by_input;
  }
}

Datum vector_by_text(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed) {
  return function_by_type(cell.type)(cell, vector_text(cell, value), is_null, changed);
}

CellFunction vector_function(Oid target, Oid element) {
  if (target == BYTEAOID) return to_bytea;
  return element == FLOAT4OID || element == FLOAT8OID ? vector_to_array : vector_by_text;
}

CellFunction function_for(Oid target, Oid element, TypeKind source) {
  const CellFunction by_type = function_by_type(target);
  if (source == TypeKind::kVector) return vector_function(target, element);
  if (source == TypeKind::kSet && (element == TEXTOID || element == VARCHAROID)) return set_to_array;
  return source == TypeKind::kGeometry && by_type == by_input ? geometry_by_input : by_type;
}

}  // namespace

void CellConverter::check_domain(Datum value, bool is_null) const {
  CellContext context(cell_);
  domain_check(value, is_null, domain_, &domain_state_, domain_memory_);
  context.end();
}

Datum CellConverter::from_target_text(const Value& value) const {
  if (value.kind() != ValueKind::kTargetText)
    elog(ERROR, "a change without a value for column %s", cell_.column);
  const std::string_view text = value.as_bytes();
  char* copy = text.empty() ? pstrdup("") : pnstrdup(text.data(), text.size());
  const Datum datum =
      InputFunctionCall(const_cast<FmgrInfo*>(&cell_.input), copy, cell_.input_argument, cell_.typmod);
  pfree(copy);
  return datum;
}

CellConverter CellConverter::create(const ColumnType& source, Oid target, int32 typmod, const char* column,
                                    const ValuePolicies& policies, ColumnRole role) {
  CellConverter converter;
  const Oid declared = target;
  target = getBaseTypeAndTypmod(declared, &typmod);
  converter.cell_.element = array_element(target);
  converter.function_ = function_for(target, converter.cell_.element.type, source.kind);
  if (target != declared) {
    converter.domain_ = declared;
    converter.domain_memory_ = CurrentMemoryContext;
  }
  converter.cell_.column = column;
  converter.cell_.charset = source.charset.empty() ? "utf8mb4" : pstrdup(source.charset.c_str());
  converter.cell_.escapes = !is_utf8_charset(source.charset);
  converter.cell_.role = role;
  converter.cell_.policies = policies;
  converter.cell_.type = target;
  converter.cell_.typmod = typmod;
  converter.cell_.source = source.kind;
  converter.cell_.length = source.length;
  converter.cell_.fraction = source.fraction;
  converter.cell_.fraction_unit = fraction_unit_of(target, typmod);
  Oid input;
  getTypeInputInfo(target, &input, &converter.cell_.input_argument);
  fmgr_info(input, &converter.cell_.input);
  return converter;
}

}  // namespace mysql_sync::pg
