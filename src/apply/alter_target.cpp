// Carries ALTER TABLE of the source to the target, effect by effect. Each looks at what is there: another
// source table of the same target may have brought it already, or may still need what this one gives up.
#include "apply/backfill.hpp"
#include "apply/column_types.hpp"
#include "apply/create_target.hpp"
#include "apply/enum_labels.hpp"
#include "apply/target_catalog.hpp"
#include "apply/target_ddl.hpp"
#include "apply/target_key.hpp"

namespace mysql_sync::apply {

namespace {

using pg::fail;
using pg::quote_name;
using pg::SpiSession;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The other source tables of a target.
class Sharers {
 public:
  explicit Sharers(const std::vector<SourceColumns>& tables) : tables_(tables) {}

  bool any() const { return !tables_.empty(); }

  /// The columns that go to the target column, one a table.
  std::vector<const Column*> columns(const std::string& target) const {
    std::vector<const Column*> found;
    for (const SourceColumns& table : tables_)
      for (size_t i = 0; i < table.columns.size(); ++i)
        if (table.columns[i] == target) found.push_back(&table.schema.columns[i]);
    return found;
  }

  std::vector<ColumnType> types(const std::string& target) const {
    std::vector<ColumnType> types;
    for (const Column* column : columns(target)) types.push_back(column->type);
    return types;
  }

  /// Every one of them has a column for it; true if there are none.
  bool all_have(const std::string& target) const { return columns(target).size() == tables_.size(); }

  bool all_fill(const std::string& target, const pg::ValuePolicies& policies) const {
    const std::vector<const Column*> found = columns(target);
    return all_have(target) && std::none_of(found.begin(), found.end(), [&](const Column* column) {
             return may_be_null(*column, policies);
           });
  }

  /// One of them finds its rows by exactly these target columns.
  bool any_has_key(std::vector<std::string> key) const {
    std::sort(key.begin(), key.end());
    return std::any_of(tables_.begin(), tables_.end(), [&](const SourceColumns& table) {
      std::vector<std::string> other;
      for (const size_t column : table.schema.primary_key) other.push_back(table.columns[column]);
      std::sort(other.begin(), other.end());
      return other == key;
    });
  }

 private:
  const std::vector<SourceColumns>& tables_;
};

/// Carries the effects of one ALTER, and follows which target column each column goes to meanwhile.
class AlterRun {
 public:
  AlterRun(const TargetTable& target, const TableSchema& before, const ddl::AlterOutcome& outcome,
           const std::vector<SourceColumns>& others, uint32_t event_time)
      : target_(target),
        after_(outcome.after),
        source_(before.display_name()),
        event_time_(event_time),
        others_(others) {
    for (size_t i = 0; i < before.columns.size(); ++i)
      names_.emplace_back(before.columns[i].name, target.columns[i]);
    for (const size_t column : before.primary_key) old_key_names_.push_back(target.columns[column]);
    for (const ddl::ColumnEffect& effect : outcome.effects)
      if (std::holds_alternative<ddl::KeyChanged>(effect)) old_key_ = attributes_of(target, old_key_names_);
  }

  /// What another table fills stays; rows of this one have nothing there from now on.
  void operator()(const ddl::ColumnDropped& effect) {
    const std::string column = take(effect.name);
    if (column.empty()) return;
    const bool is_free = others_.columns(column).empty();
    change([&] {
      return is_free ? when(has(column), "DROP COLUMN " + quote_name(column))
                     : when(is_not_null(column), drop_not_null(column));
    });
  }

  /// A column mapped to another name, or to none, keeps its mapping; so does one that another table fills.
  void operator()(const ddl::ColumnRenamed& effect) {
    const std::string column = take(effect.from);
    const bool follows = column == effect.from && others_.columns(column).empty();
    names_.emplace_back(effect.to, follows ? effect.to : column);
    if (!follows) return;
    check_name("column", effect.to);
    change([&] {
      return when(has(effect.from) && !has(effect.to),
                  "RENAME COLUMN " + quote_name(effect.from) + " TO " + quote_name(effect.to));
    });
  }

