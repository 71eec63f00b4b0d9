#include "bgworker/stream/row_statements.hpp"

#include <algorithm>

#include "bgworker/catalog/reload_requests.hpp"
#include "core/ddl/row_statement.hpp"

namespace mysql_sync {

namespace {

constexpr const char* kUseRows = "Set binlog_format = 'ROW' in every session of the source.";

constexpr const char* kGrantMore =
    "Set binlog_format = 'ROW' in every session of the source, or grant the task's account SELECT, SHOW VIEW and "
    "TRIGGER on all databases and start the task again: then it can see what such statements change.";

/// The table of a statement that may be of a temporary table; nullptr for other statements.
const ddl::TableName* changed_table(const ddl::Statement& statement) {
  if (const auto* alter = std::get_if<ddl::AlterTable>(&statement)) return &alter->table;
  const auto* truncate = std::get_if<ddl::TruncateTable>(&statement);
  return truncate == nullptr ? nullptr : &truncate->table;
}

bool has_word(std::string_view sql, std::string_view word) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
  return std::search(sql.begin(), sql.end(), word.begin(), word.end(), same) != sql.end();
}

}  // namespace

RowStatements::RowStatements(StreamState& state, ReloadQueue& reloads, HeldRows& held, Migrations& migrations,
                             const BinlogPosition& judged)
    : state_(state),
      reloads_(reloads),
      held_(held),
      migrations_(migrations),
      reach_(state.control, state.tables, state.facts.rights, state.facts.mariadb, judged) {}

/// The source marks statements on temporary tables, and all that a routine does once it has used one. If the
/// CREATE of the temporary table was not seen, nothing tells which table of the name is meant.
bool RowStatements::is_of_temporary(const ddl::Statement& statement, const StatementContext& context) {
  const ddl::TableName* name = changed_table(statement);
  if (!context.may_be_of_temporary || name == nullptr) return false;
  if (state_.temporary.has(context.thread, state_.facts.names.key(name->database, name->table))) return true;
  MappedTable* table = state_.tables.find(name->database, name->table);
  if (table == nullptr || !state_.is_live(*table) || !reload_problem(state_.config).empty()) return false;
  reloads_.request(*table, "a statement on it, or on a temporary table of the same name", context.text);
  return true;
}

void RowStatements::follow_temporary(const ddl::Statement& statement, const StatementContext& context) {
  const auto key = [&](const ddl::TableName& name) {
    return state_.facts.names.key(name.database, name.table);
  };
  if (const auto* create = std::get_if<ddl::CreateTable>(&statement)) {
    if (create->temporary) state_.temporary.add(context.thread, key(create->table));
  } else if (const auto* drop = std::get_if<ddl::DropTables>(&statement)) {
    for (const ddl::TableName& name : drop->tables) state_.temporary.remove(context.thread, key(name));
  } else if (const auto* alter = std::get_if<ddl::AlterTable>(&statement)) {
    const ddl::TableName* to = alter->renamed_to();
    if (to == nullptr || !state_.temporary.has(context.thread, key(alter->table))) return;
    state_.temporary.remove(context.thread, key(alter->table));
    state_.temporary.add(context.thread, key(*to));
  }
}

/// The statement without the temporary tables in it.
ddl::RowStatement RowStatements::without_temporary(ddl::RowStatement statement,
                                                   const StatementContext& context) const {
  if (!context.may_be_of_temporary) return statement;
  const auto is_temporary = [&](const ddl::TableName& name) {
    return state_.temporary.has(context.thread, state_.facts.names.key(name.database, name.table));
  };
  statement.written.erase(
      std::remove_if(statement.written.begin(), statement.written.end(),
                     [&](const ddl::WrittenTable& table) { return is_temporary(table.name); }),
      statement.written.end());
  statement.read.erase(std::remove_if(statement.read.begin(), statement.read.end(), is_temporary),
                       statement.read.end());
  return statement;
}

/// All tables that the statement may have changed: those of the databases that it used.
std::vector<MappedTable*> RowStatements::tables_in_reach(const StatementContext& context) {
  if (!context.used_databases) return state_.tables.all();
  std::vector<MappedTable*> found;
  for (const std::string& database : *context.used_databases)
    for (MappedTable* table : state_.tables.in_database(database)) found.push_back(table);
  return found;
}

void RowStatements::carry(const ddl::RowStatement& statement, const StatementContext& context) {
  if (!state_.lets_go) state_.transactions.count_row_event();
  if (context.used_databases && tables_in_reach(context).empty()) return;
  const ddl::RowStatement lasting = without_temporary(statement, context);
  if (state_.is_void()) return doubt_rollbacks(reach_of(lasting), context);
  migrations_.lose_count(lasting);
  const bool holds = held_.holds();
  // A prepared transaction is judged when it is committed.
  if (state_.prepared.is_reading() && !holds) return state_.prepared.keep_rows(state_.event_bytes);
  const Reach reach = reach_of(lasting);
  // It may be of a temporary table whose CREATE was not seen.
  const bool is_marked = context.may_be_of_temporary;
  if (holds) return hold(reach, context);
  for (MappedTable* table : reach.tables) {
    if (!state_.is_live(*table)) continue;
    state_.touches_us = true;
    if (!is_marked && is_emptied_by(*table, lasting, context))
      empty_table(*table, context);
    else
      read_again(*table, statement.what + " was logged as a statement, not as rows", kUseRows, context);
  }
  if (!reach.unknown.empty())
    doubt_all(statement.what + " was logged as a statement, and " + reach.unknown, kGrantMore, context);
}

