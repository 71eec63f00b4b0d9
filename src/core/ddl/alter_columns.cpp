#include "core/ddl/alter_columns.hpp"

#include <utility>

#include "core/ddl/default_clause.hpp"
#include "core/ddl/key_definition.hpp"
#include "core/ddl/resolved_column.hpp"

namespace mysql_sync::ddl {

namespace {

Status read_key(AlterDraft& draft) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(KeyDefinition key, parse_key_definition(draft.cursor));
  if (key.over_period) return draft.carry_by_reload("ADD PRIMARY KEY … WITHOUT OVERLAPS");
  if (key.kind == KeyDefinition::Kind::kPeriod) return draft.carry_by_reload("ADD PERIOD");
  if (key.kind == KeyDefinition::Kind::kPrimary) {
    draft.alter.actions.emplace_back(
        AddPrimaryKey{std::move(key.columns), key.if_not_exists, draft.is_lenient()});
    if (draft.ignore) draft.needs_reload("ALTER IGNORE TABLE … ADD PRIMARY KEY");
    return {};
  }
  draft.no_effect();
  if (key.kind == KeyDefinition::Kind::kUnique) draft.add_unique();
  draft.alter.adds_rules |= key.kind == KeyDefinition::Kind::kRule;
  return {};
}

Status read_definition(AlterDraft& draft, ColumnDefinition* definition) {
  std::string name;
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect_column(&name));
  MYSQL_SYNC_ASSIGN_OR_RETURN(*definition, parse_column_definition(draft.cursor, draft.session));
  definition->column.name = std::move(name);
  return {};
}

Status read_place(AlterDraft& draft, ColumnPlace* place) {
  if (draft.cursor.accept("AFTER")) return draft.cursor.expect_name(&place->after);
  place->first = draft.cursor.accept("FIRST");
  return {};
}

Status read_add_column(AlterDraft& draft, bool if_not_exists, bool may_be_placed) {
  AddColumn add;
  add.if_not_exists = if_not_exists;
  ColumnDefinition definition;
  MYSQL_SYNC_RETURN_IF_ERROR(read_definition(draft, &definition));
  if (may_be_placed) MYSQL_SYNC_RETURN_IF_ERROR(read_place(draft, &add.place));
  add.primary_key = definition.primary_key;
  add.auto_increment = definition.auto_increment;
  add.lenient = draft.is_lenient();
  add.may_take_time = may_take_time(definition, draft.session);
  return draft.add_pending(std::move(add), std::move(definition));
}

Status read_add_list(AlterDraft& draft, bool if_not_exists) {
  do {
    MYSQL_SYNC_RETURN_IF_ERROR(
        at_key_definition(draft.cursor) ? read_key(draft) : read_add_column(draft, if_not_exists, false));
  } while (draft.cursor.accept_symbol(','));
  return draft.cursor.expect_symbol(')');
}

Status read_changed_column(AlterDraft& draft, bool renames) {
  ChangeColumn change;
  draft.cursor.accept("COLUMN");
  change.if_exists = draft.cursor.accept({"IF", "EXISTS"});
  if (renames) MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect_column(&change.from));
  ColumnDefinition definition;
  MYSQL_SYNC_RETURN_IF_ERROR(read_definition(draft, &definition));
  MYSQL_SYNC_RETURN_IF_ERROR(read_place(draft, &change.place));
  if (!renames) change.from = definition.column.name;
  change.primary_key = definition.primary_key;
  change.auto_increment = definition.auto_increment;
  change.lenient = draft.is_lenient();
  change.may_take_time = may_take_time(definition, draft.session);
  return draft.add_pending(std::move(change), std::move(definition));
}

bool at_period(const AlterDraft& draft) {
  SqlCursor ahead = draft.cursor;
  return ahead.accept("PERIOD") && ahead.at_any({"FOR", "IF"});
}

Status drop_primary_key(AlterDraft& draft, bool if_exists) {
  draft.alter.actions.emplace_back(DropPrimaryKey{if_exists});
  return {};
}

/// The primary key is an index, and a constraint, of this name.
Status read_drop_key(AlterDraft& draft) {
  std::string name;
  const bool if_exists = draft.cursor.accept({"IF", "EXISTS"});
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect_name(&name));
  if (equals_ignoring_case(name, "PRIMARY")) return drop_primary_key(draft, if_exists);
  draft.no_effect();
  return {};
}

