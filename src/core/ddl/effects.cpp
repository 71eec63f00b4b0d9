#include "core/ddl/effects.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/arena.hpp"
#include "core/ddl/generated_expression.hpp"
#include "core/ddl/sql_lexer.hpp"
#include "core/types/default_value.hpp"
#include "core/types/name_case.hpp"
#include "core/types/type_map.hpp"

namespace mysql_sync::ddl {

namespace {

using DefaultKind = ColumnDefault::Kind;

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

std::string described(const ColumnType& type) {
  return type.charset.empty() ? type.declared : type.declared + " character set " + type.charset;
}

/// True if the parenthesis at the beginning is closed by the last character.
bool is_enclosed(const std::string& sql) {
  size_t depth = 0;
  char quote = '\0';
  for (size_t i = 0; i < sql.size(); ++i) {
    const char c = sql[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && (depth == 0 || --depth == 0)) {
      return i > 0 && i + 1 == sql.size();
    }
    if (depth == 0) return false;
  }
  return false;
}

/// An expression as a statement writes it, or SHOW CREATE TABLE: without quotes of names, spaces and
/// parentheses around the whole. Text in it is left as it is.
std::string plain_expression(const std::string& sql) {
  std::string plain;
  char quote = '\0';
  for (const char c : sql) {
    const bool is_quote = c == '\'' || c == '"';
    if (quote != '\0') {
      plain += c;
      if (c == quote) quote = '\0';
    } else if (c != '`' && c != ' ' && c != '\n') {
      plain += to_lower({&c, 1});
      if (is_quote) quote = c;
    }
  }
  while (is_enclosed(plain)) plain = plain.substr(1, plain.size() - 2);
  return plain;
}

// --- why only the source knows the values of a column ---

/// CURRENT_TIMESTAMP is the time of the statement in the types that hold one.
bool is_known_time(const Column& column, bool is_copy) {
  return !is_copy && (column.type.kind == TypeKind::kTimestamp || column.type.kind == TypeKind::kDatetime);
}

/// MySQL reads '2024/2/9' and '1:02' as dates and times, too.
bool is_read_here(const Column& column) {
  const ColumnDefault& value = column.default_value;
  if (value.kind != DefaultKind::kLiteral) return true;
  switch (column.type.kind) {
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kDatetime:
    case TypeKind::kTimestamp:
      break;
    default:
      return !rounds(column.type);
  }
  Arena scratch;
  Value cell;
  const std::string text = default_cell_text(column.type, value.literal, value.literal_is_number);
  return decode_text_cell(column.type, text, scratch, cell).ok();
}

std::optional<std::string> unknown_values(const ColumnAfter& added, bool is_copy) {
  const Column& column = added.column;
  const std::string name = "added column " + quoted(column.name) + " ";
  if (is_auto_increment(column)) return name + "is AUTO_INCREMENT: the source numbers the rows that exist";
  if (column.generated) return name + "is generated";
  if (column.default_value.kind == DefaultKind::kOther)
    return name + "has a default that only the source can compute: " + column.default_value.literal;
  if (column.default_value.kind == DefaultKind::kCurrentTimestamp && !is_known_time(column, is_copy))
    return name + "holds the time at which the source wrote each row";
  if (!is_read_here(column)) return name + "has a default that the source reads in its own way";
  return std::nullopt;
}

/// An ALTER gives a TIMESTAMP that becomes NOT NULL the current time instead of NULL, on some sources even
/// under a strict sql_mode.
bool changes_nulls(const Column& before, const ColumnAfter& after) {
  if (!before.nullable || after.column.nullable) return false;
  return after.lenient || after.column.type.kind == TypeKind::kTimestamp;
}

bool changes_expression(const Column& before, const Column& after) {
  // A stored column that is generated no more keeps its values; one that is not stored cannot become so.
  if (!after.generated) return false;
  return !before.generated ||
         plain_expression(before.default_value.literal) != plain_expression(after.default_value.literal);
}

std::optional<std::string> changed_values(const Column& before, const ColumnAfter& after) {
  const std::string name = "column " + quoted(after.column.name) + " ";
  const bool keeps_type = keeps_values(before.type, after.column.type);
  if (changes_expression(before, after.column) || (after.column.generated && !keeps_type))
    return name + "is generated in another way";
  if (type_change(before.type, after.column.type, after.lenient) == TypeChange::kReload)
    return name + "changes from " + described(before.type) + " to " + described(after.column.type);
  if (changes_nulls(before, after)) return name + "becomes NOT NULL, and the source gives NULLs other values";
  if (is_auto_increment(after.column) && !is_auto_increment(before))
    return name + "becomes AUTO_INCREMENT, and the source numbers rows that have 0";
  return std::nullopt;
}

class Effects {
 public:
  Effects(const TableSchema& before, TableAfter after)
      : before_(before), after_(std::move(after)), by_origin_(before.columns.size(), nullptr) {
    for (const ColumnAfter& column : after_.columns) {
      if (column.origin) by_origin_[*column.origin] = &column;
    }
  }

