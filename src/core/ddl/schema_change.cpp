// The source resolves the specifications of one ALTER TABLE together, not one after the other: what is
// dropped, changed or renamed is found by the names before the statement, AFTER by those it leaves behind. So
// here too: first every known column is kept, changed or dropped in its place, then columns are added and
// moved in the statement's order.
#include "core/ddl/schema_change.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/ddl/column_definition.hpp"
#include "core/ddl/sql_lexer.hpp"

namespace mysql_sync::ddl {

namespace {

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

bool is_integer(TypeKind kind) { return kind <= TypeKind::kBigint; }

bool same_charset(const std::string& a, const std::string& b) {
  const auto plain = [](const std::string& name) { return name == "utf8" ? std::string("utf8mb3") : name; };
  return plain(to_lower(a)) == plain(to_lower(b));
}

/// FLOAT(7,3) rounds what it stores; the two numbers show only in the spelling.
std::string rounding(const ColumnType& type) {
  if (type.kind != TypeKind::kFloat && type.kind != TypeKind::kDouble) return {};
  const size_t open = type.declared.find('('), comma = type.declared.find(',');
  if (open == std::string::npos || comma == std::string::npos) return {};
  std::string numbers = type.declared.substr(open, type.declared.find(')') - open);
  numbers.erase(std::remove(numbers.begin(), numbers.end(), ' '), numbers.end());
  return numbers;
}

/// Labels may be added at the end: the numbers of those that rows hold stay.
bool keeps_members(const ColumnType& before, const ColumnType& after) {
  return before.members.size() <= after.members.size() &&
         std::equal(before.members.begin(), before.members.end(), after.members.begin());
}

/// A column on its way through the statement.
struct Slot {
  Column column;
  std::optional<size_t> origin;  ///< its index before; nothing for an added one
};

class Alteration {
 public:
  explicit Alteration(const TableSchema& before)
      : before_(before),
        key_(before.primary_key.begin(), before.primary_key.end()),
        touched_(before.columns.size(), false) {
    for (size_t i = 0; i < before.columns.size(); ++i) kept_.emplace_back(Slot{before.columns[i], i});
  }

  Result<AlterOutcome> run(const AlterTable& alter) {
    for (const AlterAction& action : alter.actions) {
      MYSQL_SYNC_RETURN_IF_ERROR(std::visit([this](const auto& a) { return change(a); }, action));
    }
    collect_kept();
    for (const AlterAction& action : alter.actions) {
      MYSQL_SYNC_RETURN_IF_ERROR(std::visit([this](const auto& a) { return place(a); }, action));
    }
    MYSQL_SYNC_RETURN_IF_ERROR(check_names());
    return outcome();
  }

 private:
  Status unsupported(const std::string& what, std::string detail) const {
    return Status(ErrorCode::kUnsupported, "ALTER TABLE " + before_.display_name() + ": " + what,
                  std::move(detail),
                  "Create the task again with existing_tables set to 'truncate', or without the table.");
  }

  Status unknown_column(const std::string& name) const {
    return unsupported("column " + quoted(name) + " is not known",
                       "What is known of the table is not what the statement was run on.");
  }

  /// The known column a specification names, to be claimed once. An empty result: absent, and IF EXISTS said
  /// so.
  Result<std::optional<size_t>> claim(const std::string& name, bool if_exists) {
    const std::optional<size_t> index = before_.find_column(name);
    if (!index) {
      if (if_exists) return index;
      return unknown_column(name);
    }
    if (touched_[*index]) return unsupported("column " + quoted(name) + " is named twice", {});
    touched_[*index] = true;
    return index;
  }

  // First: each known column in its place.

  Status change(const DropColumn& drop) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(const std::optional<size_t> index, claim(drop.name, drop.if_exists));
    if (!index) return {};
    if (key_.count(*index) > 0) {
      return unsupported("DROP COLUMN " + quoted(drop.name) + " is not carried",
                         "The column is part of the primary key.");
    }
    kept_[*index].reset();
    return {};
  }