  void operator()(const ddl::ColumnAdded& effect) {
    const Column& column = effect.column;
    check_name("column", column.name);
    names_.emplace_back(column.name, column.name);
    if (others_.any() && others_.all_have(column.name))
      change([&] { return when(has_default(column.name), drop_default(column.name)); });
    const std::string type = default_type(column, source_);
    const auto filled =
        backfill_expression(column, effect.default_value, type, target_.policies, event_time_, source_);
    std::string definition = "ADD COLUMN " + quote_name(column.name) + " " + type;
    if (!may_be_null(column, target_.policies)) definition += " NOT NULL";
    if (filled) definition += " DEFAULT " + *filled;
    const bool added = change([&] { return when(!has(column.name), definition); });
    if (added && filled && others_.all_have(column.name)) alter(drop_default(column.name));
  }

  void operator()(const ddl::NullabilityChanged& effect) {
    const std::string column = find(effect.name)->second;
    if (column.empty()) return;
    const Column& after = after_.columns[*after_.find_column(effect.name)];
    if (may_be_null(after, target_.policies)) {
      change([&] { return when(is_not_null(column), drop_not_null(column)); });
    } else if (others_.all_fill(column, target_.policies)) {
      change([&] {
        return when(has(column) && !is_not_null(column),
                    "ALTER COLUMN " + quote_name(column) + " SET NOT NULL");
      });
    }
  }

  void operator()(const ddl::LabelsAdded& effect) { add_labels_to(find(effect.name)->second, effect.labels); }

  /// Several of them in a row go over the table once.
  void operator()(const ddl::TypeChanged& effect) {
    const std::string column = find(effect.name)->second;
    if (column.empty()) return;
    if (plan(column, effect).action == TypePlan::Action::kKeep)
      return follow_labels(column, effect.after.type);
    lock();
    const TypePlan again = plan(column, effect);
    if (again.action == TypePlan::Action::kRetype) retypes_.push_back({column, again.type, again.values});
    if (again.action == TypePlan::Action::kReload) fail_without_reload(column, effect);
    if (again.action == TypePlan::Action::kRefuse)
      refuse_type(target_, column, effect.after.type, present(column), again.type);
  }

  void operator()(const ddl::KeyChanged& effect) {
    std::vector<std::string> key;
    for (const std::string& name : effect.columns) key.push_back(find(name)->second);
    if (contains(key, ""))
      fail(ErrorCode::kUnsupported, "a column of the new primary key of " + source_ + " is not carried");
    lock();
    change_key(spi_, target_, old_key_, key, others_.any_has_key(old_key_names_));
    for (const auto& [name, column] : names_)
      if (!column.empty() && !contains(key, column)) leave_key(name, column);
  }

  /// To be called between effects: makes the types what those before it asked for.
  void finish_types() {
    retype_columns(spi_, target_, retypes_);
    retypes_.clear();
  }

  /// The target's column for each column of `after`. kUnsupported if two would share one.
  std::vector<std::string> columns() {
    std::vector<std::string> columns;
    for (const Column& column : after_.columns) {
      const std::string target = find(column.name)->second;
      if (!target.empty() && contains(columns, target)) {
        fail(
            ErrorCode::kUnsupported, "two columns of " + source_ + " would go to column \"" + target + "\"",
            "A column was added or renamed on the source, and its name is that of a column set by set_table.",
            "Drop the task and create it again, with other names.");
      }
      columns.push_back(target);
    }
    return columns;
  }

 private:
  using Name = std::pair<std::string, std::string>;  ///< of the source, of the target
  using Action = std::optional<std::string>;         ///< of ALTER TABLE

  std::vector<Name>::iterator find(const std::string& name) {
    const auto found = std::find_if(names_.begin(), names_.end(), [&](const Name& known) {
      return pg_strcasecmp(known.first.c_str(), name.c_str()) == 0;
    });
    if (found == names_.end())
      fail(ErrorCode::kInternal, "column " + name + " of " + source_ + " is not known");
    return found;
  }

  std::string take(const std::string& name) {
    const auto found = find(name);
    std::string column = found->second;
    names_.erase(found);
    return column;
  }

  static Action when(bool condition, std::string action) {
    return condition ? Action(std::move(action)) : std::nullopt;
  }
  static std::string drop_not_null(const std::string& column) {
    return "ALTER COLUMN " + quote_name(column) + " DROP NOT NULL";
  }
  static std::string drop_default(const std::string& column) {
    return "ALTER COLUMN " + quote_name(column) + " DROP DEFAULT";
  }

