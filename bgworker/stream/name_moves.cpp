#include "bgworker/stream/name_moves.hpp"

#include <algorithm>
#include <tuple>

#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/target/shared_target.hpp"
#include "core/route/rename_plan.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

bool same_target(const apply::TargetTable& a, const apply::TargetTable& b) {
  return a.schema == b.schema && a.table == b.table;
}

TargetName name_of(const apply::TargetTable& target) { return {target.schema, target.table}; }

ddl::TableName name_of(const TableSchema& schema) { return {schema.database, schema.table}; }

}  // namespace

/// A move, and what has the name that it begins with.
struct NameMoves::Mover {
  KnownMove known;
  MappedTable* table = nullptr;  ///< that has the name `from`
  MappedTable* away = nullptr;   ///< that was renamed to `from` when it left the selection
  /// Number of the ghost that has the name `from`. It may be gone once others have moved.
  std::optional<uint32_t> ghost;
};

void NameMoves::move(const std::vector<TableMove>& pairs, const StatementContext& context) {
  std::vector<Mover> movers;
  std::vector<KnownMove> known;
  for (const TableMove& move : net_moves(pairs, state_.facts.names)) movers.push_back(mover_of(move));
  for (const Mover& mover : movers) known.push_back(mover.known);
  const std::vector<MoveAction> actions = plan_moves(known, state_.facts.names);
  move_mappings(movers, actions, context);
  for (size_t i = 0; i < movers.size(); ++i)
    if (actions[i] == MoveAction::kArrive) receive(movers[i], context);
  for (size_t i = 0; i < movers.size(); ++i) {
    const TableMove& move = known[i].move;
    if (actions[i] == MoveAction::kReplace && known[i].selects_to)
      new_tables_.add_with_rows(move.to, "RENAME TABLE from " + display_name(move.from), context);
  }
}

bool NameMoves::knows(const TableMove& move) {
  const Mover mover = mover_of(move);
  return mover.table != nullptr || mover.ghost || mover.away != nullptr;
}

NameMoves::Mover NameMoves::mover_of(const TableMove& move) {
  Mover mover;
  mover.known.move = move;
  mover.known.selects_to = task_tables_.selects(move.to);
  if (const MappedTable* present = state_.tables.find(move.to.database, move.to.table)) {
    mover.known.present = present->number;
    mover.known.present_is_ahead = state_.is_ahead(*present);
  }
  MappedTable* table = state_.tables.find(move.from.database, move.from.table);
  if (table != nullptr && !state_.is_ahead(*table)) {
    mover.table = table;
    mover.known.table = table->number;
    mover.known.is_unread = table->is_unread();
  } else if (const GhostTable* ghost = state_.ghosts.find(move.from.database, move.from.table)) {
    mover.ghost = ghost->copy.number;
    mover.known.copy_of = ghost->of;
  } else {
    mover.away = state_.tables.away_as(move.from);
  }
  return mover;
}

/// The tables that have a mapping go to their new names, all at once, or leave the selection.
void NameMoves::move_mappings(const std::vector<Mover>& movers, const std::vector<MoveAction>& actions,
                              const StatementContext& context) {
  for (size_t i = 0; i < movers.size(); ++i) {
    if (actions[i] != MoveAction::kDoubt) continue;
    doubt_name(*movers[i].table, context);
    doubt_name(movers[i].known.move.to, context);
  }
  Renamed renamed;
  for (size_t i = 0; i < movers.size(); ++i) {
    const auto& [known, table, away, ghost] = movers[i];
    if (table != nullptr) state_.current_table = table->schema.display_name();
    if (actions[i] == MoveAction::kRename) renamed.emplace_back(table, known.move.to);
    if (actions[i] == MoveAction::kForget) task_tables_.retire(*table);
    if (actions[i] == MoveAction::kLeave) task_tables_.leave_selection(*table, known.move.to, context);
  }
  for (const auto& [table, to] : renamed)
    if (MappedTable* gone = state_.tables.away_from(to)) release_name(*gone, context);
  if (renamed.empty()) return;
  rename_mappings(renamed, context);
  for (const auto& [table, to] : renamed) reload_if_read_ahead(*table, context);
}

