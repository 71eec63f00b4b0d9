// The part of ChangeStream that follows tables as they come and go: CREATE, DROP, and what the patterns
// select of them.
#include "apply/enum_labels.hpp"
#include "bgworker/catalog/carriable.hpp"
#include "bgworker/stream/change_stream.hpp"
#include "bgworker/target/shared_target.hpp"
#include "bgworker/target/table_indexes.hpp"
#include "bgworker/catalog/reload_requests.hpp"
#include "core/ddl/sql_lexer.hpp"

namespace mysql_sync {

namespace {

std::string display_name(const ddl::TableName& name) { return name.database + "." + name.table; }

/// How MySQL logs a CREATE TABLE ... SELECT as one transaction with its rows: that clause is the last one.
bool starts_transaction(std::string_view sql) {
  constexpr std::string_view kClause = "START TRANSACTION";
  while (!sql.empty() && (sql.back() == ' ' || sql.back() == ';' || sql.back() == '\n')) sql.remove_suffix(1);
  return sql.size() > kClause.size() &&
         ddl::equals_ignoring_case(sql.substr(sql.size() - kClause.size()), kClause);
}

constexpr const char* kUnwanted =
    "Where the table is not wanted, set the task's option create_tables to false.";

}  // namespace

ErrorEntry ChangeStream::entry_of(const std::string& table, const std::string& message,
                                  const StatementContext& context) const {
  ErrorEntry entry;
  entry.source_table = table;
  entry.position = context.position;
  entry.gtid = context.gtid;
  entry.sqlstate = "01000";
  entry.message = message;
  entry.detail = context.text;
  return entry;
}

/// Says something in mysql_sync.errors that is no reason to look at the task.
void ChangeStream::note(const std::string& table, const std::string& message,
                        const StatementContext& context) {
  ErrorEntry entry = entry_of(table, message, context);
  entry.sqlstate = "00000";
  in_ddl([&](pg::SpiSession& spi) { log_error(spi, config_.task, entry); });
}

/// In the target transaction of the statement, behind all that was gathered before it.
void ChangeStream::in_ddl(const std::function<void(pg::SpiSession&)>& work) {
  target_.apply_batch();
  target_.within(work);
}

bool ChangeStream::selects(const ddl::TableName& name) {
  const ObjectSelection selection = config_.selection();
  if (!selection.selects(name.database, name.table)) return false;
  return selection.names(name.database, name.table) || !migration_of(name);
}

/// A table that the patterns select is not passed over without a word.
void ChangeStream::pass_over(const ddl::TableName& name, const std::string& why,
                             const StatementContext& context) {
  const std::string table = display_name(name);
  ErrorEntry entry = entry_of(
      table,
      table + " is new on the source and not synchronized, though the task's patterns select it: " + why,
      context);
  entry.remedy = "Create another task for it, or leave it out of a task with such patterns.";
  target_.warn(entry);
}

/// Why a new table cannot go to its target, besides what is wrong with itself. Empty: it can.
std::string ChangeStream::target_in_use(const apply::TargetTable& target) {
  const MappedTable* user = tables_.find_target(target.schema, target.table);
  const bool empties = config_.existing_tables == ExistingTables::kTruncate;
  if (user == nullptr && empties && !sharing_tables(config_.task, 0, target).empty())
    return "another task fills " + target.display_name();
  if (user == nullptr) return {};
  return user->schema.display_name() + " already goes to " + target.display_name();
}

/// A new table of the name takes the place of the old one, as it does on the source.
std::optional<apply::SourceColumns> ChangeStream::own_remains(const apply::TargetTable& target) {
  target_.apply_batch();
  target_.begin();
  return mysql_sync::own_remains(config_, target);
}

/// Stops the task where the target holds what is not ours to replace.
void ChangeStream::check_new_target(const MappedTable& table, bool is_own, const StatementContext& context) {
  const apply::TargetState state = apply::target_state(table.target.schema, table.target.table);
  const std::string name = table.target.display_name();
  if (state == apply::TargetState::kNotATable)
    pg::fail(ErrorCode::kConflict, name + ", the target of a new table, exists and is not a table",
             context.text,
             std::string("Rename or drop what has the name, then start the task again. ") + kUnwanted);
  if (state != apply::TargetState::kNotEmpty) return;
  if (is_own)
    return note(
        table.schema.display_name(),
        "the table is there again: " + name + ", which was kept as it was dropped, becomes the new one",
        context);
  if (config_.existing_tables != ExistingTables::kError) return;
  pg::fail(ErrorCode::kConflict, name + ", the target of a new table, exists and is not empty", context.text,
           std::string("Empty, rename or drop it, then start the task again. ") + kUnwanted);
}

/// The mapping of a table that is new, without columns; nothing, and a warning, where the task does not take
/// it.
std::optional<MappedTable> ChangeStream::new_mapping(const TableSchema& schema,
                                                     const StatementContext& context) {
  const ddl::TableName name{schema.database, schema.table};
  if (!config_.creates_tables()) {
    pass_over(name, "the option create_tables is off", context);
    return std::nullopt;
  }
  MappedTable table;
  table.schema = schema;
  table.target = target_of(config_, schema);
  table.target.insert_missing = config_.operations.insert;
  std::string problem = target_name_problem(table.target);
  if (problem.empty()) problem = target_in_use(table.target);
  const bool absent =
      apply::target_state(table.target.schema, table.target.table) == apply::TargetState::kAbsent;
  if (problem.empty() && absent && !config_.sync_schema)
    problem = "there is no target table, and sync_schema is off";
  if (problem.empty()) return table;
  pass_over(name, problem, context);
  return std::nullopt;
}

/// Stores a mapping that is new and routes the table's rows to it.
MappedTable& ChangeStream::add_mapping(MappedTable table) {
  in_ddl([&](pg::SpiSession& spi) {
    forget_dropped(spi, config_.task, table);
    table.number = next_table_number(spi, config_.task);
    save_mapping(spi, config_.task, table);
  });
  return *tables_.add(std::move(table));
}

/// A table with rows becomes one of the task's: they have to be read from the source.
void ChangeStream::take_up(const ddl::TableName& name, const std::string& reason,
                           const StatementContext& context) {
  TableSchema schema;
  schema.database = name.database;
  schema.table = name.table;
  const std::string problem = reload_problem(config_);
  if (!problem.empty()) return pass_over(name, problem, context);
  target_.begin();
  std::optional<MappedTable> table = new_mapping(schema, context);
  if (!table) return;
  const std::optional<apply::SourceColumns> remains = own_remains(table->target);
  check_new_target(*table, remains.has_value(), context);
  if (remains) {  // the reload drops the columns that are no more
    table->schema.columns = remains->schema.columns;
    table->schema.primary_key = remains->schema.primary_key;
    table->target.columns = remains->columns;
  }
  request_reload(add_mapping(*std::move(table)), reason, context.text);
  commits_at_boundary_ = true;  // should the reload begin anew, it needs the mapping
}

/// True for a table that was taken up and turns out to be none that can be carried: it is forgotten, as if it
/// had never been selected, until a statement changes it. A target that was kept goes on being known as ours.
bool ChangeStream::leave_out(MappedTable& table, const MappedTable& planned) {
  const std::string problem = table_problem(planned.schema, planned.target);
  if (problem.empty()) return false;
  pass_over({table.schema.database, table.schema.table}, problem, no_statement());
  retire(table);
  if (table.schema.columns.empty())
    in_ddl([&](pg::SpiSession& spi) { forget_dropped(spi, config_.task, table); });
  commit(false);
  return true;
}

/// A table that was just made, and is empty: what comes into it is in the binlog from here on.
void ChangeStream::create_table(const TableSchema& schema, const std::string& charset,
                                const StatementContext& context) {
  target_.begin();
  std::optional<MappedTable> table = new_mapping(schema, context);
  if (!table) return;
  const std::string problem = table_problem(schema, table->target);
  if (!problem.empty()) return pass_over({schema.database, schema.table}, problem, context);
  const std::optional<apply::SourceColumns> remains = own_remains(table->target);
  check_new_target(*table, remains.has_value(), context);
  table->table_charset = charset;
  bring_new_labels(*table);
  MappedTable& added = add_mapping(*std::move(table));
  fill_new_target(added, remains.value_or(apply::SourceColumns()));
  commits_at_boundary_ = true;  // a reload of it, should its rows ask for one, needs the mapping
}

/// The enum types of a target that is there are given what they lack, as rows of the same transaction may use
/// it. Nothing but what was before the statement is committed.
void ChangeStream::bring_new_labels(const MappedTable& table) {
  const bool has_enum = std::any_of(table.schema.columns.begin(), table.schema.columns.end(),
                                    [](const Column& column) { return column.type.kind == TypeKind::kEnum; });
  const bool append = config_.existing_tables == ExistingTables::kAppend;
  if (!has_enum || append || transactions_.is_open()) return;
  commit(false);
  apply::add_labels_ahead(table.target, table.target.columns, table.schema);
}

/// Appended rows stay where they are, and the table they are in must be fit for more. `before`: what the
/// target was filled from until now.
void ChangeStream::fill_new_target(MappedTable& table, const apply::SourceColumns& before) {
  const bool append = config_.existing_tables == ExistingTables::kAppend;
  const bool exists =
      apply::target_state(table.target.schema, table.target.table) != apply::TargetState::kAbsent;
  if (!append || !exists) {
    return target_.carry(table, [&] {
      apply::fit_target(table.target, table.schema, before);
      follow_indexes(config_, control_, table);
    });
  }
  const std::vector<std::string> missing = apply::missing_columns(table.target);
  const std::string problem = missing.empty() ? apply::key_problem(table.target, table.schema)
                                              : "it lacks the column " + missing.front();
  if (!problem.empty())
    pg::fail(ErrorCode::kConflict,
             table.target.display_name() + " cannot take the rows of " + table.schema.display_name(), problem,
             std::string("Alter it, then start the task again. ") + kUnwanted);
}

/// The columns of a new table, and its character set; nothing where the statement does not tell them.
std::optional<MappedTable> ChangeStream::definition_of(const ddl::CreateTable& statement,
                                                       const StatementContext& context) {
  MappedTable table;
  if (statement.complete) {
    table.schema = statement.definition;
    table.table_charset = statement.charset;
    resolve_defaults(table.schema, context);
    return table;
  }
  if (!statement.like) return std::nullopt;
  const MappedTable* model = tables_.find(statement.like->database, statement.like->table);
  if (model == nullptr || !is_live(*model)) return std::nullopt;
  table.schema = model->schema;
  table.schema.database = statement.table.database;
  table.schema.table = statement.table.table;
  table.table_charset = model->table_charset;
  return table;
}

void ChangeStream::run_statement(const StatementContext& context, const ddl::CreateTable& statement) {
  if (starts_transaction(context.text)) transactions_.open();
  if (statement.has_select) {  // functions in it may change other tables
    ddl::RowStatement select;
    select.what = "CREATE TABLE … SELECT";
    select.read = statement.read;
    select.called = statement.called;
    run_statement(context, select);
  }
  if (statement.temporary) return;
  if (statement.or_replace) settle_renames({statement.table, {}}, context, NameUse::kDroppedIfThere);
  if (!statement.if_not_exists) settle_renames({{}, statement.table}, context, NameUse::kMade);
  MappedTable* table = tables_.find(statement.table.database, statement.table.table);
  if (table != nullptr && is_ahead(*table)) return;
  // IF NOT EXISTS of a table we know was logged and did nothing, unless it is another one.
  if (table != nullptr && statement.if_not_exists)
    return is_in_doubt(statement.table) ? doubt_name(*table, context) : void();
  current_table_ = display_name(statement.table);
  // Its rows follow. Should they take no effect, neither does the statement.
  if (transactions_.is_open() && (table != nullptr || selects(statement.table)))
    transaction_touches_us_ = true;
  if (table != nullptr && !statement.or_replace)
    return request_reload(*table, statement.what(), context.text);
  if (table != nullptr) table_dropped(*table, context);
  if (create_ghost(statement, context)) return;
  if (!selects(statement.table)) return;
  if (MappedTable* gone = tables_.away_from(statement.table))
    return come_back(*gone, statement.what(), context);
  const std::optional<MappedTable> definition = definition_of(statement, context);
  // IF NOT EXISTS is logged as well where the table was there, and had rows.
  const bool may_have_rows = statement.if_not_exists && reload_problem(config_).empty();
  if (definition && !may_have_rows)
    return create_table(definition->schema, definition->table_charset, context);
  take_up(statement.table, statement.complete ? statement.what() : statement.incomplete_reason, context);
}

void ChangeStream::run_statement(const StatementContext& context, const ddl::DropTables& statement) {
  if (statement.temporary) return;
  for (const ddl::TableName& name : statement.tables) {
    // IF EXISTS is logged as well where there was none of the name.
    settle_renames({name, {}}, context, statement.if_exists ? NameUse::kDroppedIfThere : NameUse::kDropped);
    drop_name(name, context);
  }
}

void ChangeStream::drop_name(const ddl::TableName& name, const StatementContext& context) {
  if (MappedTable* table = tables_.find(name.database, name.table)) {
    current_table_ = table->schema.display_name();
    if (!is_ahead(*table)) table_dropped(*table, context);
    return;
  }
  if (GhostTable* ghost = ghosts_.find(name.database, name.table)) return forget_ghost(*ghost, context);
  if (MappedTable* table = tables_.away_as(name)) table_dropped(*table, context);
}

/// pt-online-schema-change can drop a table before it puts the copy in its place.
void ChangeStream::table_dropped(MappedTable& table, const StatementContext& context) {
  if (ghosts_.has_any(table.number)) {
    note(
        table.schema.display_name(),
        "the table was dropped on the source while there is a copy of it by an online schema change: the target "
        "table is kept until that takes its place or is dropped as well",
        context);
    return go_away(table, {}, context);
  }
  if (drops_target(table)) {
    target_.carry(table, [&] { apply::drop_target(table.target); });
  } else if (!table.away_as || table.away_as->table.empty()) {
    ErrorEntry entry =
        entry_of(table.schema.display_name(),
                 "the table was dropped on the source; the target table is kept as it was", context);
    entry.remedy = "Drop the target table where it is not wanted any more.";
    target_.warn(entry);
  }
  retire(table);
  // Of a database with thousands of tables. What is gone by then is not dropped again when the statement
  // comes again.
  if (target_.holds_many_tables() && !transactions_.is_open()) commit(false);
}

/// Another task, or another table of an appended target, may still fill it.
bool ChangeStream::drops_target(const MappedTable& table) {
  if (config_.options.drop_tables != DroppedTables::kDrop) return false;
  if (config_.existing_tables == ExistingTables::kAppend) return false;
  if (table.away_as && !table.away_as->table.empty()) return false;  // its name went to another table first
  target_.begin();
  if (!sharing_tables(config_.task, table.number, table.target).empty()) return false;
  const apply::TargetState state = apply::target_state(table.target.schema, table.target.table);
  return state != apply::TargetState::kAbsent && state != apply::TargetState::kNotATable;
}

/// No longer one of the task's tables. The mapping stays, to be seen.
void ChangeStream::retire(MappedTable& table) {
  for (GhostTable* ghost : ghosts_.ghosts_of(table.number)) remove_ghost(*ghost);
  target_.drop_mapping(table);
  tables_.detach(table);
  pg::check(table.life.happen(TableEvent::kDropped));
  has_retired_ = true;
}

/// Frees what a worker that runs for years would keep of tables that come and go every day. Only between
/// transactions of the target, as what is gathered refers to its tables.
void ChangeStream::forget_retired() {
  if (!has_retired_ || transactions_.is_inside() || target_.has_work()) return;
  has_retired_ = false;
  reloads_.remove_if([](const Reload& reload) { return reload.table->life.is(TableState::kDropped); });
  tables_.forget_dropped();
}

void ChangeStream::run_statement(const StatementContext& context, const ddl::DatabaseStatement& statement) {
  const bool is_drop = statement.kind == ddl::DatabaseStatement::Kind::kDrop;
  // CREATE DATABASE IF NOT EXISTS is logged as well where the database was there.
  const bool is_idle = statement.if_not_exists && databases_.find(statement.database) != nullptr;
  if (is_drop || (statement.charset && !is_idle))
    note_charset(statement.database, statement.charset.value_or(""));
  if (!statement.drops_tables()) return;
  for (TableMove& move : doubtful_renames_)
    for (ddl::TableName* name : {&move.from, &move.to})
      if (tables_.is_same({name->database, ""}, {statement.database, ""})) *name = {};
  if (!doubtful_renames_.empty()) keep_doubtful_renames();
  for (GhostTable* ghost : ghosts_.in_database(statement.database)) remove_ghost(*ghost);
  for (MappedTable* table : tables_.in_database(statement.database))
    if (!is_ahead(*table)) table_dropped(*table, context);
  for (MappedTable* table : tables_.away()) {
    const bool is_there = !table->away_as->table.empty();
    const std::string& database = is_there ? table->away_as->database : table->schema.database;
    if (tables_.is_same({database, ""}, {statement.database, ""})) table_dropped(*table, context);
  }
}

}  // namespace mysql_sync
