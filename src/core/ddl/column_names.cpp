#include "core/ddl/column_names.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "core/ddl/effects.hpp"
#include "core/ddl/sql_cursor.hpp"
#include "core/types/name_case.hpp"

namespace mysql_sync::ddl {

namespace {

/// One statement: its actions name the columns as they were before it.
class Names {
 public:
  explicit Names(const TableSchema& before)
      : before_(before), named_(before.columns.size(), false), moved_(before.columns.size(), false) {
    for (const Column& column : before.columns) names_.push_back(column.name);
  }

  std::vector<std::string> after(const AlterTable& alter) {
    for (const AlterAction& action : alter.actions)
      if (const auto* drop = std::get_if<DropColumn>(&action)) set(drop->name, "");
    for (const AlterAction& action : alter.actions) std::visit([this](const auto& a) { run(a); }, action);
    for (const AlterAction& action : alter.actions)
      if (const auto* add = std::get_if<AddColumn>(&action)) take_name(*add);
    for (size_t i = 0; i < names_.size(); ++i)
      if (moved_[i]) free_name(names_[i]);
    return names_;
  }

 private:
  void set(const std::string& from, const std::string& to) {
    const auto index = before_.find_column(from);
    if (!index || named_[*index]) return;  // the second one is about a column that is added (MariaDB)
    named_[*index] = true;
    names_[*index] = to;
    moved_[*index] = !to.empty();
  }

  void run(const RenameColumn& rename) { set(rename.from, rename.to); }
  void run(const ChangeColumn& change) { set(change.from, change.column.name); }
  template <typename Action>
  void run(const Action&) {}

  void take_name(const AddColumn& add) {
    if (!add.if_not_exists) free_name(add.column.name);
  }

  /// The column that stayed there is gone, by a statement that was not read.
  void free_name(const std::string& name) {
    for (size_t i = 0; i < names_.size(); ++i)
      if (!moved_[i] && same_name(names_[i], name)) names_[i].clear();
  }

  const TableSchema& before_;
  std::vector<bool> named_, moved_;
  std::vector<std::string> names_;
};

/// Of two columns of one name, which no source has, the second counts as gone.
void clear_doubles(std::vector<std::string>* names) {
  std::set<std::string> known;
  for (std::string& name : *names)
    if (!name.empty() && !known.insert(lower_name(name)).second) name.clear();
}

/// Reads past what it does not know, from comma to comma.
class NamesReader {
 public:
  NamesReader(std::string_view sql, const SessionContext& session)
      : cursor_(sql, session), session_(session) {}

  Result<AlterTable> read() {
    if (!accept_head()) return cursor_.unexpected("ALTER TABLE");
    alter_.if_exists = cursor_.accept({"IF", "EXISTS"});
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_table(session_, &alter_.table));
    do {
      MYSQL_SYNC_RETURN_IF_ERROR(read_specification());
      MYSQL_SYNC_RETURN_IF_ERROR(cursor_.skip_item());
    } while (cursor_.accept_symbol(','));
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_end());
    return std::move(alter_);
  }

 private:
  bool accept_head() {
    if (cursor_.accept({"SET", "STATEMENT"}))
      while (!cursor_.exhausted() && !cursor_.accept("FOR")) cursor_.take();
    if (!cursor_.accept("ALTER")) return false;
    while (cursor_.accept_any({"ONLINE", "OFFLINE", "IGNORE"})) {
    }
    return cursor_.accept("TABLE");
  }

  Status read_specification() {
    if (cursor_.accept("RENAME")) return read_rename();
    if (cursor_.accept("CHANGE")) return read_change();
    if (cursor_.accept("DROP")) return read_drop();
    return {};
  }

  Status read_rename() {
    if (cursor_.accept_any({"INDEX", "KEY"})) return {};
    if (cursor_.accept("COLUMN")) return read_renamed_column();
    if (!cursor_.accept_any({"TO", "AS"})) cursor_.accept_symbol('=');
    RenameTable rename;
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_table(session_, &rename.to));
    alter_.actions.emplace_back(std::move(rename));
    return {};
  }

  Status read_renamed_column() {
    RenameColumn rename;
    rename.if_exists = cursor_.accept({"IF", "EXISTS"});
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_name(&rename.from));
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect("TO"));
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_name(&rename.to));
    alter_.actions.emplace_back(std::move(rename));
    return {};
  }

  Status read_change() {
    RenameColumn rename;
    cursor_.accept("COLUMN");
    rename.if_exists = cursor_.accept({"IF", "EXISTS"});
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_column(&rename.from));
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_column(&rename.to));
    alter_.actions.emplace_back(std::move(rename));
    return {};
  }

  Status read_drop() {
    if (cursor_.at_any(
            {"PRIMARY", "INDEX", "KEY", "FOREIGN", "CONSTRAINT", "CHECK", "PARTITION", "PERIOD", "SYSTEM"}))
      return {};
    DropColumn drop;
    cursor_.accept("COLUMN");
    drop.if_exists = cursor_.accept({"IF", "EXISTS"});
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_column(&drop.name));
    alter_.actions.emplace_back(std::move(drop));
    return {};
  }

  SqlCursor cursor_;
  const SessionContext& session_;
  AlterTable alter_;
};

}  // namespace

std::vector<std::string> names_after(const TableSchema& before, const AlterTable& alter) {
  return Names(before).after(alter);
}

std::vector<std::string> names_after(const TableSchema& before, const AlterOutcome& outcome) {
  std::vector<std::string> names(before.columns.size());
  for (size_t i = 0; i < outcome.origins.size(); ++i)
    if (outcome.origins[i]) names[*outcome.origins[i]] = outcome.after.columns[i].name;
  return names;
}

AlterOutcome renaming(const TableSchema& before, std::vector<std::string> names) {
  clear_doubles(&names);
  TableAfter after;
  std::vector<size_t> place(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    place[i] = after.columns.size();
    if (names[i].empty()) continue;
    after.columns.push_back({before.columns[i], i, false, false});
    after.columns.back().column.name = names[i];
  }
  for (const size_t column : before.primary_key)
    if (!names[column].empty()) after.key.push_back(place[column]);
  AlterOutcome outcome = outcome_of(before, std::move(after));
  const auto is_other = [](const ColumnEffect& effect) {
    return !std::holds_alternative<ColumnDropped>(effect) && !std::holds_alternative<ColumnRenamed>(effect);
  };
  outcome.effects.erase(std::remove_if(outcome.effects.begin(), outcome.effects.end(), is_other),
                        outcome.effects.end());
  outcome.reload.reset();
  return outcome;
}

AlterOutcome without_drops(AlterOutcome outcome) {
  const auto is_drop = [](const ColumnEffect& effect) {
    return std::holds_alternative<ColumnDropped>(effect);
  };
  outcome.effects.erase(std::remove_if(outcome.effects.begin(), outcome.effects.end(), is_drop),
                        outcome.effects.end());
  return outcome;
}

bool have_changed_hands(const TableSchema& now, const std::vector<std::string>& read_as) {
  for (size_t i = 0; i < now.columns.size() && i < read_as.size(); ++i) {
    if (read_as[i].empty()) continue;
    const auto holder = now.find_column(read_as[i]);
    if (holder && *holder != i) return true;
  }
  return false;
}

Result<AlterTable> read_names(std::string_view sql, const SessionContext& session) {
  return NamesReader(sql, session).read();
}

}  // namespace mysql_sync::ddl