Status read_drop_column(AlterDraft& draft) {
  DropColumn drop;
  draft.cursor.accept("COLUMN");
  drop.if_exists = draft.cursor.accept({"IF", "EXISTS"});
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect_column(&drop.name));
  draft.cursor.accept_any({"RESTRICT", "CASCADE"});
  draft.alter.actions.emplace_back(std::move(drop));
  return {};
}

Status read_rename_column(AlterDraft& draft) {
  RenameColumn rename;
  rename.if_exists = draft.cursor.accept({"IF", "EXISTS"});
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect_name(&rename.from));
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect("TO"));
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect_name(&rename.to));
  draft.alter.actions.emplace_back(std::move(rename));
  return {};
}

Status read_altered_default(AlterDraft& draft, SetDefault change) {
  if (draft.cursor.accept({"SET", "DEFAULT"})) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(DefaultClause clause, parse_default(draft.cursor));
    change.value = std::move(clause.value);
    change.value.in_session_zone = true;
    change.binary = std::move(clause.binary);
  } else if (!draft.cursor.accept({"DROP", "DEFAULT"})) {
    return draft.cursor.unexpected("SET DEFAULT or DROP DEFAULT");
  }
  draft.alter.actions.emplace_back(std::move(change));
  return {};
}

}  // namespace

Status read_add(AlterDraft& draft) {
  if (draft.cursor.accept("PARTITION")) return draft.skip_rest_without_effect();
  if (draft.cursor.accept({"SYSTEM", "VERSIONING"})) return draft.carry_not("ADD SYSTEM VERSIONING");
  if (at_key_definition(draft.cursor)) return read_key(draft);
  draft.cursor.accept("COLUMN");
  const bool if_not_exists = draft.cursor.accept({"IF", "NOT", "EXISTS"});
  if (draft.cursor.accept_symbol('(')) return read_add_list(draft, if_not_exists);
  return read_add_column(draft, if_not_exists, true);
}

Status read_change(AlterDraft& draft) { return read_changed_column(draft, true); }

Status read_modify(AlterDraft& draft) { return read_changed_column(draft, false); }

Status read_drop(AlterDraft& draft) {
  if (draft.cursor.accept({"PRIMARY", "KEY"}) || draft.cursor.accept({"CONSTRAINT", "PRIMARY", "KEY"}))
    return drop_primary_key(draft, false);
  if (draft.cursor.accept("PARTITION")) return draft.skip_rest_and_reload("DROP PARTITION");
  if (draft.cursor.accept({"SYSTEM", "VERSIONING"})) return draft.carry_not("DROP SYSTEM VERSIONING");
  if (draft.cursor.accept_any({"INDEX", "KEY", "CONSTRAINT"})) return read_drop_key(draft);
  if (draft.cursor.at_any({"FOREIGN", "CHECK"}) || at_period(draft)) return draft.skip_without_effect();
  return read_drop_column(draft);
}

Status read_rename(AlterDraft& draft) {
  if (draft.cursor.accept("COLUMN")) return read_rename_column(draft);
  if (draft.cursor.accept_any({"INDEX", "KEY"})) return draft.skip_without_effect();
  if (!draft.cursor.accept_any({"TO", "AS"})) draft.cursor.accept_symbol('=');
  RenameTable rename;
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect_table(draft.session, &rename.to));
  draft.alter.actions.emplace_back(std::move(rename));
  return {};
}

Status read_alter(AlterDraft& draft) {
  if (draft.cursor.at_any({"INDEX", "KEY", "CHECK", "CONSTRAINT"})) return draft.skip_without_effect();
  std::string name;
  draft.cursor.accept("COLUMN");
  const bool if_exists = draft.cursor.accept({"IF", "EXISTS"});
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect_column(&name));
  if (draft.cursor.accept({"SET", "MASKING", "POLICY"}) || draft.cursor.accept({"DROP", "MASKING", "POLICY"}))
    return draft.skip_without_effect();
  const bool visible = draft.cursor.accept({"SET", "VISIBLE"});
  if (visible || draft.cursor.accept({"SET", "INVISIBLE"})) {
    draft.alter.actions.emplace_back(SetVisibility{std::move(name), !visible, if_exists});
    return {};
  }
  return read_altered_default(draft, {std::move(name), {}, {}, if_exists});
}

}  // namespace mysql_sync::ddl
