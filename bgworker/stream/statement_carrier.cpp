#include "bgworker/stream/statement_carrier.hpp"

#include <algorithm>
#include <ctime>

#include "apply/enum_labels.hpp"
#include "bgworker/catalog/carriable.hpp"
#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/target/shared_target.hpp"
#include "bgworker/target/table_indexes.hpp"
#include "core/ddl/client_text.hpp"
#include "core/ddl/column_names.hpp"
#include "core/ddl/sql_cursor.hpp"
#include "core/ddl/sql_lexer.hpp"
#include "core/types/charset.hpp"
#include "core/types/type_map.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

bool adds_key(const ddl::AlterTable& statement) {
  return std::any_of(statement.actions.begin(), statement.actions.end(), [](const ddl::AlterAction& action) {
    const auto* added = std::get_if<ddl::AddColumn>(&action);
    const auto* changed = std::get_if<ddl::ChangeColumn>(&action);
    return std::holds_alternative<ddl::AddPrimaryKey>(action) || (added != nullptr && added->primary_key) ||
           (changed != nullptr && changed->primary_key);
  });
}

/// How MySQL logs a CREATE TABLE ... SELECT as one transaction with its rows: that clause is the last one.
bool starts_transaction(std::string_view sql) {
  constexpr std::string_view kClause = "START TRANSACTION";
  while (!sql.empty() && (sql.back() == ' ' || sql.back() == ';' || sql.back() == '\n')) sql.remove_suffix(1);
  return sql.size() > kClause.size() &&
         ddl::equals_ignoring_case(sql.substr(sql.size() - kClause.size()), kClause);
}

}  // namespace

void StatementCarrier::carry(const binlog::EventHeader& header, const binlog::QueryEvent& event) {
  if (state_.transactions.is_statement_void()) return;
  const StatementContext context = parts_.reader.context_of(header, event);
  ddl::Statement statement = parts_.reader.parse(context.text, event);
  // What ends a transaction that takes no effect tells that it does.
  if (state_.transactions.is_transaction_void()) {
    state_.transactions.open();
    return parts_.row_statements.doubt_void(statement, context);
  }
  const bool is_temporary = parts_.row_statements.is_of_temporary(statement, context);
  parts_.row_statements.follow_temporary(statement, context);
  if (is_temporary) statement = ddl::Irrelevant();
  parts_.row_statements.follow_reach(statement, context);
  // Should the statement stop the task, all that was complete before it is in the target.
  const bool is_relevant = !std::holds_alternative<ddl::Irrelevant>(statement);
  if (is_relevant) parts_.doubtful.forget_names_seen();
  if (is_relevant && !state_.transactions.is_open() && state_.target.has_work()) state_.commit();
  std::visit([&](const auto& parsed) { run(parsed, context); }, statement);
  parts_.foreign_keys.follow(statement, context);
}

void StatementCarrier::run(const ddl::AlterTable& statement, const StatementContext& context) {
  for (const ddl::OtherTable& other : statement.other_tables) alter_other(other, context);
  const ddl::TableName& name = statement.table;
  if (!statement.if_exists) parts_.doubtful.prove(name, context);
  if (MappedTable* table = state_.tables.find(name.database, name.table)) {
    state_.current_table = table->schema.display_name();
    if (state_.is_live(*table))
      parts_.alters.alter(*table, statement, context);
    else if (state_.follows_names(*table))
      parts_.alters.follow_names(*table, ddl::names_after(table->schema, statement));
  } else if (GhostTable* ghost = state_.ghosts.find(name.database, name.table)) {
    parts_.migrations.alter(*ghost, statement, context);
  } else if (adds_key(statement) && state_.config.creates_tables() && parts_.tables.selects(name)) {
    parts_.new_tables.add_with_rows(name, "it has a primary key now",
                                    context);  // what it lacked when it was made
  }
  if (const ddl::TableName* to = statement.renamed_to()) parts_.doubtful.rename({{name, *to}}, context);
}

/// The second table of a statement on partitions.
void StatementCarrier::alter_other(const ddl::OtherTable& other, const StatementContext& context) {
  using Fate = ddl::OtherTable::Fate;
  const ddl::TableName& name = other.name;
  MappedTable* table = state_.tables.find(name.database, name.table);
  if (other.fate == Fate::kGone) return drop_name(name, context);
  if (other.fate == Fate::kCreated) {
    if (table == nullptr && parts_.tables.selects(name))
      parts_.new_tables.add_with_rows(name, "CONVERT PARTITION", context);
    return;
  }
  if (table == nullptr || !state_.is_live(*table)) return;
  state_.current_table = table->schema.display_name();
  parts_.reloads.request(*table, "EXCHANGE PARTITION", context.text);
}

void StatementCarrier::run(const ddl::TruncateTable& statement, const StatementContext& context) {
  parts_.doubtful.prove(statement.table, context);
  if (GhostTable* ghost = state_.ghosts.find(statement.table.database, statement.table.table)) {
    if (ghost->rows) ghost->rows = 0;
    ghost->is_unsaved = true;
  }
  const MappedTable* table = state_.tables.find(statement.table.database, statement.table.table);
  if (table == nullptr || !state_.is_live(*table)) return;
  state_.current_table = table->schema.display_name();
  // Among appended rows, nobody can tell which came from this table.
  if (state_.config.operations.remove && state_.config.existing_tables == ExistingTables::kAppend)
    fail_not_carried(*table, "TRUNCATE with existing_tables 'append'", context);
  state_.target.truncate(*table, state_.config.operations.remove);
}

