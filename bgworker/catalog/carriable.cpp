#include "bgworker/catalog/carriable.hpp"

#include "core/types/type_map.hpp"
#include "pg/compat/worker_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/guard.hpp"

namespace mysql_sync {

namespace {

bool is_system_column(const std::string& name) {
  return pg::guard([&] { return compat::is_system_column(name.c_str()); });
}

bool is_too_long(const std::string& name) { return pg::to_server(name).size() >= NAMEDATALEN; }

}  // namespace

std::string column_problem(const Column& column, const std::string& target) {
  const TypeMapping mapping = map_type(column.type);
  if (!mapping.carried) return column.type.declared + " is not carried: " + mapping.reason;
  if (is_system_column(target)) return "the target gives every table a column of its own of that name";
  if (!pg::is_representable(target) || !pg::is_representable(column.type.declared))
    return "the encoding of this database lacks a character of its name or of its labels";
  if (is_too_long(target)) return "the name is longer than 63 bytes";
  return {};
}

std::string schema_problem(const std::string& schema) {
  if (schema.empty()) return "the name of the target's schema is empty";
  if (schema == "mysql_sync" || schema == "information_schema" || schema.compare(0, 3, "pg_") == 0)
    return "schema \"" + schema + "\" is not for tables of users";
  return {};
}

std::string columns_problem(const apply::TargetTable& target) {
  const auto carried =
      target.columns.size() -
      static_cast<size_t>(std::count(target.columns.begin(), target.columns.end(), std::string()));
  if (carried <= MaxHeapAttributeNumber) return {};
  return "it has " + std::to_string(carried) + " columns, and a table here at most " +
         std::to_string(MaxHeapAttributeNumber);
}

std::string target_name_problem(const apply::TargetTable& target) {
  if (!pg::is_representable(target.schema) || !pg::is_representable(target.table))
    return "the encoding of this database lacks a character of the name";
  const std::string problem = schema_problem(target.schema);
  if (!problem.empty()) return problem;
  if (is_too_long(target.schema) || is_too_long(target.table)) return "the name is longer than 63 bytes";
  return {};
}

std::string table_problem(const TableSchema& schema, const apply::TargetTable& target) {
  if (schema.primary_key.empty()) return "the table has no primary key";
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const std::string problem = column_problem(schema.columns[i], target.columns[i]);
    if (!problem.empty()) return "column " + schema.columns[i].name + ": " + problem;
  }
  const std::string problem = columns_problem(target);
  return problem.empty() ? target_name_problem(target) : problem;
}

bool holds_dates(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kDatetime || kind == TypeKind::kTimestamp;
}

}  // namespace mysql_sync
