#include "bgworker/stream/task_tables.hpp"

#include "bgworker/catalog/load_chunks.hpp"
#include "bgworker/target/shared_target.hpp"

namespace mysql_sync {

bool TaskTables::selects(const ddl::TableName& name) {
  const ObjectSelection selection = state_.config.selection();
  if (!selection.selects(name.database, name.table)) return false;
  return selection.names(name.database, name.table) || !migration_of(name);
}

std::optional<TaskTables::Migration> TaskTables::migration_of(const ddl::TableName& name) {
  if (name.table.empty() || name.table.front() != '_') return std::nullopt;
  const SourceNames& names = state_.facts.names;
  std::vector<MappedTable*> tables = state_.tables.in_database(name.database);
  for (MappedTable* table : state_.tables.away())
    if (names.is_same(table->schema.database, name.database)) tables.push_back(table);
  for (MappedTable* table : tables) {
    const MigrationRole role = migration_role(names.folded(name.table), names.folded(table->schema.table));
    if (role != MigrationRole::kNone) return Migration{table, role};
  }
  return std::nullopt;
}

MappedTable& TaskTables::add(MappedTable table) {
  state_.in_ddl([&](pg::SpiSession& spi) {
    forget_dropped(spi, state_.config.task, table);
    table.number = next_table_number(spi, state_.config.task);
    save_mapping(spi, state_.config.task, table);
  });
  return *state_.tables.add(std::move(table));
}

void TaskTables::save_place(const MappedTable& table) {
  state_.in_ddl([&](pg::SpiSession& spi) {
    save_names(spi, state_.config.task, table);
    save_life(spi, state_.config.task, table);
  });
}

void TaskTables::return_to_name(MappedTable& table) {
  pg::check(table.life.happen(TableEvent::kReturned));
  table.away_as.reset();
  save_place(table);
  state_.tables.attach(table);
}

void TaskTables::leave_selection(MappedTable& table, const ddl::TableName& to,
                                 const StatementContext& context) {
  // A migration moves the table out of the way before its copy takes the place.
  if (!state_.ghosts.has_any(table.number)) {
    // A reload that is ahead of the statement reads the very table that gets the name.
    const MappedTable* present = state_.tables.find(to.database, to.table);
    const bool is_taken_ahead = present != nullptr && state_.is_ahead(*present);
    const char* why = is_taken_ahead ? ", which is loaded anew already" : ", which the task does not select";
    ErrorEntry entry = entry_of(table.schema.display_name(),
                                "the table was renamed on the source to " + display_name(to) + why +
                                    "; the target table is kept as it was",
                                context);
    entry.remedy = "Drop the target table where it is not wanted any more.";
    state_.target.warn(entry);
  }
  state_.tables.detach(table);
  if (!table.life.is_away()) {
    const bool has_reload = table.life.has_reload();
    pg::check(table.life.happen(TableEvent::kLeft));
    if (has_reload)  // what it has read so far no longer counts
      state_.in_ddl([&](pg::SpiSession& spi) { delete_chunks(spi, state_.config.task, table.number); });
  }
  table.away_as = to;
  save_place(table);
}

void TaskTables::reselect(MappedTable& table, const std::string& reason, const StatementContext& context) {
  return_to_name(table);
  reload_by_name(table, reason, context);
}

void TaskTables::reload_by_name(MappedTable& table, const std::string& reason,
                                const StatementContext& context) {
  table.may_be_absent = state_.facts.mariadb;
  reloads_.request(table, reason, context.text);
}

/// pt-online-schema-change can drop a table before it puts the copy in its place.
void TaskTables::drop(MappedTable& table, const StatementContext& context) {
  if (state_.ghosts.has_any(table.number)) {
    state_.note(
        table.schema.display_name(),
        "the table was dropped on the source while there is a copy of it by an online schema change: the target "
        "table is kept until that takes its place or is dropped as well",
        context);
    return leave_selection(table, {}, context);
  }
  if (drops_target(table)) {
    state_.target.carry(table, [&] { apply::drop_target(table.target); });
  } else if (!table.away_as || table.away_as->table.empty()) {
    ErrorEntry entry =
        entry_of(table.schema.display_name(),
                 "the table was dropped on the source; the target table is kept as it was", context);
    entry.remedy = "Drop the target table where it is not wanted any more.";
    state_.target.warn(entry);
  }
  retire(table);
  // Of a database with thousands of tables. What is gone by then is not dropped again when the statement
  // comes again.
  if (state_.target.holds_many_tables() && !state_.transactions.is_open()) state_.commit();
}

/// Another task, or another table of an appended target, may still fill it.
bool TaskTables::drops_target(const MappedTable& table) {
  if (state_.config.options.drop_tables != DroppedTables::kDrop) return false;
  if (state_.config.existing_tables == ExistingTables::kAppend) return false;
  if (table.away_as && !table.away_as->table.empty()) return false;  // its name went to another table first
  state_.target.begin();
  if (!sharing_tables(state_.config.task, table.number, table.target).empty()) return false;
  const apply::TargetState state = apply::target_state(table.target.schema, table.target.table);
  return state != apply::TargetState::kAbsent && state != apply::TargetState::kNotATable;
}

void TaskTables::retire(MappedTable& table) {
  for (GhostTable* ghost : state_.ghosts.ghosts_of(table.number)) remove_ghost(*ghost);
  state_.target.drop_mapping(table);
  state_.tables.detach(table);
  pg::check(table.life.happen(TableEvent::kDropped));
  has_retired_ = true;
}

void TaskTables::remove_ghost(GhostTable& ghost) {
  state_.tables.forget_announced();
  state_.in_ddl([&](pg::SpiSession& spi) { delete_ghost(spi, state_.config.task, ghost); });
  state_.ghosts.remove(ghost);
}

void TaskTables::forget_retired() {
  if (!has_retired_ || state_.transactions.is_inside() || state_.target.has_work()) return;
  has_retired_ = false;
  state_.tables.forget_dropped();
}

}  // namespace mysql_sync