/// Rows are read by a table's name. Rows that were read ahead of the statement may be those of the table that
/// had the name by then: RENAME TABLE t TO t_old, t_new TO t.
void NameMoves::reload_if_read_ahead(MappedTable& table, const StatementContext& context) {
  state_.widen_catch_up();
  if (!state_.has_rows_ahead(table) || table.life.is_outdated()) return;
  const std::string reason = "the table was renamed while its rows were being read";
  const std::string problem = reload_problem(state_.config);
  if (problem.empty()) return reloads_.request(table, reason, context.text);
  state_.warn_of_rows(table, reason + ", and they may be those of another table of the name", context);
}

/// Another table of the task takes the name of a table that is away. The target of the latter keeps its rows
/// under the name that the table has on the source now. If the task has a table of that name, a reload of it
/// is ahead and has these rows as well, so the target stays where it is. If another target has the name, or
/// it is its own (one schema for several databases), the target gets a name of its own.
void NameMoves::release_name(MappedTable& gone, const StatementContext& context) {
  const ddl::TableName& name = *gone.away_as;
  if (!name.table.empty() && state_.tables.find(name.database, name.table) == nullptr) {
    state_.in_ddl([](pg::SpiSession&) {});
    apply::TargetTable to = renamed_target(gone, name);
    const std::string schema = state_.config.target_schema.value_or(gone.schema.database);
    const bool is_own = gone.target.schema == schema && gone.target.table == gone.schema.table;
    const bool is_used = state_.tables.find_target(to.schema, to.table) != nullptr ||
                         !sharing_tables(state_.config.task, gone.number, to).empty();
    if (is_own && is_used && state_.config.operations.alter) {
      to.table = name_aside(gone.number);
      state_.note(gone.schema.display_name(), "its target table is kept as " + to.display_name(), context);
    }
    if (!same_target(to, gone.target)) {
      move_target(gone, gone.target, to, context);
      gone.target = to;
      state_.in_ddl([&](pg::SpiSession& spi) { save_names(spi, state_.config.task, gone); });
    }
  }
  task_tables_.retire(gone);
}

/// A target's default name follows the source; a name that set_table() gave stays.
apply::TargetTable NameMoves::renamed_target(const MappedTable& table, const ddl::TableName& to) const {
  apply::TargetTable target = table.target;
  const std::string schema = state_.config.target_schema.value_or(table.schema.database);
  const bool is_own = target.schema == schema && target.table == table.schema.table;
  if (!is_own || !state_.config.operations.alter) return target;
  target.schema = state_.config.target_schema.value_or(to.database);
  target.table = to.table;
  return target;
}

void NameMoves::rename_mappings(const Renamed& renamed, const StatementContext& context) {
  std::vector<TargetMove> moves;
  for (const auto& [table, to] : renamed)
    moves.push_back({table->number, name_of(table->target), name_of(renamed_target(*table, to))});
  const std::vector<TargetName> targets = settle_targets(moves, [&](const TargetName& target) {
    const MappedTable* user = state_.tables.find_target(target.schema, target.table);
    return user == nullptr ? std::optional<uint32_t>() : user->number;
  });
  for (const auto& [table, to] : renamed) state_.tables.detach(*table);
  for (const TargetRename& rename : order_renames(moves, targets)) {
    apply::TargetTable from = renamed[rename.move].first->target, to = from;
    std::tie(from.schema, from.table) = std::tie(rename.from.schema, rename.from.table);
    std::tie(to.schema, to.table) = std::tie(rename.to.schema, rename.to.table);
    move_target(*renamed[rename.move].first, from, to, context);
  }
  state_.in_ddl([&](pg::SpiSession& spi) {
    for (const auto& [table, to] : renamed) set_names_aside(spi, state_.config.task, table->number);
  });
  for (size_t i = 0; i < renamed.size(); ++i) {
    MappedTable& table = *renamed[i].first;
    table.schema.database = renamed[i].second.database;
    table.schema.table = renamed[i].second.table;
    table.target.schema = targets[i].schema;
    table.target.table = targets[i].table;
    state_.in_ddl([&](pg::SpiSession& spi) {
      forget_dropped(spi, state_.config.task, table);
      save_names(spi, state_.config.task, table);
    });
    state_.tables.attach(table);
  }
}

