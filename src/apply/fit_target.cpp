// Makes a target ready for a reload: empty, and of the columns that the source has now.
#include "apply/column_types.hpp"
#include "apply/create_target.hpp"
#include "apply/enum_labels.hpp"
#include "apply/target_catalog.hpp"
#include "apply/target_ddl.hpp"
#include "apply/target_key.hpp"

namespace mysql_sync::apply {

namespace {

using pg::quote_name;
using pg::SpiSession;

bool takes(const TargetType& target, const ColumnType& source) {
  return fit_type(source, target).verdict != TypeFit::Verdict::kUnsuitable;
}

/// The target without choices that the source's types of now give no reason for.
TargetTable with_fitting_choices(TargetTable target, const TableSchema& source) {
  for (size_t i = 0; i < target.types.size() && i < source.columns.size(); ++i) {
    const ColumnType& type = source.columns[i].type;
    std::string& chosen = target.types[i];
    if (chosen.empty()) continue;
    if (chosen == kMadeEnum ? type.kind != TypeKind::kEnum : !takes(find_type(chosen), type)) chosen.clear();
  }
  return target;
}

/// One existing table on its way to another schema of the source. It is empty, so a type needs no conversion.
class Fitting {
 public:
  Fitting(SpiSession& spi, const TargetTable& target, const TableSchema& source, const SourceColumns& before)
      : spi_(spi), target_(target), source_(source), before_(before) {}

  void run() {
    const std::vector<AttrNumber> old_key = attributes_of(target_, old_key_names());
    drop_columns();
    present_ = column_types(target_.schema, target_.table);
    for (size_t i = 0; i < source_.columns.size(); ++i) {
      if (target_.columns[i].empty()) continue;
      if (present_.count(target_.columns[i]) == 0)
        add(i);
      else
        fit_type(i);
    }
    retype_columns(spi_, target_, retypes_);
    change_key(spi_, target_, old_key, key_names(target_, source_), false);
    for (size_t i = 0; i < source_.columns.size(); ++i)
      if (!target_.columns[i].empty()) fit_nullability(i);
    free_others();
  }

 private:
  std::vector<std::string> old_key_names() const {
    std::vector<std::string> names;
    for (const size_t column : before_.schema.primary_key) names.push_back(before_.columns[column]);
    return names;
  }

  void alter(const std::string& what) {
    run_as_owner(spi_, target_, "ALTER TABLE " + qualified(target_) + " " + what);
  }

  void drop_columns() {
    for (const std::string& column : before_.columns) {
      const bool is_gone =
          std::find(target_.columns.begin(), target_.columns.end(), column) == target_.columns.end();
      if (!column.empty() && is_gone && has_column(spi_, target_, column))
        alter("DROP COLUMN " + quote_name(column));
    }
  }

  void add(size_t i) {
    if (has_made_enum(target_, i)) create_made_enum(spi_, target_, source_, i);
    alter("ADD COLUMN " + column_definition(target_, source_, i));
  }

  /// The source column that went to this target column before; nullptr if none did.
  const Column* column_before(size_t i) const {
    for (size_t old = 0; old < before_.columns.size(); ++old)
      if (before_.columns[old] == target_.columns[i]) return &before_.schema.columns[old];
    return nullptr;
  }

  void retype(size_t i, const std::string& type) {
    retypes_.push_back({target_.columns[i], type, "NULL::" + type});
  }

  void fit_type(size_t i) {
    const TargetType& present = present_.at(target_.columns[i]);
    const ColumnType& type = source_.columns[i].type;
    const Column* before = column_before(i);
    const TypePlan plan =
        plan_type(target_.columns[i], before == nullptr ? type : before->type, type, present);
    if (plan.action == TypePlan::Action::kRetype) return retype(i, plan.type);
    if (!takes(present, type)) {
      if (!is_chosen(i)) refuse_type(target_, target_.columns[i], type, present, plan.type);
      if (has_made_enum(target_, i)) create_made_enum(spi_, target_, source_, i);
      return retype(i, find_type(target_type(target_, source_, i)).name);
    }
    if (present.kind == TargetKind::kEnum && type.kind == TypeKind::kEnum)
      add_labels(spi_, present, type.members, source_.display_name());
  }

  bool is_chosen(size_t i) const { return i < target_.types.size() && !target_.types[i].empty(); }

  /// NOT NULL is set where the source's column has become so, as it may be missing by somebody's choice.
  void fit_nullability(size_t i) {
    const Column& column = source_.columns[i];
    const Column* before = column_before(i);
    const std::string name = quote_name(target_.columns[i]);
    const bool nullable = may_be_null(column, target_.policies), is_key = is_key_column(i);
    const bool not_null = find_column(spi_, target_, target_.columns[i])->not_null;
    if (nullable && not_null && !is_key) alter("ALTER COLUMN " + name + " DROP NOT NULL");
    const bool was_nullable = before != nullptr && may_be_null(*before, target_.policies);
    if (!nullable && !not_null && was_nullable) alter("ALTER COLUMN " + name + " SET NOT NULL");
  }

  /// Nothing fills columns that are not mapped: those of a table that had the name before, or of the user's.
  void free_others() {
    for (const std::string& column : unfilled_columns(spi_, target_))
      alter("ALTER COLUMN " + quote_name(column) + " DROP NOT NULL");
  }

  bool is_key_column(size_t i) const {
    return std::find(source_.primary_key.begin(), source_.primary_key.end(), i) != source_.primary_key.end();
  }

  SpiSession& spi_;
  const TargetTable& target_;
  const TableSchema& source_;
  const SourceColumns& before_;
  std::map<std::string, TargetType> present_;
  std::vector<Retype> retypes_;
};

}  // namespace

void fit_target(const TargetTable& target, const TableSchema& source, const SourceColumns& before) {
  const TargetTable fitting = with_fitting_choices(target, source);
  SpiSession spi;
  if (!relation_kind(target.schema, target.table)) return create_target(fitting, source);
  check_names(target);
  lock_target(target);
  run_as_owner(spi, target, "TRUNCATE TABLE " + qualified(target));
  Fitting(spi, fitting, source, before).run();
}

}  // namespace mysql_sync::apply
