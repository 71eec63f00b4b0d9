#include "apply/create_target.hpp"

#include "apply/target_catalog.hpp"
#include "apply/target_ddl.hpp"
#include "apply/target_relation.hpp"
#include "core/types/type_map.hpp"

namespace mysql_sync::apply {

namespace {

using pg::fail;
using pg::quote_name;
using pg::SpiSession;
using ZeroDates = pg::ValuePolicies::ZeroDates;

bool is_date(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kDatetime || kind == TypeKind::kTimestamp;
}

bool has_label(const std::vector<std::string>& labels, const std::string& label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

/// The first of `labels` that the type of that name lacks; nothing if it has all.
std::optional<std::string> missing_label(const std::string& type, const std::vector<std::string>& labels) {
  const std::vector<std::string> present = find_type(type).labels;
  for (const std::string& label : labels)
    if (!has_label(present, label)) return label;
  return std::nullopt;
}

bool takes_error_value(const TargetTable& target, size_t column) {
  return column < target.error_values.size() && target.error_values[column];
}

std::string made_enum(const TargetTable& target, size_t column) {
  return pg::quote_qualified(target.schema, made_enum_name(target, column));
}

std::string create_statement(const TargetTable& target, const TableSchema& source) {
  std::string columns;
  for (size_t i = 0; i < source.columns.size(); ++i) {
    if (target.columns[i].empty()) continue;
    columns += (columns.empty() ? "" : ", ") + column_definition(target, source, i);
  }
  const std::string key = name_list(key_names(target, source));
  if (!key.empty()) columns += ", PRIMARY KEY (" + key + ")";
  const std::string distributed = target.distributed_by.empty() ? key : name_list(target.distributed_by);
  return "CREATE TABLE " + qualified(target) + " (" + columns + ")" +
         compat::distribution_clause(distributed);
}

}  // namespace

bool may_be_null(const Column& column, const pg::ValuePolicies& policies) {
  return column.nullable || (is_date(column.type.kind) && policies.zero_dates == ZeroDates::kNull);
}

std::string default_type(const Column& column, const std::string& source) {
  TypeMapping mapping = map_type(column.type);
  if (!mapping.carried) {
    fail(ErrorCode::kUnsupported,
         "column " + column.name + " of " + source + " has a type that is not carried",
         column.type.declared + ": " + mapping.reason, "Leave the table out of the task.");
  }
  return std::move(mapping.target);
}

std::string column_definition(const TargetTable& target, const TableSchema& source, size_t column) {
  const std::string definition =
      quote_name(target.columns[column]) + " " + target_type(target, source, column);
  return may_be_null(source.columns[column], target.policies) ? definition : definition + " NOT NULL";
}

void create_made_enum(SpiSession& spi, const TargetTable& target, const TableSchema& source, size_t column) {
  const std::string problem = made_enum_problem(target, source, column);
  if (!problem.empty()) fail(ErrorCode::kUnsupported, problem);
  if (type_kind(spi, target.schema, made_enum_name(target, column))) return;
  std::string labels;
  for (const std::string& label :
       pg::value_or_throw(enum_labels(source.columns[column].type, takes_error_value(target, column))))
    labels += (labels.empty() ? "" : ", ") + pg::quote_literal(label);
  run_ddl(spi, "CREATE TYPE " + made_enum(target, column) + " AS ENUM (" + labels + ")");
}

void refuse_type(const TargetTable& target, const std::string& column, const ColumnType& source,
                 const TargetType& present, const std::string& type) {
  const std::string name = quote_name(column);
  fail(ErrorCode::kUnsupported,
       "column \"" + column + "\" of table " + target.display_name() + " has the type " + present.name +
           ", which does not take the values that come from now on",
       "The source's column has the type " + source.declared + " now.",
       "Run ALTER TABLE " + qualified(target) + " ALTER COLUMN " + name + " TYPE " + type + " USING " + name +
           "::" + type + ", or give it another type that docs/types.md names; then start the task again.");
}

bool has_made_enum(const TargetTable& target, size_t column) {
  return column < target.types.size() && target.types[column] == kMadeEnum;
}

std::string made_enum_name(const TargetTable& target, size_t column) {
  return target.table + "_" + target.columns[column];
}

std::string made_enum_problem(const TargetTable& target, const TableSchema& source, size_t column) {
  const std::string name = made_enum_name(target, column);
  if (name.size() >= NAMEDATALEN)
    return "the name of the enum type, \"" + name + "\", is longer than 63 bytes";
  const auto labels = enum_labels(source.columns[column].type, takes_error_value(target, column));
  if (!labels.ok()) return labels.status().message();
  SpiSession spi;
  const std::optional<char> kind = type_kind(spi, target.schema, name);
  if (!kind) return {};
  if (kind != 'e')
    return "the name of the enum type, " + made_enum(target, column) + ", belongs to another type";
  const std::optional<std::string> missing = missing_label(made_enum(target, column), *labels);
  return missing ? "type " + made_enum(target, column) + " exists and lacks the label '" + *missing + "'"
                 : "";
}

std::string target_type(const TargetTable& target, const TableSchema& source, size_t column) {
  if (has_made_enum(target, column)) return made_enum(target, column);
  if (column < target.types.size() && !target.types[column].empty()) return target.types[column];
  return default_type(source.columns[column], source.display_name());
}

void create_target(const TargetTable& target, const TableSchema& source) {
  check_names(target);
  SpiSession spi;
  create_schema(spi, target.schema);
  for (size_t i = 0; i < source.columns.size(); ++i)
    if (has_made_enum(target, i) && !target.columns[i].empty()) create_made_enum(spi, target, source, i);
  run_ddl(spi, create_statement(target, source));
}

}  // namespace mysql_sync::apply
