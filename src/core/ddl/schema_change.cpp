// The source resolves the specifications of one ALTER TABLE together, not one after the other: what is
// dropped, changed or renamed is found by the names before the statement, AFTER by those it leaves behind. So
// here too: first every known column is kept, changed or dropped in its place, then columns are added and
// moved in the statement's order. MariaDB lets a specification change what another one of the statement adds.
#include "core/ddl/schema_change.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/ddl/charset_clause.hpp"
#include "core/ddl/charset_conversion.hpp"
#include "core/ddl/effects.hpp"
#include "core/ddl/resolved_column.hpp"
#include "core/ddl/sql_lexer.hpp"
#include "core/types/name_case.hpp"

namespace mysql_sync::ddl {

namespace {

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

class Alteration {
 public:
  explicit Alteration(const TableSchema& before) : before_(before), touched_(before.columns.size(), false) {
    for (size_t i = 0; i < before.columns.size(); ++i)
      kept_.emplace_back(ColumnAfter{before.columns[i], i, false});
  }

  Result<AlterOutcome> run(const AlterTable& alter) {
    after_.pads_char = alter.pads_char;
    MYSQL_SYNC_RETURN_IF_ERROR(change_known(alter));
    collect_kept();
    MYSQL_SYNC_RETURN_IF_ERROR(place_all(alter));
    MYSQL_SYNC_RETURN_IF_ERROR(check_names());
    give_first_timestamp_the_time();
    MYSQL_SYNC_RETURN_IF_ERROR(resolve_key());
    return outcome_of(before_, std::move(after_));
  }

 private:
  using Columns = std::vector<ColumnAfter>;

  Status unsupported(const std::string& what, std::string detail) const {
    return Status(
        ErrorCode::kUnsupported, "ALTER TABLE " + before_.display_name() + ": " + what, std::move(detail),
        "Call mysql_sync.reset_task(), then start_task(): all tables are loaded again. A table that cannot be carried "
        "is to be left out, by alter_task() between the two.");
  }

  Status named_twice(const std::string& name) const {
    return unsupported("column " + quoted(name) + " is named twice", {});
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
    if (touched_[*index]) return named_twice(name);
    touched_[*index] = true;
    return index;
  }

  // First: each known column in its place.

  Status change_known(const AlterTable& alter) {
    for (const AlterAction& action : alter.actions)
      if (const auto* drop = std::get_if<DropColumn>(&action)) MYSQL_SYNC_RETURN_IF_ERROR(remove(*drop));
    for (const AlterAction& action : alter.actions)
      MYSQL_SYNC_RETURN_IF_ERROR(std::visit([this](const auto& a) { return change(a); }, action));
    if (converted_to_ != nullptr) convert(*converted_to_);
    return {};
  }

  Status remove(const DropColumn& drop) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(const std::optional<size_t> index, claim(drop.name, drop.if_exists));
    if (index) kept_[*index].reset();
    return {};
  }

  Status change(const RenameColumn& rename) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(const std::optional<size_t> index, claim(rename.from, rename.if_exists));
    if (index) kept_[*index]->column.name = rename.to;
    return {};
  }

  Status change(const ChangeColumn& change) {
    if (defines_added(change)) {
      redefined_.insert(&change);
      return {};
    }
    MYSQL_SYNC_ASSIGN_OR_RETURN(const std::optional<size_t> index, claim(change.from, change.if_exists));
    if (!index) return {};
    kept_[*index]->column = change.column;
    kept_[*index]->lenient = change.lenient;
    kept_[*index]->may_take_time = change.may_take_time;
    defined_.insert(*index);
    if (change.primary_key) set_key({{change.column.name}, false, change.lenient});
    return {};
  }

  Status change(const SetVisibility& visibility) {
    const std::optional<size_t> index = before_.find_column(visibility.name);
    if (!index) return visibility.if_exists ? Status() : unknown_column(visibility.name);
    if (kept_[*index]) kept_[*index]->column.invisible = visibility.invisible;
    return {};
  }

  /// True if the column is found no more among the known ones, and one of the new name is added.
  bool defines_added(const ChangeColumn& change) const {
    const std::optional<size_t> index = before_.find_column(change.from);
    return (!index || touched_[*index]) && added_.count(lower_name(change.column.name)) > 0;
  }