  Status change(const RenameColumn& rename) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(const std::optional<size_t> index, claim(rename.from, rename.if_exists));
    if (index) kept_[*index]->column.name = rename.to;
    return {};
  }

  Status change(const ChangeColumn& change) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(const std::optional<size_t> index, claim(change.from, change.if_exists));
    if (!index) return {};
    MYSQL_SYNC_RETURN_IF_ERROR(check_definition(before_.columns[*index], change));
    Column& column = kept_[*index]->column;
    column = change.column;
    if (key_.count(*index) > 0) column.nullable = false;
    if (column.nullable || before_.columns[*index].nullable == column.nullable || !change.lenient) return {};
    return unsupported("NOT NULL for column " + quoted(change.from) + " is not carried",
                       "Without a strict sql_mode the source turns NULLs into other values.");
  }

  Status check_definition(const Column& before, const ChangeColumn& change) const {
    const std::string what = "CHANGE or MODIFY of column " + quoted(change.from) + " is not carried";
    if (change.primary_key) return unsupported(what, "It becomes the primary key.");
    if (before.generated || change.column.generated) {
      return unsupported(what, "The values of a generated column may change with its definition.");
    }
    if (keeps_values(before.type, change.column.type)) return {};
    return unsupported(what, "Its type changes from " + described(before.type) + " to " +
                                 described(change.column.type) + ".");
  }

  static std::string described(const ColumnType& type) {
    return type.charset.empty() ? type.declared : type.declared + " character set " + type.charset;
  }

  Status change(const SetVisibility& visibility) {
    const std::optional<size_t> index = before_.find_column(visibility.name);
    if (!index) return visibility.if_exists ? Status() : unknown_column(visibility.name);
    if (kept_[*index]) kept_[*index]->column.invisible = visibility.invisible;
    return {};
  }

  Status change(const SetDefault& change) {
    const std::optional<size_t> index = before_.find_column(change.name);
    if (!index) return change.if_exists ? Status() : unknown_column(change.name);
    if (!kept_[*index]) return {};
    Column& column = kept_[*index]->column;
    column.default_value = change.binary.empty()
                               ? change.value
                               : binary_default(column.type, change.binary, change.value.literal);
    return {};
  }

  Status change(const NotCarried& action) const { return unsupported(action.what + " is not carried", {}); }
  Status change(const AddPrimaryKey&) const { return unsupported("ADD PRIMARY KEY is not carried", {}); }
  Status change(const DropPrimaryKey&) const { return unsupported("DROP PRIMARY KEY is not carried", {}); }
  Status change(const ConvertCharset&) const {
    return unsupported("CONVERT TO CHARACTER SET is not carried", {});
  }
  Status change(const NeedsReload& action) {
    if (!reload_) reload_ = action.what;
    return {};
  }
  Status change(const AddColumn& add) const {
    const std::string what = "ADD COLUMN " + quoted(add.column.name) + " is not carried";
    if (is_left_out(add)) return {};
    if (add.primary_key) return unsupported(what, "It becomes the primary key.");
    if (add.auto_increment) return unsupported(what, "The source numbers the rows that exist by itself.");
    return {};
  }
  // One of the overloads that run() visits. NOLINTNEXTLINE(readability-convert-member-functions-to-static)
  Status change(const NoEffect&) const { return {}; }
  // NOLINTNEXTLINE(readability-convert-member-functions-to-static)
  Status change(const RenameTable&) const { return {}; }

  // IF NOT EXISTS looks at the table as it was.
  bool is_left_out(const AddColumn& add) const {
    return add.if_not_exists && before_.find_column(add.column.name).has_value();
  }

  void collect_kept() {
    for (std::optional<Slot>& slot : kept_) {
      if (slot) slots_.push_back(*std::move(slot));
    }
  }

  // Then: additions and moves.

  Status place(const AddColumn& add) {
    if (is_left_out(add) || (add.if_not_exists && find_slot(add.column.name) != slots_.size())) return {};
    MYSQL_SYNC_RETURN_IF_ERROR(insert(Slot{add.column, std::nullopt}, add.place));
    added_.push_back(ColumnAdded{add.column, add.column.default_value});
    return {};
  }

  Status place(const ChangeColumn& change) {
    if (!change.place.first && change.place.after.empty()) return {};
    const std::optional<size_t> origin = before_.find_column(change.from);
    const auto at = std::find_if(slots_.begin(), slots_.end(),
                                 [&](const Slot& s) { return origin && s.origin == origin; });
    if (at == slots_.end()) return {};
    Slot moved = std::move(*at);
    slots_.erase(at);
    return insert(std::move(moved), change.place);
  }

  template <typename Action>
  Status place(const Action&) const {
    return {};
  }

  Status insert(Slot slot, const ColumnPlace& place) {
    size_t at = place.first ? 0 : slots_.size();
    if (!place.after.empty()) {
      at = find_slot(place.after);
      if (at == slots_.size()) return unknown_column(place.after);
      ++at;
    }
    slots_.insert(slots_.begin() + static_cast<ptrdiff_t>(at), std::move(slot));
    return {};
  }

  size_t find_slot(const std::string& name) const {
    probe_.columns.resize(1);
    for (size_t i = 0; i < slots_.size(); ++i) {
      probe_.columns[0].name = slots_[i].column.name;
      if (probe_.find_column(name)) return i;
    }
    return slots_.size();
  }

  Status check_names() const {
    std::set<std::string> names;
    for (const Slot& slot : slots_) {
      if (!names.insert(to_lower(slot.column.name)).second) {
        return unsupported("column " + quoted(slot.column.name) + " is there already",
                           "What is known of the table is not what the statement was run on.");
      }
    }
    return slots_.empty() ? unsupported("no column would be left", {}) : Status();
  }

  // At last: the schema, and the steps to it.

  AlterOutcome outcome() {
    AlterOutcome result;
    result.effects = effects();
    result.after.database = before_.database;
    result.after.table = before_.table;
    for (const size_t key_column : before_.primary_key) {
      const auto at =
          std::find_if(slots_.begin(), slots_.end(), [&](const Slot& s) { return s.origin == key_column; });
      result.after.primary_key.push_back(static_cast<size_t>(at - slots_.begin()));
    }
    for (Slot& slot : slots_) {
      result.origins.push_back(slot.origin);
      result.after.columns.push_back(std::move(slot.column));
    }
    result.reload = std::move(reload_);
    return result;
  }

  std::vector<ColumnEffect> effects() const {
    std::vector<ColumnEffect> effects;
    std::vector<const Slot*> by_origin(before_.columns.size(), nullptr);
    for (const Slot& slot : slots_) {
      if (slot.origin) by_origin[*slot.origin] = &slot;
    }
    for (size_t i = 0; i < by_origin.size(); ++i) {
      if (by_origin[i] == nullptr) effects.emplace_back(ColumnDropped{before_.columns[i].name});
    }
    append_renames(by_origin, &effects);
    effects.insert(effects.end(), added_.begin(), added_.end());
    for (size_t i = 0; i < by_origin.size(); ++i) {
      if (by_origin[i] == nullptr || by_origin[i]->column.nullable == before_.columns[i].nullable) continue;
      effects.emplace_back(NullabilityChanged{by_origin[i]->column.name, by_origin[i]->column.nullable});
    }
    append_labels(by_origin, &effects);
    return effects;
  }

  void append_labels(const std::vector<const Slot*>& by_origin, std::vector<ColumnEffect>* effects) const {
    for (size_t i = 0; i < by_origin.size(); ++i) {
      if (by_origin[i] == nullptr || by_origin[i]->column.type.kind != TypeKind::kEnum) continue;
      const std::vector<std::string>&before = before_.columns[i].type.members,
            &after = by_origin[i]->column.type.members;
      if (after.size() <= before.size()) continue;
      const auto added = after.begin() + static_cast<ptrdiff_t>(before.size());
      effects->emplace_back(LabelsAdded{by_origin[i]->column.name, {added, after.end()}});
    }
  }

  /// Each rename waits until its new name is free; where all wait for each other, one steps aside.
  void append_renames(const std::vector<const Slot*>& by_origin, std::vector<ColumnEffect>* effects) const {
    std::set<std::string> taken;
    std::vector<ColumnRenamed> waiting;
    for (size_t i = 0; i < by_origin.size(); ++i) {
      if (by_origin[i] == nullptr) continue;
      const std::string &from = before_.columns[i].name, &to = by_origin[i]->column.name;
      taken.insert(to_lower(from));
      if (from != to) waiting.push_back({from, to});
    }
    while (!waiting.empty()) {
      if (rename_one_round(&waiting, &taken, effects)) continue;
      std::string aside = spare_name(taken);
      effects->emplace_back(ColumnRenamed{waiting.back().from, aside});
      taken.erase(to_lower(waiting.back().from));
      taken.insert(aside);
      waiting.back().from = std::move(aside);
    }
  }

  static bool rename_one_round(std::vector<ColumnRenamed>* waiting, std::set<std::string>* taken,
                               std::vector<ColumnEffect>* effects) {
    const size_t before = waiting->size();
    const auto try_rename = [&](const ColumnRenamed& rename) {
      const std::string from = to_lower(rename.from), to = to_lower(rename.to);
      if (from != to && taken->count(to) > 0) return false;
      taken->erase(from);
      taken->insert(to);
      effects->emplace_back(rename);
      return true;
    };
    waiting->erase(std::remove_if(waiting->begin(), waiting->end(), try_rename), waiting->end());
    return waiting->size() < before;
  }

  static std::string spare_name(const std::set<std::string>& taken) {
    std::string name;
    for (size_t number = 1; name.empty() || taken.count(name) > 0; ++number) {
      name = "mysql_sync_renamed_" + std::to_string(number);
    }
    return name;
  }

  const TableSchema& before_;
  const std::set<size_t> key_;
  std::vector<bool> touched_;
  std::vector<std::optional<Slot>> kept_;  ///< by index before; empty once dropped
  std::vector<Slot> slots_;
  std::vector<ColumnAdded> added_;
  std::optional<std::string> reload_;
  mutable TableSchema probe_;  ///< one column, to compare names as TableSchema does
};

}  // namespace