  AlterOutcome outcome() {
    AlterOutcome result;
    append_drops();
    append_renames();
    append_additions();
    append_types();
    append_key();
    append_nullability();
    append_labels();
    check_generated();
    follow_names();
    result.effects = std::move(effects_);
    result.reload = std::move(after_.reload);
    result.after.database = before_.database;
    result.after.table = before_.table;
    result.after.primary_key = std::move(after_.key);
    for (ColumnAfter& column : after_.columns) {
      result.origins.push_back(column.origin);
      result.after.columns.push_back(std::move(column.column));
    }
    return result;
  }

 private:
  void reload(std::optional<std::string> reason) {
    if (!after_.reload) after_.reload = std::move(reason);
  }

  void append_drops() {
    for (size_t i = 0; i < by_origin_.size(); ++i) {
      if (by_origin_[i] == nullptr) effects_.emplace_back(ColumnDropped{before_.columns[i].name});
    }
  }

  /// Each rename waits until its new name is free; where all wait for each other, one steps aside.
  void append_renames() {
    std::set<std::string> taken;
    std::vector<ColumnRenamed> waiting;
    for (size_t i = 0; i < by_origin_.size(); ++i) {
      if (by_origin_[i] == nullptr) continue;
      const std::string &from = before_.columns[i].name, &to = by_origin_[i]->column.name;
      taken.insert(lower_name(from));
      if (from != to) waiting.push_back({from, to});
    }
    while (!waiting.empty()) {
      if (rename_one_round(&waiting, &taken)) continue;
      std::string aside = spare_name(taken);
      effects_.emplace_back(ColumnRenamed{waiting.back().from, aside});
      taken.erase(lower_name(waiting.back().from));
      taken.insert(aside);
      waiting.back().from = std::move(aside);
    }
  }