  Status change(const AddColumn& add) {
    if (!is_left_out(add)) added_.insert(lower_name(add.column.name));
    if (add.primary_key && !is_left_out(add)) set_key({{add.column.name}, false, add.lenient});
    return {};
  }

  Status change(const AddPrimaryKey& key) {
    set_key(key);
    return {};
  }
  Status change(const DropPrimaryKey&) {
    drops_key_ = true;
    return {};
  }
  Status change(const ConvertCharset& convert) {
    converted_to_ = &convert;
    return {};
  }
  Status change(const NeedsReload& action) {
    if (!after_.reload) after_.reload = action.what;
    return {};
  }
  Status change(const NotCarried& action) const { return unsupported(action.what + " is not carried", {}); }
  // Some of the overloads that run() visits. NOLINTBEGIN(readability-convert-member-functions-to-static)
  Status change(const NoEffect&) const { return {}; }
  Status change(const DropColumn&) const { return {}; }
  Status change(const SetDefault&) const { return {}; }
  Status change(const RenameTable&) const { return {}; }
  // NOLINTEND(readability-convert-member-functions-to-static)

  void set_key(AddPrimaryKey key) { new_key_ = std::move(key); }

  /// Columns that the same statement defines have the character set already.
  void convert(const ConvertCharset& to) {
    for (std::optional<ColumnAfter>& kept : kept_) {
      if (!kept || kept->column.type.charset.empty() || defined_.count(*kept->origin) > 0) continue;
      std::optional<std::string> reason = convert_column(to, &kept->column);
      if (!after_.reload) after_.reload = std::move(reason);
      kept->lenient = to.lenient;
    }
  }

  // IF NOT EXISTS looks at the table as it was.
  bool is_left_out(const AddColumn& add) const {
    return add.if_not_exists && before_.find_column(add.column.name).has_value();
  }

  void collect_kept() {
    for (std::optional<ColumnAfter>& column : kept_) {
      if (column) after_.columns.push_back(*std::move(column));
    }
  }

  // Then: additions and moves.

  Status place_all(const AlterTable& alter) {
    for (const AlterAction& action : alter.actions)
      MYSQL_SYNC_RETURN_IF_ERROR(std::visit([this](const auto& a) { return place(a); }, action));
    for (const AlterAction& action : alter.actions)
      if (const auto* change = std::get_if<SetDefault>(&action))
        MYSQL_SYNC_RETURN_IF_ERROR(set_default(*change));
    return {};
  }

  Status place(const AddColumn& add) {
    const bool is_there = is_left_out(add) || (add.if_not_exists && find(add.column.name));
    return is_there
               ? Status()
               : insert(ColumnAfter{add.column, std::nullopt, add.lenient, add.may_take_time}, add.place);
  }

  Status place(const ChangeColumn& change) {
    if (redefined_.count(&change) > 0) return redefine(change);
    if (!change.place.first && change.place.after.empty()) return {};
    Columns& columns = after_.columns;
    const std::optional<size_t> origin = before_.find_column(change.from);
    const auto at = std::find_if(columns.begin(), columns.end(),
                                 [&](const ColumnAfter& c) { return origin && c.origin == origin; });
    if (at == columns.end()) return {};
    ColumnAfter moved = std::move(*at);
    columns.erase(at);
    return insert(std::move(moved), change.place);
  }

  /// The definition takes the place of the added one, and stands where it says itself.
  Status redefine(const ChangeColumn& change) {
    const std::optional<size_t> index = find(change.column.name);
    if (!index || after_.columns[*index].origin) return named_twice(change.from);
    after_.columns.erase(after_.columns.begin() + static_cast<ptrdiff_t>(*index));
    if (change.primary_key) set_key({{change.column.name}, false, change.lenient});
    return insert({change.column, std::nullopt, change.lenient, change.may_take_time}, change.place);
  }

  /// Of a column that the statement leaves alone, or adds, in whatever order.
  Status set_default(const SetDefault& change) {
    const std::optional<size_t> index = find(change.name);
    if (!index) return change.if_exists ? Status() : unknown_column(change.name);
    Column& column = after_.columns[*index].column;
    column.default_value = change.binary.empty()
                               ? change.value
                               : binary_default(column.type, change.binary, change.value.literal);
    return {};
  }

  template <typename Action>
  Status place(const Action&) const {
    return {};
  }

