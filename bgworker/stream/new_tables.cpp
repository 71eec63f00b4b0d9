#include "bgworker/stream/new_tables.hpp"

#include "apply/enum_labels.hpp"
#include "bgworker/catalog/carriable.hpp"
#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/target/shared_target.hpp"
#include "bgworker/target/table_indexes.hpp"
#include "core/ddl/sql_lexer.hpp"

namespace mysql_sync {

namespace {

constexpr const char* kUnwanted =
    "Where the table is not wanted, set the task's option create_tables to false.";

}  // namespace

/// A table that the patterns select is not passed over without a word.
void NewTables::warn_not_carried(const ddl::TableName& name, const std::string& why,
                                 const StatementContext& context) {
  const std::string table = display_name(name);
  ErrorEntry entry = entry_of(
      table,
      table + " is new on the source and not synchronized, though the task's patterns select it: " + why,
      context);
  entry.remedy = "Create another task for it, or leave it out of a task with such patterns.";
  state_.target.warn(entry);
}

/// Why a new table cannot go to its target, besides what is wrong with itself. Empty: it can.
std::string NewTables::target_in_use(const apply::TargetTable& target) {
  const MappedTable* user = state_.tables.find_target(target.schema, target.table);
  const bool empties = state_.config.existing_tables == ExistingTables::kTruncate;
  if (user == nullptr && empties && !sharing_tables(state_.config.task, 0, target).empty())
    return "another task fills " + target.display_name();
  if (user == nullptr) return {};
  return user->schema.display_name() + " already goes to " + target.display_name();
}

/// A new table of the name takes the place of the old one, as it does on the source.
std::optional<apply::SourceColumns> NewTables::own_remains(const apply::TargetTable& target) {
  state_.target.apply_batch();
  state_.target.begin();
  return mysql_sync::own_remains(state_.config, target);
}

/// Stops the task where the target holds what is not ours to replace.
void NewTables::check_new_target(const MappedTable& table, bool is_own, const StatementContext& context) {
  const apply::TargetState state = apply::target_state(table.target.schema, table.target.table);
  const std::string name = table.target.display_name();
  if (state == apply::TargetState::kNotATable)
    pg::fail(ErrorCode::kConflict, name + ", the target of a new table, exists and is not a table",
             context.text,
             std::string("Rename or drop what has the name, then start the task again. ") + kUnwanted);
  if (state != apply::TargetState::kNotEmpty) return;
  if (is_own)
    return state_.note(
        table.schema.display_name(),
        "the table is there again: " + name + ", which was kept as it was dropped, becomes the new one",
        context);
  if (state_.config.existing_tables != ExistingTables::kError) return;
  pg::fail(ErrorCode::kConflict, name + ", the target of a new table, exists and is not empty", context.text,
           std::string("Empty, rename or drop it, then start the task again. ") + kUnwanted);
}

/// The mapping of a table that is new, without columns; nothing, and a warning, where the task does not take
/// it.
std::optional<MappedTable> NewTables::new_mapping(const TableSchema& schema,
                                                  const StatementContext& context) {
  const ddl::TableName name{schema.database, schema.table};
  if (!state_.config.creates_tables()) {
    warn_not_carried(name, "the option create_tables is off", context);
    return std::nullopt;
  }
  MappedTable table;
  table.schema = schema;
  table.target = target_of(state_.config, schema);
  table.target.insert_missing = state_.config.operations.insert;
  std::string problem = target_name_problem(table.target);
  if (problem.empty()) problem = target_in_use(table.target);
  const bool absent =
      apply::target_state(table.target.schema, table.target.table) == apply::TargetState::kAbsent;
  if (problem.empty() && absent && !state_.config.sync_schema)
    problem = "there is no target table, and sync_schema is off";
  if (problem.empty()) return table;
  warn_not_carried(name, problem, context);
  return std::nullopt;
}

/// A table with rows becomes one of the task's: they have to be read from the source.
void NewTables::add_with_rows(const ddl::TableName& name, const std::string& reason,
                              const StatementContext& context) {
  TableSchema schema;
  schema.database = name.database;
  schema.table = name.table;
  const std::string problem = reload_problem(state_.config);
  if (!problem.empty()) return warn_not_carried(name, problem, context);
  state_.target.begin();
  std::optional<MappedTable> table = new_mapping(schema, context);
  if (!table) return;
  const std::optional<apply::SourceColumns> remains = own_remains(table->target);
  check_new_target(*table, remains.has_value(), context);
  if (remains) {  // the reload drops the columns that are no more
    table->schema.columns = remains->schema.columns;
    table->schema.primary_key = remains->schema.primary_key;
    table->target.columns = remains->columns;
  }
  reloads_.request(task_tables_.add(*std::move(table)), reason, context.text);
  state_.commits_at_boundary = true;  // should the reload begin anew, it needs the mapping
}

/// True for a table that was taken up and turns out to be none that can be carried: it is forgotten, as if it
/// had never been selected, until a statement changes it. A target that was kept goes on being known as ours.
bool NewTables::leave_out(MappedTable& table, const MappedTable& planned) {
  const std::string problem = table_problem(planned.schema, planned.target);
  if (problem.empty()) return false;
  warn_not_carried({table.schema.database, table.schema.table}, problem, state_.no_statement());
  task_tables_.retire(table);
  if (table.schema.columns.empty())
    state_.in_ddl([&](pg::SpiSession& spi) { forget_dropped(spi, state_.config.task, table); });
  state_.commit();
  return true;
}

void NewTables::add_empty(const TableSchema& schema, const std::string& charset,
                          const StatementContext& context) {
  state_.target.begin();
  std::optional<MappedTable> table = new_mapping(schema, context);
  if (!table) return;
  const std::string problem = table_problem(schema, table->target);
  if (!problem.empty()) return warn_not_carried({schema.database, schema.table}, problem, context);
  const std::optional<apply::SourceColumns> remains = own_remains(table->target);
  check_new_target(*table, remains.has_value(), context);
  table->table_charset = charset;
  bring_new_labels(*table);
  MappedTable& added = task_tables_.add(*std::move(table));
  fill_new_target(added, remains.value_or(apply::SourceColumns()));
  state_.commits_at_boundary = true;  // a reload of it, should its rows ask for one, needs the mapping
}

/// The enum types of a target that is there are given what they lack, as rows of the same transaction may use
/// it. Nothing but what was before the statement is committed.
void NewTables::bring_new_labels(const MappedTable& table) {
  const bool has_enum = std::any_of(table.schema.columns.begin(), table.schema.columns.end(),
                                    [](const Column& column) { return column.type.kind == TypeKind::kEnum; });
  const bool append = state_.config.existing_tables == ExistingTables::kAppend;
  if (!has_enum || append || state_.transactions.is_open()) return;
  state_.commit();
  apply::add_labels_ahead(table.target, table.target.columns, table.schema);
}

/// Appended rows stay where they are, and the table they are in must be fit for more. `before`: what the
/// target was filled from until now.
void NewTables::fill_new_target(MappedTable& table, const apply::SourceColumns& before) {
  const bool append = state_.config.existing_tables == ExistingTables::kAppend;
  const bool exists =
      apply::target_state(table.target.schema, table.target.table) != apply::TargetState::kAbsent;
  if (!append || !exists) {
    return state_.target.carry(table, [&] {
      apply::fit_target(table.target, table.schema, before);
      follow_indexes(state_.config, state_.control, table);
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

std::optional<MappedTable> NewTables::definition_of(const ddl::CreateTable& statement,
                                                    const StatementContext& context) {
  MappedTable table;
  if (statement.complete) {
    table.schema = statement.definition;
    table.table_charset = statement.charset;
    times_.resolve_defaults(table.schema, context);
    return table;
  }
  if (!statement.like) return std::nullopt;
  const MappedTable* model = state_.tables.find(statement.like->database, statement.like->table);
  if (model == nullptr || !state_.is_live(*model)) return std::nullopt;
  table.schema = model->schema;
  table.schema.database = statement.table.database;
  table.schema.table = statement.table.table;
  table.table_charset = model->table_charset;
  return table;
}

}  // namespace mysql_sync