  bool has(const std::string& column) { return has_column(spi_, target_, column); }
  bool is_not_null(const std::string& column) {
    const auto found = find_column(spi_, target_, column);
    return found && found->not_null;
  }
  bool has_default(const std::string& column) {
    const auto found = find_column(spi_, target_, column);
    return found && found->has_default;
  }

  void lock() {
    if (!locked_) lock_target(target_);
    locked_ = true;
  }

  void alter(const std::string& what) {
    run_as_owner(spi_, target_, "ALTER TABLE " + qualified(target_) + " " + what);
  }

  /// Does what `wanted` says, twice asked: without the lock whether there is anything to do, with it whether
  /// there still is. True if something was done.
  template <typename Wanted>
  bool change(Wanted wanted) {
    if (!wanted()) return false;
    lock();
    const Action action = wanted();
    if (action) alter(*action);
    return action.has_value();
  }

  TargetType present(const std::string& column) {
    const auto types = column_types(target_.schema, target_.table);
    const auto type = types.find(column);
    if (type == types.end()) {
      fail(ErrorCode::kNotFound, "table " + target_.display_name() + " has no column \"" + column + "\"",
           "A column of " + source_ + " goes there.", "Add the column, then start the task again.");
    }
    return type->second;
  }

  TypePlan plan(const std::string& column, const ddl::TypeChanged& effect) {
    return plan_type(column, effect.before.type, effect.after.type, present(column), others_.types(column));
  }

  void add_labels_to(const std::string& column, const std::vector<std::string>& labels) {
    if (column.empty()) return;
    const TargetType type = present(column);
    if (type.kind == TargetKind::kEnum) add_labels(spi_, type, labels, source_);
  }

  void follow_labels(const std::string& column, const ColumnType& type) {
    if (type.kind == TypeKind::kEnum) add_labels_to(column, type.members);
  }

  [[noreturn]] void fail_without_reload(const std::string& column, const ddl::TypeChanged& effect) {
    fail(ErrorCode::kUnsupported,
         "column \"" + column + "\" of table " + target_.display_name() +
             " would hold values in another form than the source has now",
         effect.before.type.declared + " became " + effect.after.type.declared + " in " + source_ +
             ", and the target has " + present(column).name + ".",
         "Load the table again: call mysql_sync.resync_table(), then start the task.");
  }

  /// The primary key made it NOT NULL, which zero dates need not be any more.
  void leave_key(const std::string& name, const std::string& column) {
    const auto index = after_.find_column(name);
    if (!index || !contains(old_key_names_, column) || !may_be_null(after_.columns[*index], target_.policies))
      return;
    change([&] { return when(is_not_null(column), drop_not_null(column)); });
  }

  const TargetTable& target_;
  const TableSchema& after_;
  const std::string source_;
  const uint32_t event_time_;
  const Sharers others_;
  SpiSession spi_;
  bool locked_ = false;
  std::vector<Name> names_;
  std::vector<std::string> old_key_names_;
  std::vector<AttrNumber> old_key_;  ///< where the key changes
  std::vector<Retype> retypes_;
};

}  // namespace

std::vector<std::string> apply_effects(const TargetTable& target, const TableSchema& before,
                                       const ddl::AlterOutcome& outcome, uint32_t event_time,
                                       const std::vector<SourceColumns>& others) {
  AlterRun run(target, before, outcome, others, event_time);
  for (const ddl::ColumnEffect& effect : outcome.effects) {
    if (!std::holds_alternative<ddl::TypeChanged>(effect)) run.finish_types();
    std::visit(run, effect);
  }
  run.finish_types();
  return run.columns();
}

std::optional<std::string> reload_reason(const TargetTable& target, const ddl::AlterOutcome& outcome) {
  const auto types = column_types(target.schema, target.table);
  for (const ddl::ColumnEffect& effect : outcome.effects) {
    const auto* change = std::get_if<ddl::TypeChanged>(&effect);
    if (change == nullptr) continue;
    const std::optional<size_t> origin = outcome.origins[*outcome.after.find_column(change->name)];
    const std::string column = origin ? target.columns[*origin] : "";
    const auto present = types.find(column);
    if (present == types.end()) continue;
    const TypePlan plan = plan_type(column, change->before.type, change->after.type, present->second);
    if (plan.action == TypePlan::Action::kReload)
      return "column \"" + column + "\" of the target has the type " + present->second.name +
             ", in which values of type " + change->after.type.declared + " have another form";
  }
  return std::nullopt;
}

}  // namespace mysql_sync::apply
