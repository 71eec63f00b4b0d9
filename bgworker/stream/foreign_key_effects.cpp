#include "bgworker/stream/foreign_key_effects.hpp"

#include <cctype>

#include "bgworker/catalog/reload_requests.hpp"

namespace mysql_sync {

namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

bool is_part_of_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
}

/// Whether the word stands in the statement, in whatever role and case.
bool has_word(std::string_view sql, std::string_view word) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  for (auto from = sql.begin();;) {
    const auto at = std::search(from, sql.end(), word.begin(), word.end(), same);
    if (at == sql.end()) return false;
    const auto behind = at + static_cast<ptrdiff_t>(word.size());
    const bool begins = at == sql.begin() || !is_part_of_word(*(at - 1));
    if (begins && (behind == sql.end() || !is_part_of_word(*behind))) return true;
    from = at + 1;
  }
}

bool is_plain(char c) { return static_cast<unsigned char>(c) < 0x80 && c != '`'; }

/// Whether the statement may name the table. The case of letters beyond ASCII is the source's affair, and
/// backquotes are doubled in statements: such a name may be meant in any that has such a character.
bool may_name(std::string_view sql, const std::string& table) {
  if (std::all_of(table.begin(), table.end(), is_plain)) return has_word(sql, table);
  return !std::all_of(sql.begin(), sql.end(), is_plain);
}

/// Whether a statement may give a name other columns than before.
bool may_change_columns(std::string_view sql, const ddl::Statement& statement) {
  if (const auto* create = std::get_if<ddl::CreateTable>(&statement)) return !create->temporary;
  if (std::holds_alternative<ddl::DropTables>(statement)) return true;
  if (std::holds_alternative<ddl::RenameTables>(statement)) return true;
  if (std::holds_alternative<ddl::Irrelevant>(statement))
    return has_word(sql, "ALTER") && has_word(sql, "TABLE");
  const auto* alter = std::get_if<ddl::AlterTable>(&statement);
  return alter != nullptr &&
         std::any_of(alter->actions.begin(), alter->actions.end(), [](const ddl::AlterAction& action) {
           return !std::holds_alternative<ddl::NoEffect>(action) &&
                  !std::holds_alternative<ddl::SetDefault>(action) &&
                  !std::holds_alternative<ddl::SetVisibility>(action);
         });
}

/// Whether a statement may make or drop foreign keys.
bool may_make_keys(std::string_view sql) {
  return has_word(sql, "FOREIGN") || has_word(sql, "REFERENCES") || has_word(sql, "CONSTRAINT");
}

/// The same, or rename tables and columns that they name.
bool may_change_keys(std::string_view sql) {
  return may_make_keys(sql) || has_word(sql, "CHANGE") || has_word(sql, "RENAME");
}

}  // namespace

ForeignKeyEffects::ForeignKeyEffects(StreamState& state, ReloadQueue& reloads)
    : state_(state),
      reloads_(reloads),
      cascades_(state.config, state.tables, state.target, state.facts.names, cascade_stream()) {}

CascadeStream ForeignKeyEffects::cascade_stream() {
  return {[this](const MappedTable& table) { return state_.is_live(table); },
          [this](const MappedTable& table) {
            state_.widen_catch_up();
            return state_.mode(table) == ApplyMode::kStrict;
          },
          [this] { state_.recent.go_blind(state_.transactions.next()); },
          [this](const MappedTable& table) { state_.refresh.distrust(table); },
          [this](MappedTable& child, const std::string& reason) { reload_child(child, reason); }};
}

void ForeignKeyEffects::reload_child(MappedTable& child, const std::string& reason) {
  if (!reload_problem(state_.config).empty())
    return state_.note(child.schema.display_name(), reason + ": its rows may differ", state_.no_statement());
  // Begun anew each time, it would never end.
  if (child.life.is(TableState::kReloading)) return reloads_.repeat(child, reason);
  reloads_.request(child, reason, "");
  reloads_.put_off(child);
}

bool ForeignKeyEffects::names_ours(std::string_view sql) const {
  const std::vector<MappedTable*> tables = state_.tables.all();
  return std::any_of(tables.begin(), tables.end(),
                     [&](const MappedTable* table) { return may_name(sql, table->schema.table); });
}

/// Parents that are not selected and had other columns before this statement than they were read with.
void ForeignKeyEffects::doubt_read_ahead(const std::vector<ddl::TableName>& parents) {
  for (const ddl::TableName& name : parents) {
    if (state_.tables.find(name.database, name.table) != nullptr) continue;
    for (const auto kind : {binlog::RowsEvent::Kind::kDelete, binlog::RowsEvent::Kind::kUpdate})
      cascades_.doubt_children(name.database, name.table, kind);
  }
}

void ForeignKeyEffects::follow(const ddl::Statement& statement, const StatementContext& context) {
  const std::string& sql = context.text;
  ForeignKeys& keys = cascades_.keys();
  const auto* create = std::get_if<ddl::CreateTable>(&statement);
  if (create != nullptr && create->temporary) return;
  if (std::holds_alternative<ddl::RowStatement>(statement)) return;
  const auto is_named = [&](const std::string& table) { return may_name(sql, table); };
  if (may_change_columns(sql, statement))
    doubt_read_ahead(keys.read_ahead(state_.transactions.next(), is_named));
  const std::vector<const ForeignKey*> named = keys.named_in(is_named);
  if (!named.empty()) keys.forget_watched();
  if (!may_change_keys(sql) || (named.empty() && !names_ours(sql))) return;
  const bool is_read = state_.transactions.next() <= keys.known_until();
  if (!is_read) return cascades_.read_keys(state_.control);
  const std::string reason = "its foreign keys are not known for all of the binlog before this statement";
  for (const ForeignKey* key : named) {
    MappedTable* child = state_.tables.find(key->child_database, key->child_table);
    if (child != nullptr && state_.is_live(*child)) reload_child(*child, reason);
  }
  const auto* alter = std::get_if<ddl::AlterTable>(&statement);
  MappedTable* altered =
      alter == nullptr ? nullptr : state_.tables.find(alter->table.database, alter->table.table);
  if (altered != nullptr && state_.is_live(*altered) && may_make_keys(sql)) reload_child(*altered, reason);
}

}  // namespace mysql_sync
