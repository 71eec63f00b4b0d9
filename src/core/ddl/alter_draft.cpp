#include "core/ddl/alter_draft.hpp"

#include <utility>

#include "core/ddl/charset_clause.hpp"
#include "core/ddl/resolved_column.hpp"

namespace mysql_sync::ddl {

namespace {

void resolve_table_charset(AlterDraft& draft) {
  if (draft.converted_to) {
    draft.alter.default_charset = *draft.converted_to;
  } else if (!draft.options.charset.empty() || draft.options.is_database_default) {
    draft.alter.default_charset =
        table_charset(draft.options, draft.session.database_charset, &draft.alter.takes_database_charset);
  }
}

/// CONVERT TO also takes columns that are defined in the same statement. MySQL 8 then makes a TEXT of
/// another character set longer, others do not.
void convert_definition(AlterDraft& draft, ColumnDefinition* definition) {
  const std::string& own = definition->explicit_charset;
  if (!draft.converted_to || own.empty() || own == "binary") return;
  if (!same_charset(own, *draft.converted_to))
    draft.needs_reload("CONVERT TO CHARACTER SET of a column of its own");
  definition->explicit_charset = *draft.converted_to;
}

}  // namespace

bool AlterDraft::is_lenient() const {
  const bool strict = (session.sql_mode & (kStrictTransTables | kStrictAllTables)) != 0;
  return ignore || !strict || (session.sql_mode & kPadCharToFullLength) != 0;
}

Status AlterDraft::carry_by_reload(std::string what) {
  needs_reload(std::move(what));
  return {};
}

Status AlterDraft::carry_not(std::string what) {
  alter.actions.emplace_back(NotCarried{std::move(what)});
  return {};
}

void AlterDraft::add_unique() {
  alter.adds_unique = true;
  if (ignore) needs_reload("ALTER IGNORE TABLE … ADD UNIQUE");  // drops the rows that are in the way
}

Status AlterDraft::add_pending(AlterAction action, ColumnDefinition definition) {
  if (pending.size() == kMaxDefinitions) return cursor.unexpected("no more columns");
  if (definition.unique) add_unique();
  alter.adds_rules |= definition.has_rule;
  pending.push_back({alter.actions.size(), std::move(definition)});
  alter.actions.push_back(std::move(action));
  return {};
}

Status AlterDraft::skip_without_effect() {
  no_effect();
  return cursor.skip_item();
}

Status AlterDraft::skip_rest_without_effect() {
  no_effect();
  return cursor.skip_to_end();
}

Status AlterDraft::skip_rest_and_reload(std::string what) {
  needs_reload(std::move(what));
  return cursor.skip_to_end();
}

Status AlterDraft::resolve_columns() {
  resolve_table_charset(*this);
  const std::string charset = alter.default_charset.empty() ? session.table_charset : alter.default_charset;
  for (Pending& each : pending) {
    convert_definition(*this, &each.definition);
    MYSQL_SYNC_RETURN_IF_ERROR(resolve_column(each.definition, charset));
    AlterAction& action = alter.actions[each.action];
    if (auto* add = std::get_if<AddColumn>(&action)) {
      add->column = std::move(each.definition.column);
    } else {
      std::get<ChangeColumn>(action).column = std::move(each.definition.column);
    }
  }
  return {};
}

}  // namespace mysql_sync::ddl