bool keeps_values(const ColumnType& before, const ColumnType& after) {
  if (before.kind != after.kind || before.is_unsigned != after.is_unsigned) return false;
  if (before.kind == TypeKind::kUnknown) return equals_ignoring_case(before.declared, after.declared);
  const bool length_is_display = is_integer(before.kind) || before.kind == TypeKind::kYear;
  return (length_is_display || before.length == after.length) && before.precision == after.precision &&
         before.scale == after.scale && before.fraction == after.fraction &&
         same_charset(before.charset, after.charset) && keeps_members(before, after) &&
         rounding(before) == rounding(after);
}

Result<AlterOutcome> alter_outcome(const TableSchema& before, const AlterTable& alter) {
  return Alteration(before).run(alter);
}

TypeChange type_change(const ColumnType& before, const ColumnType& after, bool) {
  return keeps_values(before, after) ? TypeChange::kNoValueChanges : TypeChange::kReload;
}

AlterOutcome outcome_between(const TableSchema& before, const TableSchema& after,
                             const std::vector<std::optional<size_t>>& origins) {
  AlterOutcome outcome;
  outcome.after = after;
  outcome.after.database = before.database;
  outcome.after.table = before.table;
  outcome.origins = origins;
  outcome.reload = "another table took its place";
  return outcome;
}

Result<TableSchema> apply_alter(const TableSchema& before, const AlterTable& alter) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(AlterOutcome outcome, alter_outcome(before, alter));
  return std::move(outcome.after);
}

}  // namespace mysql_sync::ddl
