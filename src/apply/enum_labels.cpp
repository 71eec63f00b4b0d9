#include "apply/enum_labels.hpp"

#include <algorithm>

#include "apply/target_catalog.hpp"
#include "pg/compat/apply_compat.hpp"
#include "pg/transaction.hpp"

namespace mysql_sync::apply {

namespace {

using Labels = std::vector<std::string>;

Labels missing_labels(const TargetType& type, const Labels& labels) {
  Labels missing;
  std::copy_if(labels.begin(), labels.end(), std::back_inserter(missing), [&](const std::string& label) {
    return std::find(type.labels.begin(), type.labels.end(), label) == type.labels.end();
  });
  return missing;
}

std::string add_statement(const TargetType& type, const std::string& label) {
  return "ALTER TYPE " + type.name + " ADD VALUE " + pg::quote_literal(label);
}

/// What the enum types of the target lack, as statements.
std::vector<std::string> add_statements(const TargetTable& target, const std::vector<std::string>& columns,
                                        const TableSchema& source) {
  pg::Transaction transaction;
  if (!relation_kind(target.schema, target.table)) return {};  // one that is still to be made
  const auto present = column_types(target.schema, target.table);
  std::vector<std::string> statements;
  for (size_t i = 0; i < source.columns.size(); ++i) {
    const ColumnType& type = source.columns[i].type;
    const auto found = present.find(columns[i]);
    if (type.kind != TypeKind::kEnum || found == present.end()) continue;
    if (found->second.kind != TargetKind::kEnum) continue;
    for (const std::string& label : missing_labels(found->second, type.members))
      statements.push_back(add_statement(found->second, label));
  }
  transaction.commit();
  return statements;
}

}  // namespace

bool add_labels(pg::SpiSession& spi, const TargetType& type, const Labels& labels,
                const std::string& source) {
  const Labels missing = missing_labels(type, labels);
  for (const std::string& label : missing) {
    const std::string statement = add_statement(type, label);
    if (!compat::kAddsLabelsInTransaction) {
      pg::fail(ErrorCode::kUnsupported, "type " + type.name + " lacks a label that " + source + " has now",
               "This server adds labels to a type only outside transactions.",
               "Run " + statement + "; then start the task again.");
    }
    run_ddl(spi, statement);
  }
  return !missing.empty();
}

void add_labels_ahead(const TargetTable& target, const std::vector<std::string>& columns,
                      const TableSchema& source) {
  const auto is_enum = [](const Column& column) { return column.type.kind == TypeKind::kEnum; };
  if (std::none_of(source.columns.begin(), source.columns.end(), is_enum)) return;
  for (const std::string& statement : add_statements(target, columns, source)) run_ddl_alone(statement);
}

}  // namespace mysql_sync::apply