void NameMoves::move_target(const MappedTable& table, const apply::TargetTable& from,
                            const apply::TargetTable& to, const StatementContext& context) {
  state_.in_ddl([](pg::SpiSession&) {});
  const bool is_made = apply::target_state(from.schema, from.table) != apply::TargetState::kAbsent;
  const apply::TargetState there = apply::target_state(to.schema, to.table);
  if (there == apply::TargetState::kAbsent) {
    if (is_made) state_.target.carry(table, [&] { apply::rename_target(from, to.schema, to.table); });
    return;
  }
  const bool is_own = new_tables_.own_remains(to).has_value();
  const bool is_free = there == apply::TargetState::kEmpty ||
                       state_.config.existing_tables == ExistingTables::kTruncate || is_own;
  if (!is_free || there == apply::TargetState::kNotATable ||
      state_.tables.find_target(to.schema, to.table) != nullptr ||
      !sharing_tables(state_.config.task, table.number, to).empty())
    pg::fail(ErrorCode::kConflict,
             from.display_name() + " cannot be renamed: " + to.display_name() + " exists and is not empty",
             context.text, "Rename or drop " + to.display_name() + ", then start the task again.");
  if (!is_made && !is_own) return;  // not loaded yet: what is there will be emptied then
  state_.target.carry(table, [&] {
    apply::drop_target(to);
    if (is_made) apply::rename_target(from, to.schema, to.table);
  });
}

/// A table that the task does not have comes to the name `move.to`.
void NameMoves::receive(Mover& mover, const StatementContext& context) {
  // The steps before may have retired the table that was away, and its ghosts.
  if (mover.away != nullptr && mover.away->life.is(TableState::kDropped)) mover.away = nullptr;
  const ddl::TableName& to = mover.known.move.to;
  state_.current_table = display_name(to);
  GhostTable* ghost = mover.ghost ? state_.ghosts.find_number(*mover.ghost) : nullptr;
  if (ghost != nullptr && migrations_.move(*ghost, to, context)) return;
  MappedTable* present = state_.tables.find(to.database, to.table);
  // From here on this table belongs to the mapping under the name, not to the one that it had before it left.
  if (present != nullptr && mover.away != nullptr) task_tables_.retire(*mover.away);
  if (present != nullptr && state_.is_ahead(*present)) return;
  const std::string reason = "RENAME TABLE from " + display_name(mover.known.move.from);
  if (present == nullptr && mover.away != nullptr &&
      !state_.facts.names.is_same(to, name_of(mover.away->schema)))
    return rename_away(*mover.away, to, reason, context);
  // This can only be a mapping whose table was replaced by this one.
  if (present != nullptr) return task_tables_.reload_by_name(*present, reason, context);
  if (MappedTable* gone = state_.tables.away_from(to)) return task_tables_.reselect(*gone, reason, context);
  if (task_tables_.selects(to)) new_tables_.add_with_rows(to, reason, context);
}

/// A table that is away gets another name.
void NameMoves::rename_away(MappedTable& table, const ddl::TableName& to, const std::string& reason,
                            const StatementContext& context) {
  if (!task_tables_.selects(to)) {
    table.away_as = to;
    return task_tables_.save_place(table);
  }
  task_tables_.return_to_name(table);
  rename_mappings({{&table, to}}, context);
  task_tables_.reload_by_name(table, reason, context);
}

void NameMoves::doubt_name(MappedTable& table, const StatementContext& context) {
  const std::string reason = "RENAME TABLE, perhaps of a temporary table";
  if (state_.is_ahead(table)) return;
  if (!reload_problem(state_.config).empty())
    return state_.warn_of_rows(table, reason + ": its rows may be those of another table by now", context);
  if (state_.is_live(table)) return task_tables_.reload_by_name(table, reason, context);
  table.may_be_absent = true;
  state_.in_ddl([&](pg::SpiSession& spi) { save_life(spi, state_.config.task, table); });
}

void NameMoves::doubt_name(const ddl::TableName& name, const StatementContext& context) {
  if (MappedTable* table = state_.tables.find(name.database, name.table)) return doubt_name(*table, context);
  if (!task_tables_.selects(name) || !exists(name)) return;
  constexpr const char* kReason = "an earlier RENAME TABLE may have been of a temporary table";
  if (MappedTable* gone = state_.tables.away_from(name))
    return task_tables_.reselect(*gone, kReason, context);
  new_tables_.add_with_rows(name, kReason, context);
}

bool NameMoves::exists(const ddl::TableName& name) {
  return pg::value_or_throw(source::has_table(state_.control, name.database, name.table));
}

}  // namespace mysql_sync
