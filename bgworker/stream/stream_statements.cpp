// The part of ChangeStream that judges statements that were logged as statements: what they changed is not in
// the binlog as rows, and is read from the source again.
#include <algorithm>

#include "bgworker/stream/change_stream.hpp"
#include "core/ddl/row_statement.hpp"

namespace mysql_sync {

namespace {

constexpr const char* kUseRows = "Set binlog_format = 'ROW' in every session of the source.";
constexpr const char* kGrantMore =
    "Set binlog_format = 'ROW' in every session of the source, or grant the task's account SELECT, SHOW VIEW and "
    "TRIGGER on all databases and start the task again: then it can see what such statements change.";

/// Of the statements that can be of a temporary table.
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

/// The source marks what it logs of temporary tables, and all that a routine does once it has used one. Of
/// which table of the name a marked statement is cannot be told where nobody saw the temporary one made.
bool ChangeStream::is_of_temporary(const StatementContext& context, const ddl::Statement& statement) {
  const ddl::TableName* name = changed_table(statement);
  if (!context.may_be_of_temporary || name == nullptr) return false;
  if (temporary_.has(context.thread, tables_.key(name->database, name->table))) return true;
  MappedTable* table = tables_.find(name->database, name->table);
  if (table == nullptr || !is_live(*table) || !reload_problem(config_).empty()) return false;
  request_reload(*table, "a statement on it, or on a temporary table of the same name", context.text);
  return true;
}

/// Statements on temporary tables of their session, where the binlog has the one that made them.
void ChangeStream::follow_temporary(const ddl::Statement& statement, const StatementContext& context) {
  const auto key = [&](const ddl::TableName& name) { return tables_.key(name.database, name.table); };
  if (const auto* create = std::get_if<ddl::CreateTable>(&statement)) {
    if (create->temporary) temporary_.add(context.thread, key(create->table));
  } else if (const auto* drop = std::get_if<ddl::DropTables>(&statement)) {
    for (const ddl::TableName& name : drop->tables) temporary_.remove(context.thread, key(name));
  } else if (const auto* alter = std::get_if<ddl::AlterTable>(&statement)) {
    const ddl::TableName* to = alter->renamed_to();
    if (to == nullptr || !temporary_.has(context.thread, key(alter->table))) return;
    temporary_.remove(context.thread, key(alter->table));
    temporary_.add(context.thread, key(*to));
  }
}

/// The statement without the temporary tables in it, which are nobody's concern.
ddl::RowStatement ChangeStream::without_temporary(ddl::RowStatement statement,
                                                  const StatementContext& context) const {
  if (!context.may_be_of_temporary) return statement;
  const auto is_temporary = [&](const ddl::TableName& name) {
    return temporary_.has(context.thread, tables_.key(name.database, name.table));
  };
  statement.written.erase(
      std::remove_if(statement.written.begin(), statement.written.end(),
                     [&](const ddl::WrittenTable& table) { return is_temporary(table.name); }),
      statement.written.end());
  statement.read.erase(std::remove_if(statement.read.begin(), statement.read.end(), is_temporary),
                       statement.read.end());
  return statement;
}

/// Rows of a migration's copy that come by a statement are not counted.
void ChangeStream::lose_count_of_copies(const ddl::RowStatement& statement) {
  for (const ddl::WrittenTable& table : statement.written) {
    GhostTable* ghost = ghosts_.find(table.name.database, table.name.table);
    if (ghost == nullptr) continue;
    ghost->rows.reset();
    ghost->is_unsaved = true;
  }
}

/// Tables that the statement may have changed for all that is known: those of the databases that it used.
std::vector<MappedTable*> ChangeStream::tables_in_reach(const StatementContext& context) {
  if (!context.used_databases) return tables_.all();
  std::vector<MappedTable*> found;
  for (const std::string& database : *context.used_databases)
    for (MappedTable* table : tables_.in_database(database)) found.push_back(table);
  return found;
}

void ChangeStream::run_statement(const StatementContext& context, const ddl::RowStatement& statement) {
  if (!lets_go_) transactions_.count_row_event();
  if (context.used_databases && tables_in_reach(context).empty()) return;
  const ddl::RowStatement lasting = without_temporary(statement, context);
  if (is_void()) return doubt_rollbacks(reach_of(lasting), context);
  lose_count_of_copies(lasting);
  const bool holds = held_.is_holding() && !lets_go_;
  // What a prepared transaction changes is to be seen when it is committed.
  if (prepared_.is_reading() && !holds) return prepared_.keep_rows(event_bytes_);
  const Reach reach = reach_of(lasting);
  // It may be of a temporary table that nobody saw made.
  const bool is_marked = context.may_be_of_temporary;
  if (holds) return hold_statement(reach, context);
  for (MappedTable* table : reach.tables) {
    if (!is_live(*table)) continue;
    transaction_touches_us_ = true;
    if (!is_marked && is_emptied_by(*table, lasting, context))
      empty_table(*table, context);
    else
      read_again(*table, statement.what + " was logged as a statement, not as rows", kUseRows, context);
  }
  if (!reach.unknown.empty())
    doubt_all(statement.what + " was logged as a statement, and " + reach.unknown, kGrantMore, context);
}

/// A worker after this one has to know what was judged.
Reach ChangeStream::reach_of(const ddl::RowStatement& statement) {
  Reach reach = reach_.of(statement, transactions_.next());
  if (const auto judged = reach_.take_judged())
    target_.within([&](pg::SpiSession& spi) { note_judged(spi, config_.task, *judged); });
  return reach;
}

std::vector<MappedTable*> ChangeStream::tables_of(const Reach& reach, const StatementContext& context) {
  return reach.unknown.empty() ? reach.tables : tables_in_reach(context);
}

/// It was rolled back, which engines without transactions cannot do.
void ChangeStream::doubt_rollbacks(const Reach& reach, const StatementContext& context) {
  for (const MappedTable* table : tables_of(reach, context)) doubt_rollback(table->number);
}

/// The same of a statement in a transaction that was rolled back as a whole.
void ChangeStream::doubt_void(const ddl::Statement& statement, const StatementContext& context) {
  const auto* rows = std::get_if<ddl::RowStatement>(&statement);
  if (rows != nullptr) doubt_rollbacks(reach_of(*rows), context);
}

/// Behind a savepoint it may be undone.
void ChangeStream::hold_statement(const Reach& reach, const StatementContext& context) {
  const std::vector<MappedTable*> tables = tables_of(reach, context);
  for (const MappedTable* table : tables)
    if (!table->life.is(TableState::kDropped)) held_.touch(table->number);
  if (!tables.empty()) hold();
}

/// Not behind a savepoint, where the engine is none that can be emptied and undone.
bool ChangeStream::is_emptied_by(const MappedTable& table, const ddl::RowStatement& statement,
                                 const StatementContext& context) const {
  return statement.empties && context.error == 0 && !lets_go_ && statement.written.size() == 1 &&
         tables_.is_same(statement.written.front().name, {table.schema.database, table.schema.table});
}

void ChangeStream::run_statement(const StatementContext& context, const ddl::ProgramStatement& statement) {
  note_trigger(statement);
  forget_reach(reach_.forget(statement, transactions_.next()), context);
}

/// What is known of these names is so no more.
void ChangeStream::forget_reach(bool doubts, const StatementContext& context) {
  if (!doubts || is_void()) return;
  StatementContext earlier = context;  // which may have used other databases
  earlier.used_databases.reset();
  doubt_all("statements before this one may have used what it changes", kUseRows, earlier);
}

/// DDL that changes what hangs on names of tables.
void ChangeStream::follow_reach(const StatementContext& context, const ddl::Statement& statement) {
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
    rolls_back_.clear();
    return forget_reach(reach_.forget_database(database->database, transactions_.next()), context);
  } else {
    return;
  }
  rolls_back_.clear();
  // What an ALTER changes is none of what hangs on the name, unless it gives the table another one.
  const bool doubts = reach_.forget(names, transactions_.next()) && !(alters && !changes_all);
  if (changes_all) reach_.forget_all();
  if (doubts) forget_reach(doubts, context);
}

/// A table that a DELETE without a condition has emptied, as sources log that one of the engine MEMORY is
/// empty after their start.
void ChangeStream::empty_table(MappedTable& table, const StatementContext& context) {
  current_table_ = table.schema.display_name();
  if (config_.operations.remove && config_.existing_tables == ExistingTables::kAppend)
    fail_not_carried(
        table, "DELETE without a condition, logged as a statement, with existing_tables 'append'", context);
  target_.truncate(table, config_.operations.remove);
}

/// Only the source knows what the statement did.
void ChangeStream::read_again(MappedTable& table, const std::string& reason, const char* remedy,
                              const StatementContext& context) {
  current_table_ = table.schema.display_name();
  const std::string problem = reload_problem(config_);
  if (!problem.empty())
    pg::fail(ErrorCode::kUnsupported, current_table_ + ": " + reason, context.text + "\n" + problem,
             std::string(remedy) +
                 " Then call mysql_sync.reset_task() and start_task(): all tables are loaded again.");
  if (!has_warned_of_statements_) {
    ErrorEntry entry = entry_of(current_table_, reason + "; the table is loaded again", context);
    entry.remedy = remedy;
    target_.warn(entry);
    has_warned_of_statements_ = true;
  }
  request_reload(table, reason, context.text);
  put_off(table);
}

void ChangeStream::doubt_all(const std::string& reason, const char* remedy, const StatementContext& context) {
  for (MappedTable* table : tables_in_reach(context)) {
    if (!is_live(*table)) continue;
    transaction_touches_us_ = true;
    read_again(*table, reason, remedy, context);
  }
}

}  // namespace mysql_sync
