// What ChangeStream has to do with the foreign keys of the source; see cascades.hpp.
#include <cctype>

#include "bgworker/stream/change_stream.hpp"

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

CascadeStream ChangeStream::cascade_stream() {
  return {[this](const MappedTable& table) { return is_live(table); },
          [this](const MappedTable& table) {
            widen_catch_up();
            return mode(table) == ApplyMode::kStrict;
          },
          [this] { recent_.go_blind(transactions_.next()); },
          [this](const MappedTable& table) { refresh_.distrust(table); },
          [this](MappedTable& child, const std::string& reason) { doubt_rows(child, reason); }};
}

void ChangeStream::doubt_rows(MappedTable& child, const std::string& reason) {
  if (!reload_problem(config_).empty())
    return note(child.schema.display_name(), reason + ": its rows may differ", no_statement());
  // Begun anew each time, it would never end.
  if (child.life.is(TableState::kReloading)) return repeat_reload(child, reason);
  request_reload(child, reason, "");
  put_off(child);
}

/// Rows of a table that is not selected: it may be the parent of one that is.
void ChangeStream::take_watched(const binlog::RowsEvent& event) {
  if (cascades_.keys().watched(event.table_id) == nullptr) return;
  if (held_.is_holding() && !lets_go_) return hold();
  if (prepared_.is_reading()) return prepared_.keep_rows(event_bytes_);
  transaction_touches_us_ = true;
  cascades_.note_watched(event);
}

/// A server that logs its cascades logs a delete twice where the statement itself deletes the row as well.
bool ChangeStream::is_deleted_twice(const MappedTable& table, const binlog::RowChange& change) {
  if (!cascades_.keys().logs_cascades_of(table.schema.database, table.schema.table)) return false;
  if (change.after.size > 0) deleted_.erase(names_.of(table, change.after));
  return change.kind == binlog::RowsEvent::Kind::kDelete &&
         !deleted_.insert(names_.of(table, change.before)).second;
}

bool ChangeStream::names_ours(std::string_view sql) const {
  const std::vector<MappedTable*> tables = tables_.all();
  return std::any_of(tables.begin(), tables.end(),
                     [&](const MappedTable* table) { return may_name(sql, table->schema.table); });
}

/// Parents that are not selected and had other columns before this statement than they were read with.
void ChangeStream::doubt_read_ahead(const std::vector<ddl::TableName>& parents) {
  for (const ddl::TableName& name : parents) {
    if (tables_.find(name.database, name.table) != nullptr) continue;
    for (const auto kind : {binlog::RowsEvent::Kind::kDelete, binlog::RowsEvent::Kind::kUpdate})
      cascades_.doubt_children(name.database, name.table, kind);
  }
}

/// After a statement. The keys are read again, unless what was read has it already: then children may have
/// been taken for those of keys that came or went with it, and are loaded again.
void ChangeStream::follow_foreign_keys(const std::string& sql, const ddl::Statement& statement) {
  ForeignKeys& keys = cascades_.keys();
  const auto* create = std::get_if<ddl::CreateTable>(&statement);
  if (create != nullptr && create->temporary) return;
  if (std::holds_alternative<ddl::RowStatement>(statement)) return;
  const auto is_named = [&](const std::string& table) { return may_name(sql, table); };
  if (may_change_columns(sql, statement)) doubt_read_ahead(keys.read_ahead(transactions_.next(), is_named));
  const std::vector<const ForeignKey*> named = keys.named_in(is_named);
  if (!named.empty()) keys.forget_watched();
  if (!may_change_keys(sql) || (named.empty() && !names_ours(sql))) return;
  const bool is_read = transactions_.next() <= keys.known_until();
  if (!is_read) return cascades_.read_keys(control_);
  const std::string reason = "its foreign keys are not known for all of the binlog before this statement";
  for (const ForeignKey* key : named) {
    MappedTable* child = tables_.find(key->child_database, key->child_table);
    if (child != nullptr && is_live(*child)) doubt_rows(*child, reason);
  }
  const auto* alter = std::get_if<ddl::AlterTable>(&statement);
  MappedTable* altered = alter == nullptr ? nullptr : tables_.find(alter->table.database, alter->table.table);
  if (altered != nullptr && is_live(*altered) && may_make_keys(sql)) doubt_rows(*altered, reason);
}

}  // namespace mysql_sync