  Status insert(ColumnAfter column, const ColumnPlace& place) {
    size_t at = place.first ? 0 : after_.columns.size();
    if (!place.after.empty()) {
      const std::optional<size_t> found = find(place.after);
      if (!found) return unknown_column(place.after);
      at = *found + 1;
    }
    after_.columns.insert(after_.columns.begin() + static_cast<ptrdiff_t>(at), std::move(column));
    return {};
  }

  std::optional<size_t> find(const std::string& name) const {
    probe_.columns.resize(1);
    for (size_t i = 0; i < after_.columns.size(); ++i) {
      probe_.columns[0].name = after_.columns[i].column.name;
      if (probe_.find_column(name)) return i;
    }
    return std::nullopt;
  }

  Status check_names() const {
    std::set<std::string> names;
    for (const ColumnAfter& column : after_.columns) {
      if (!names.insert(lower_name(column.column.name)).second) {
        return unsupported("column " + quoted(column.column.name) + " is there already",
                           "What is known of the table is not what the statement was run on.");
      }
    }
    return after_.columns.empty() ? unsupported("no column would be left", {}) : Status();
  }

  // At last: what depends on all columns.

  void give_first_timestamp_the_time() {
    const auto first = std::find_if(after_.columns.begin(), after_.columns.end(), [](const ColumnAfter& c) {
      return c.column.type.kind == TypeKind::kTimestamp;
    });
    if (first != after_.columns.end() && first->may_take_time)
      first->column.default_value.kind = ColumnDefault::Kind::kCurrentTimestamp;
  }

  Status resolve_key() {
    const bool has_key = !before_.primary_key.empty() && !drops_key_;
    if (new_key_ && new_key_->if_not_exists && has_key) new_key_.reset();
    if (new_key_) {
      MYSQL_SYNC_RETURN_IF_ERROR(take_new_key());
    } else if (has_key) {
      keep_key();
    }
    for (const size_t index : after_.key) after_.columns[index].column.nullable = false;
    return {};
  }

  Status take_new_key() {
    for (const std::string& name : new_key_->columns) {
      const std::optional<size_t> index = find(name);
      if (!index) return unknown_column(name);
      ColumnAfter& column = after_.columns[*index];
      column.lenient = column.lenient || new_key_->lenient;
      after_.key.push_back(*index);
    }
    return {};
  }

  /// A column that is dropped leaves the key (MariaDB refuses that, but for the only one).
  void keep_key() {
    for (const size_t then : before_.primary_key) {
      for (size_t i = 0; i < after_.columns.size(); ++i) {
        if (after_.columns[i].origin == then) after_.key.push_back(i);
      }
    }
  }

  const TableSchema& before_;
  std::vector<bool> touched_;
  std::vector<std::optional<ColumnAfter>> kept_;  ///< by index before; empty once dropped
  std::set<std::string> added_;                   ///< names of the columns that are added, in lower case
  std::set<const ChangeColumn*> redefined_;       ///< those that say what an added column is
  std::set<size_t> defined_;                      ///< indexes of those that the statement defines anew
  const ConvertCharset* converted_to_ = nullptr;
  std::optional<AddPrimaryKey> new_key_;
  bool drops_key_ = false;
  TableAfter after_;
  mutable TableSchema probe_;  ///< one column, to compare names as TableSchema does
};

}  // namespace

Result<AlterOutcome> alter_outcome(const TableSchema& before, const AlterTable& alter) {
  return Alteration(before).run(alter);
}

std::optional<std::string> charset_after(const TableSchema& before, const std::string& table_charset,
                                         const AlterTable& alter) {
  const std::string& named = alter.default_charset;
  if (named.empty()) return table_charset;
  if (alter.idle == AlterTable::Idle::kNever || same_charset(named, table_charset)) return named;
  const auto has_other = [&](const Column& column) {
    return !column.type.charset.empty() && !same_charset(column.type.charset, named);
  };
  const auto has_any = [](const Column& column) { return !column.type.charset.empty(); };
  if (std::any_of(before.columns.begin(), before.columns.end(), has_other)) return named;
  // Another collation of the same character set counts as a change.
  const bool may_change = std::any_of(before.columns.begin(), before.columns.end(), has_any);
  if (may_change || alter.idle == AlterTable::Idle::kUnknown) return std::nullopt;
  return table_charset;
}

Result<TableSchema> apply_alter(const TableSchema& before, const AlterTable& alter) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(AlterOutcome outcome, alter_outcome(before, alter));
  return std::move(outcome.after);
}

}  // namespace mysql_sync::ddl