void StatementCarrier::run(const ddl::CreateTable& statement, const StatementContext& context) {
  if (starts_transaction(context.text)) state_.transactions.open();
  if (statement.has_select) run_select(statement, context);
  if (!statement.temporary) create(statement, context);
}

/// Functions in it may change other tables.
void StatementCarrier::run_select(const ddl::CreateTable& statement, const StatementContext& context) {
  ddl::RowStatement select;
  select.what = "CREATE TABLE … SELECT";
  select.read = statement.read;
  select.called = statement.called;
  run(select, context);
}

void StatementCarrier::create(const ddl::CreateTable& statement, const StatementContext& context) {
  if (statement.or_replace) parts_.doubtful.settle({statement.table, {}}, context, NameUse::kDroppedIfThere);
  if (!statement.if_not_exists) parts_.doubtful.settle({{}, statement.table}, context, NameUse::kMade);
  MappedTable* table = state_.tables.find(statement.table.database, statement.table.table);
  if (table != nullptr && state_.is_ahead(*table)) return;
  // IF NOT EXISTS of a table we know was logged and did nothing, unless it is another one.
  if (table != nullptr && statement.if_not_exists)
    return parts_.doubtful.is_in_doubt(statement.table) ? parts_.moves.doubt_name(*table, context) : void();
  state_.current_table = display_name(statement.table);
  // Its rows follow. Should they take no effect, neither does the statement.
  if (state_.transactions.is_open() && (table != nullptr || parts_.tables.selects(statement.table)))
    state_.touches_us = true;
  if (table != nullptr && !statement.or_replace)
    return parts_.reloads.request(*table, statement.what(), context.text);
  if (table != nullptr) parts_.tables.drop(*table, context);
  if (parts_.migrations.begin(statement, context)) return;
  if (!parts_.tables.selects(statement.table)) return;
  if (MappedTable* gone = state_.tables.away_from(statement.table))
    return parts_.tables.reselect(*gone, statement.what(), context);
  const std::optional<MappedTable> definition = parts_.new_tables.definition_of(statement, context);
  // IF NOT EXISTS is logged as well where the table was there, and had rows.
  const bool may_have_rows = statement.if_not_exists && reload_problem(state_.config).empty();
  if (definition && !may_have_rows)
    return parts_.new_tables.add_empty(definition->schema, definition->table_charset, context);
  parts_.new_tables.add_with_rows(
      statement.table, statement.complete ? statement.what() : statement.incomplete_reason, context);
}

void StatementCarrier::run(const ddl::DropTables& statement, const StatementContext& context) {
  if (statement.temporary) return;
  for (const ddl::TableName& name : statement.tables) {
    // IF EXISTS is logged as well where there was none of the name.
    parts_.doubtful.settle({name, {}}, context,
                           statement.if_exists ? NameUse::kDroppedIfThere : NameUse::kDropped);
    drop_name(name, context);
  }
}

void StatementCarrier::run(const ddl::DatabaseStatement& statement, const StatementContext& context) {
  const bool is_drop = statement.kind == ddl::DatabaseStatement::Kind::kDrop;
  // CREATE DATABASE IF NOT EXISTS is logged as well where the database was there.
  const bool is_idle = statement.if_not_exists && state_.databases.find(statement.database) != nullptr;
  if (is_drop || (statement.charset && !is_idle))
    parts_.reader.note_charset(statement.database, statement.charset.value_or(""));
  if (!statement.drops_tables()) return;
  parts_.doubtful.forget_database(statement.database);
  for (GhostTable* ghost : state_.ghosts.in_database(statement.database)) parts_.tables.remove_ghost(*ghost);
  for (MappedTable* table : state_.tables.in_database(statement.database))
    if (!state_.is_ahead(*table)) parts_.tables.drop(*table, context);
  for (MappedTable* table : state_.tables.away()) {
    const bool is_there = !table->away_as->table.empty();
    const std::string& database = is_there ? table->away_as->database : table->schema.database;
    if (state_.facts.names.is_same(database, statement.database)) parts_.tables.drop(*table, context);
  }
}

void StatementCarrier::run(const ddl::RenameTables& statement, const StatementContext& context) {
  parts_.doubtful.carry(statement, context);
}

void StatementCarrier::run(const ddl::RowStatement& statement, const StatementContext& context) {
  parts_.row_statements.carry(statement, context);
}

void StatementCarrier::run(const ddl::ProgramStatement& statement, const StatementContext& context) {
  parts_.row_statements.carry(statement, context);
}

void StatementCarrier::drop_name(const ddl::TableName& name, const StatementContext& context) {
  if (MappedTable* table = state_.tables.find(name.database, name.table)) {
    state_.current_table = table->schema.display_name();
    if (!state_.is_ahead(*table)) parts_.tables.drop(*table, context);
    return;
  }
  if (GhostTable* ghost = state_.ghosts.find(name.database, name.table))
    return parts_.migrations.give_up(*ghost, context);
  if (MappedTable* table = state_.tables.away_as(name)) parts_.tables.drop(*table, context);
}

}  // namespace mysql_sync