void RowStatements::carry(const ddl::ProgramStatement& statement, const StatementContext& context) {
  migrations_.note_trigger(statement);
  forget_reach(reach_.forget(statement, state_.transactions.next()), context);
}

/// Stores how far statements were judged, for the worker after this one.
Reach RowStatements::reach_of(const ddl::RowStatement& statement) {
  Reach reach = reach_.of(statement, state_.transactions.next());
  if (const auto judged = reach_.take_judged())
    state_.target.within([&](pg::SpiSession& spi) { note_judged(spi, state_.config.task, *judged); });
  return reach;
}

std::vector<MappedTable*> RowStatements::tables_of(const Reach& reach, const StatementContext& context) {
  return reach.unknown.empty() ? reach.tables : tables_in_reach(context);
}

/// The statement was rolled back, which engines without transactions cannot do.
void RowStatements::doubt_rollbacks(const Reach& reach, const StatementContext& context) {
  for (const MappedTable* table : tables_of(reach, context)) held_.doubt_rollback(table->number);
}

void RowStatements::doubt_void(const ddl::Statement& statement, const StatementContext& context) {
  const auto* rows = std::get_if<ddl::RowStatement>(&statement);
  if (rows != nullptr) doubt_rollbacks(reach_of(*rows), context);
}

/// A statement behind a savepoint, which may be undone.
void RowStatements::hold(const Reach& reach, const StatementContext& context) {
  const std::vector<MappedTable*> tables = tables_of(reach, context);
  for (const MappedTable* table : tables)
    if (!table->life.is(TableState::kDropped)) held_.touch(*table);
  if (!tables.empty()) held_.hold();
}

/// False behind a savepoint: the target could not be filled again.
bool RowStatements::is_emptied_by(const MappedTable& table, const ddl::RowStatement& statement,
                                  const StatementContext& context) const {
  return statement.empties && context.error == 0 && !state_.lets_go && statement.written.size() == 1 &&
         state_.facts.names.is_same(statement.written.front().name,
                                    ddl::TableName{table.schema.database, table.schema.table});
}

/// What was known of these names no longer holds.
void RowStatements::forget_reach(bool doubts, const StatementContext& context) {
  if (!doubts || state_.is_void()) return;
  StatementContext earlier = context;  // which may have used other databases
  earlier.used_databases.reset();
  doubt_all("statements before this one may have used what it changes", kUseRows, earlier);
}

/// DDL that changes what hangs on names of tables.
void RowStatements::follow_reach(const ddl::Statement& statement, const StatementContext& context) {
  std::vector<ddl::TableName> names;
  bool changes_all = false;
  const bool alters = std::holds_alternative<ddl::AlterTable>(statement);
  if (const auto* drop = std::get_if<ddl::DropTables>(&statement)) {
    if (drop->temporary) return;
    names = drop->tables;
  } else if (const auto* rename = std::get_if<ddl::RenameTables>(&statement)) {
    changes_all = true;
    for (const auto& pair : rename->pairs) names.insert(names.end(), {pair.from, pair.to});
  } else if (const auto* alter = std::get_if<ddl::AlterTable>(&statement)) {
    names = {alter->table};
    changes_all = alter->renamed_to() != nullptr || has_word(context.text, "references");
  } else if (const auto* create = std::get_if<ddl::CreateTable>(&statement)) {
    if (create->temporary) return;
    if (create->or_replace) names = {create->table};
    changes_all = has_word(context.text, "references");
  } else if (const auto* database = std::get_if<ddl::DatabaseStatement>(&statement)) {
    if (!database->drops_tables()) return;
    held_.forget_engines();
    return forget_reach(reach_.forget_database(database->database, state_.transactions.next()), context);
  } else {
    return;
  }
  held_.forget_engines();
  // An ALTER changes nothing that depends on the name, unless it renames the table.
  const bool doubts = reach_.forget(names, state_.transactions.next()) && !(alters && !changes_all);
  if (changes_all) reach_.forget_all();
  if (doubts) forget_reach(doubts, context);
}

/// A DELETE without a condition has emptied the table. Sources log such a statement for MEMORY tables, which
/// are empty after a start.
void RowStatements::empty_table(MappedTable& table, const StatementContext& context) {
  state_.current_table = table.schema.display_name();
  if (state_.config.operations.remove && state_.config.existing_tables == ExistingTables::kAppend)
    fail_not_carried(
        table, "DELETE without a condition, logged as a statement, with existing_tables 'append'", context);
  state_.target.truncate(table, state_.config.operations.remove);
}

/// Only the source knows what the statement did.
void RowStatements::read_again(MappedTable& table, const std::string& reason, const char* remedy,
                               const StatementContext& context) {
  state_.current_table = table.schema.display_name();
  const std::string problem = reload_problem(state_.config);
  if (!problem.empty())
    pg::fail(ErrorCode::kUnsupported, state_.current_table + ": " + reason, context.text + "\n" + problem,
             std::string(remedy) +
                 " Then call mysql_sync.reset_task() and start_task(): all tables are loaded again.");
  if (!has_warned_) {
    ErrorEntry entry = entry_of(state_.current_table, reason + "; the table is loaded again", context);
    entry.remedy = remedy;
    state_.target.warn(entry);
    has_warned_ = true;
  }
  reloads_.request(table, reason, context.text);
  reloads_.put_off(table);
}

void RowStatements::doubt_all(const std::string& reason, const char* remedy,
                              const StatementContext& context) {
  for (MappedTable* table : tables_in_reach(context)) {
    if (!state_.is_live(*table)) continue;
    state_.touches_us = true;
    read_again(*table, reason, remedy, context);
  }
}

}  // namespace mysql_sync
