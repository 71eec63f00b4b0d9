// A literal of the source's DDL is read as the column's type reads it there, then takes the way of every
// other value: decode_text_cell(), CellConverter. Numbers are the exception: MySQL rounds them to the
// column's scale, and so does PostgreSQL's assignment, while our decoder rightly refuses what no server would
// send.
#include "apply/backfill.hpp"

#include "core/types/default_value.hpp"
#include "core/types/type_map.hpp"
#include "pg/compat/apply_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::apply {

namespace {

using Kind = ColumnDefault::Kind;
using pg::fail;
using pg::guard;

constexpr const char* kResync = "Load the table again: call mysql_sync.resync_table(), then start the task.";

bool is_exact_number(TypeKind kind) { return kind <= TypeKind::kDecimal; }
bool is_approximate(TypeKind kind) { return kind == TypeKind::kFloat || kind == TypeKind::kDouble; }

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
  const std::string cell = default_cell_text(column.type, literal, is_number);
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