  bool rename_one_round(std::vector<ColumnRenamed>* waiting, std::set<std::string>* taken) {
    const size_t before = waiting->size();
    const auto try_rename = [&](const ColumnRenamed& rename) {
      const std::string from = lower_name(rename.from), to = lower_name(rename.to);
      if (from != to && taken->count(to) > 0) return false;
      taken->erase(from);
      taken->insert(to);
      effects_.emplace_back(rename);
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

  void append_additions() {
    for (const ColumnAfter& after : after_.columns) {
      if (after.origin) continue;
      effects_.emplace_back(ColumnAdded{after.column, after.column.default_value});
      reload(unknown_values(after, after_.is_copy));
    }
  }

  void append_types() {
    for (size_t i = 0; i < by_origin_.size(); ++i) {
      if (by_origin_[i] == nullptr) continue;
      const Column& before = before_.columns[i];
      reload(changed_values(before, *by_origin_[i]));
      const Column& after = by_origin_[i]->column;
      if (after_.pads_char && before.type.kind == TypeKind::kChar && after.type.kind != TypeKind::kChar)
        reload("column " + quoted(after.name) + " was read with its trailing spaces");
      if (!keeps_values(before.type, after.type))
        effects_.emplace_back(TypeChanged{after.name, before, after});
    }
  }

  /// The source computes generated columns anew from what became of the others, in the session of the
  /// statement.
  void check_generated() {
    TableSchema touched;
    std::string changed;
    for (const ColumnEffect& effect : effects_) {
      if (const auto* type = std::get_if<TypeChanged>(&effect)) {
        touched.columns.push_back(type->before);
        touched.columns.push_back(type->after);
        if (changed.empty()) changed = type->name;
      }
    }
    if (touched.columns.empty()) return;
    for (const Column& column : before_.columns) {
      if (depends_on_session(column.type.kind)) touched.columns.push_back(column);
    }
    for (const ColumnAfter& after : after_.columns) {
      if (after.origin && after.column.generated &&
          !is_independent(after.column.default_value.literal, touched))
        reload("generated columns may change with the type of column " + quoted(changed));
    }
  }

  /// What becomes of the value in an expression: a time of the day is one of today where a date is wanted.
  bool depends_on_session(TypeKind kind) const {
    return kind == TypeKind::kTimestamp || kind == TypeKind::kTime ||
           (kind == TypeKind::kChar && after_.pads_char);
  }

  /// MariaDB lets columns be renamed that others are computed from.
  void follow_names() {
    NewNames names;
    for (size_t i = 0; i < by_origin_.size(); ++i) {
      if (by_origin_[i] != nullptr && by_origin_[i]->column.name != before_.columns[i].name)
        names[lower_name(before_.columns[i].name)] = by_origin_[i]->column.name;
    }
    if (names.empty()) return;
    for (ColumnAfter& after : after_.columns) {
      std::string& expression = after.column.default_value.literal;
      if (after.origin && after.column.generated) expression = with_new_names(expression, names);
    }
  }

  bool key_is_same() const {
    return std::equal(after_.key.begin(), after_.key.end(), before_.primary_key.begin(),
                      before_.primary_key.end(),
                      [&](size_t now, size_t then) { return after_.columns[now].origin == then; });
  }

  /// Two rows that the old key tells apart are two rows for the new one, too.
  bool key_tells_all_apart() const {
    return std::all_of(before_.primary_key.begin(), before_.primary_key.end(), [&](size_t then) {
      return std::any_of(after_.key.begin(), after_.key.end(),
                         [&](size_t now) { return after_.columns[now].origin == then; });
    });
  }

  void append_key() {
    if (key_is_same()) return;
    KeyChanged changed;
    for (const size_t column : after_.key) changed.columns.push_back(after_.columns[column].column.name);
    effects_.emplace_back(std::move(changed));
    if (after_.is_copy && !after_.key.empty() && (before_.primary_key.empty() || !key_tells_all_apart()))
      reload("rows may have been left out that are one row to the new primary key");
  }

  void append_nullability() {
    for (size_t i = 0; i < by_origin_.size(); ++i) {
      if (by_origin_[i] == nullptr || by_origin_[i]->column.nullable == before_.columns[i].nullable) continue;
      effects_.emplace_back(NullabilityChanged{by_origin_[i]->column.name, by_origin_[i]->column.nullable});
    }
  }

  void append_labels() {
    for (size_t i = 0; i < by_origin_.size(); ++i) {
      if (by_origin_[i] == nullptr || before_.columns[i].type.kind != TypeKind::kEnum) continue;
      const Column& after = by_origin_[i]->column;
      if (after.type.kind != TypeKind::kEnum) continue;
      const std::vector<std::string>& known = before_.columns[i].type.members;
      LabelsAdded added{after.name, {}};
      std::copy_if(after.type.members.begin(), after.type.members.end(), std::back_inserter(added.labels),
                   [&](const std::string& label) {
                     return std::find(known.begin(), known.end(), label) == known.end();
                   });
      if (!added.labels.empty()) effects_.emplace_back(std::move(added));
    }
  }

  const TableSchema& before_;
  TableAfter after_;
  std::vector<const ColumnAfter*> by_origin_;
  std::vector<ColumnEffect> effects_;
};

}  // namespace

AlterOutcome outcome_of(const TableSchema& before, TableAfter after) {
  return Effects(before, std::move(after)).outcome();
}

AlterOutcome outcome_between(const TableSchema& before, const TableSchema& after,
                             const std::vector<std::optional<size_t>>& origins) {
  TableAfter copy;
  copy.is_copy = true;
  copy.key = after.primary_key;
  for (size_t i = 0; i < after.columns.size(); ++i) {
    std::optional<size_t> origin = i < origins.size() ? origins[i] : std::nullopt;
    if (origin && *origin >= before.columns.size()) origin.reset();
    copy.columns.push_back({after.columns[i], origin, true});
  }
  return outcome_of(before, std::move(copy));
}

}  // namespace mysql_sync::ddl
