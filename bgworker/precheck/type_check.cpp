#include "bgworker/precheck/type_check.hpp"

#include "apply/target_ddl.hpp"
#include "apply/target_type.hpp"

namespace mysql_sync {

namespace {

using Outcome = PrecheckItem::Status;
using Verdict = TypeFit::Verdict;

constexpr const char* kItem = "types";

/// The columns of one table.
class TypeCheck {
 public:
  TypeCheck(const TableSchema& schema, const apply::TargetTable& target, bool exists)
      : schema_(schema), target_(target), exists_(exists) {
    if (exists) present_ = apply::column_types(target.schema, target.table);
  }

  std::vector<PrecheckItem> run() {
    for (size_t i = 0; i < schema_.columns.size(); ++i) {
      if (target_.columns[i].empty()) continue;
      if (exists_)
        check_present(i);
      else if (i < target_.types.size() && !target_.types[i].empty())
        check_chosen(i);
    }
    return std::move(items_);
  }

 private:
  void add(Outcome status, size_t column, std::string detail, std::string remedy) {
    items_.push_back({kItem, schema_.display_name() + "." + schema_.columns[column].name, status,
                      std::move(detail), std::move(remedy)});
  }

  void check_present(size_t column) {
    const auto present = present_.find(target_.columns[column]);
    if (present == present_.end()) return;  // the check of the table says so
    if (column < target_.types.size() && differs(target_.types[column], present->second))
      return add(
          Outcome::kFailed, column,
          "the existing table has the type " + present->second.name + ", chosen is " + target_.types[column],
          "Change the column of the target, or the choice with set_table.");
    check_fit(column, present->second, "Change the column of the target, unless no such value comes.");
  }

  static bool differs(const std::string& chosen, const TargetType& present) {
    if (chosen.empty()) return false;
    return chosen == apply::kMadeEnum ? present.kind != TargetKind::kEnum : chosen != present.name;
  }

  void check_chosen(size_t column) {
    if (!apply::has_made_enum(target_, column))
      return check_fit(column, apply::find_type(target_.types[column]),
                       "Choose another type with set_table, unless no such value comes.");
    const std::string problem = apply::made_enum_problem(target_, schema_, column);
    if (!problem.empty())
      return add(Outcome::kFailed, column, problem, "Choose another type with set_table.");
    check_fit(column, made_enum(column), "Choose text with set_table, unless no such value comes.");
  }

  TargetType made_enum(size_t column) const {
    TargetType type;
    type.kind = TargetKind::kEnum;
    type.name = apply::target_type(target_, schema_, column);
    type.labels = schema_.columns[column].type.members;
    return type;
  }

  void check_fit(size_t column, const TargetType& type, const char* remedy) {
    const ColumnType& source = schema_.columns[column].type;
    const TypeFit fit = fit_type(source, type);
    if (fit.verdict == Verdict::kLimited)
      add(Outcome::kWarning, column, source.declared + " goes to " + type.name + ": " + fit.detail, remedy);
    if (fit.verdict == Verdict::kUnsuitable)
      add(Outcome::kFailed, column, "values of type " + source.declared + " cannot go to " + type.name,
          "Choose a type that docs/types.md names for it.");
  }

  const TableSchema& schema_;
  const apply::TargetTable& target_;
  const bool exists_;
  std::map<std::string, TargetType> present_;
  std::vector<PrecheckItem> items_;
};

const TableSchema* find_schema(const TableSettings& settings, const std::vector<TableSchema>& schemas) {
  for (const TableSchema& schema : schemas)
    if (schema.database == settings.database && schema.table == settings.table) return &schema;
  return nullptr;
}

void check_columns(const TableSettings& settings, const TableSchema& schema,
                   std::vector<PrecheckItem>* items) {
  const auto fail = [&](const std::string& column, const char* detail) {
    items->push_back({kItem, settings.display_name() + "." + column, Outcome::kFailed, detail,
                      "Correct or remove the setting with set_table."});
  };
  for (const auto& [column, target] : settings.columns) {
    const auto index = schema.find_column(column);
    const bool in_key = index && std::find(schema.primary_key.begin(), schema.primary_key.end(), *index) !=
                                     schema.primary_key.end();
    if (!index) fail(column, "a target column is set for it, and the table has no such column");
    if (!target && in_key) fail(column, "it is part of the primary key, and set to be left out");
  }
  for (const auto& [column, type] : settings.types) {
    const auto mapped = settings.columns.find(column);
    if (!schema.find_column(column))
      fail(column, "a type is chosen for it, and the table has no such column");
    if (mapped != settings.columns.end() && !mapped->second)
      fail(column, "a type is chosen for it, and it is left out");
  }
}

}  // namespace

std::vector<PrecheckItem> check_table_settings(const TaskConfig& config,
                                               const std::vector<TableSchema>& schemas) {
  std::vector<PrecheckItem> items;
  for (const TableSettings& settings : config.table_settings) {
    const TableSchema* schema = find_schema(settings, schemas);
    if (schema == nullptr) {
      items.push_back({kItem, settings.display_name(), Outcome::kFailed,
                       "there are settings for the table, and the task finds no such table on the source",
                       "Correct the name, or remove the settings: set_table(task, table, '', '{}', '{}')."});
      continue;
    }
    check_columns(settings, *schema, &items);
  }
  return items;
}

std::vector<PrecheckItem> check_target_types(const TableSchema& schema, const apply::TargetTable& target,
                                             bool exists) {
  return TypeCheck(schema, target, exists).run();
}

}  // namespace mysql_sync
