#include "apply/column_types.hpp"

#include "apply/distribution.hpp"
#include "apply/target_catalog.hpp"
#include "core/ddl/type_change.hpp"
#include "core/types/type_map.hpp"
#include "pg/compat/apply_compat.hpp"

namespace mysql_sync::apply {

namespace {

using pg::quote_name;
using Action = TypePlan::Action;
using Verdict = TypeFit::Verdict;
using S = TypeKind;
using T = TargetKind;

TargetType mapped_type(const ColumnType& type) {
  const TypeMapping mapping = map_type(type);
  if (!mapping.carried)
    pg::fail(ErrorCode::kUnsupported, "type " + type.declared + " is not carried", mapping.reason);
  return find_type(mapping.target);
}

bool is_string(S kind) { return kind == S::kChar || kind == S::kVarchar || kind == S::kText; }
bool is_text(T kind) { return kind == T::kChar || kind == T::kVarchar || kind == T::kText; }
bool is_moment(T kind) {
  return kind == T::kDate || kind == T::kTimestamp || kind == T::kTimestamptz || kind == T::kTime ||
         kind == T::kInterval;
}

/// A choice for labels means nothing to the text that they have become.
bool lost_its_reason(const ColumnType& before, const ColumnType& after, const TargetType& present) {
  const bool held_labels = (before.kind == S::kEnum && present.kind == T::kEnum) ||
                           (before.kind == S::kSet && present.kind == T::kTextArray);
  return held_labels && is_string(after.kind);
}

/// Types in which a value looks the same whatever its scale or fraction in the source.
bool has_own_form(const TargetType& type) {
  const bool is_number = type.kind <= T::kDouble && (type.kind != T::kNumeric || type.length);
  return is_number || is_moment(type.kind);
}

/// True if a value of `before` in the chosen target type is what it would be had it come from `after`. A
/// smaller scale has rounded it.
bool keeps_form(const ColumnType& before, const ColumnType& after, const TargetType& target) {
  return ddl::keeps_form(before, after) ||
         (has_own_form(target) && before.scale <= after.scale && !ddl::loses_parts(before, after));
}

constexpr const char* kTwoTo64 = "18446744073709551616";

/// A bit string as the number that it is; casts of PostgreSQL fill up on the right.
std::string number_of_bits(const std::string& column, const TargetType& to) {
  const std::string number = "pg_catalog.lpad(" + column + "::text, 64, '0')::bit(64)::bigint";
  if (to.kind != T::kNumeric) return number;
  return "CASE WHEN " + number + " < 0 THEN " + number + " + " + kTwoTo64 + "::numeric ELSE " + number +
         " END";
}

/// The lowest bits of a number. A source that is strict has refused those that need more.
std::string bits_of_number(const std::string& column, const TargetType& from, const TargetType& to) {
  std::string number = column;
  if (from.kind == T::kNumeric)
    number = "(CASE WHEN " + column + " > 9223372036854775807 THEN " + column + " - " + kTwoTo64 + " ELSE " +
             column + " END)";
  const uint64_t bits = to.length.value_or(1);
  return "pg_catalog.substring(" + number + "::bigint::bit(64), " + std::to_string(65 - bits) + ", " +
         std::to_string(bits) + ")::bit(" + std::to_string(bits) + ")";
}

std::string bits_of_bits(const std::string& column, const TargetType& to) {
  const uint64_t bits = to.length.value_or(1);
  return "pg_catalog.right(pg_catalog.lpad(" + column + "::text, 64, '0'), " + std::to_string(bits) +
         ")::bit(" + std::to_string(bits) + ")";
}

bool is_number(T kind) { return kind >= T::kSmallint && kind <= T::kNumeric; }

/// Assignment does what MySQL does, and refuses to cut a text; where there is none, this instead.
std::string values_of(const std::string& name, const TargetType& from, const TargetType& to) {
  const std::string column = quote_name(name);
  if (from.kind == T::kTextArray && is_text(to.kind))
    return "pg_catalog.array_to_string(" + column + ", ',')";
  if (from.kind == T::kBit && is_number(to.kind)) return number_of_bits(column, to);
  if (from.kind == T::kBit && to.kind == T::kBit) return bits_of_bits(column, to);
  if (is_number(from.kind) && to.kind == T::kBit) return bits_of_number(column, from, to);
  return {};
}

bool holds_all(const std::vector<ColumnType>& sources, const TargetType& target) {
  return std::all_of(sources.begin(), sources.end(), [&](const ColumnType& source) {
    return fit_type(source, target).verdict == Verdict::kHolds;
  });
}

/// The source's values were within a chosen type, and are no longer.
bool outgrew(const ColumnType& before, const ColumnType& after, const TargetType& present,
             const TargetType& wanted) {
  return present.kind == wanted.kind && !present.is_domain && present.kind != T::kEnum &&
         fit_type(before, present).verdict == Verdict::kHolds &&
         fit_type(after, present).verdict == Verdict::kLimited;
}

TypePlan retyped(const std::string& column, const TargetType& from, const TargetType& to) {
  return {Action::kRetype, to.name, values_of(column, from, to)};
}

std::string alter_types(const std::vector<Retype>& columns) {
  std::string actions;
  for (const Retype& column : columns) {
    actions += (actions.empty() ? "ALTER COLUMN " : ", ALTER COLUMN ") + quote_name(column.column) +
               " TYPE " + column.type;
    if (!column.values.empty()) actions += " USING " + column.values;
  }
  return actions;
}

}  // namespace

TypePlan plan_type(const std::string& column, const ColumnType& before, const ColumnType& after,
                   const TargetType& present, const std::vector<ColumnType>& others) {
  const TargetType wanted = mapped_type(after);
  if (present.name == wanted.name) return {};
  const bool is_mapped = present.name == mapped_type(before).name || lost_its_reason(before, after, present);
  if (is_mapped && holds_all(others, wanted)) return retyped(column, present, wanted);
  if (fit_type(after, present).verdict == Verdict::kUnsuitable) return {Action::kRefuse, wanted.name, {}};
  if (!keeps_form(before, after, present)) return {Action::kReload, {}, {}};
  if (outgrew(before, after, present, wanted) && holds_all(others, wanted))
    return retyped(column, present, wanted);
  return {};
}

void retype_columns(pg::SpiSession& spi, const TargetTable& target, const std::vector<Retype>& columns) {
  if (columns.empty()) return;
  const std::string statement = "ALTER TABLE " + qualified(target) + " " + alter_types(columns);
  if (!compat::kIsGreenplum) return run_as_owner(spi, target, statement);
  std::vector<std::string> names;
  for (const Retype& column : columns) names.push_back(column.column);
  SetAside aside(spi, target, names);
  run_as_owner(spi, target, statement);
  aside.restore();
}

}  // namespace mysql_sync::apply
