// The part of ChangeStream that follows names: RENAME TABLE and ALTER TABLE ... RENAME. What becomes of each
// table is planned first, see core/route/rename_plan.hpp, then carried out here.
#include <algorithm>
#include <tuple>

#include "bgworker/stream/change_stream.hpp"
#include "bgworker/target/shared_target.hpp"
#include "core/route/rename_plan.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

std::string display_name(const ddl::TableName& name) { return name.database + "." + name.table; }

bool same_target(const apply::TargetTable& a, const apply::TargetTable& b) {
  return a.schema == b.schema && a.table == b.table;
}

TargetName name_of(const apply::TargetTable& target) { return {target.schema, target.table}; }

ddl::TableName name_of(const TableSchema& schema) { return {schema.database, schema.table}; }

}  // namespace

/// A move, and what it is of.
struct ChangeStream::Mover {
  KnownMove known;
  MappedTable* table = nullptr;  ///< that has the name `from`
  MappedTable* away = nullptr;   ///< that was renamed to `from` when it left the selection
  /// Number of the ghost that has the name `from`. It may be gone once others have moved.
  std::optional<uint32_t> ghost;
};

void ChangeStream::run_statement(const StatementContext& context, const ddl::RenameTables& statement) {
  std::vector<TableMove> pairs, unsure;
  for (const ddl::RenameTables::Pair& pair : statement.pairs) {
    const TableMove move{pair.from, pair.to};
    if (is_known_temporary(move, context)) continue;
    const auto is_any = [&](const auto& test) {
      return std::any_of(statement.pairs.begin(), statement.pairs.end(), test);
    };
    const bool is_replaced = is_any([&](const auto& other) { return tables_.is_same(other.to, move.from); });
    const bool is_freed = is_any([&](const auto& other) { return tables_.is_same(other.from, move.to); });
    const bool is_followed = is_replaced || !renames_temporary(move, is_freed, context);
    if (is_followed) pairs.push_back(move);
    if (is_followed && facts_.mariadb && is_ours(move.from)) unsure.push_back(move);
  }
  const auto knows = [&](const TableMove& move) {
    const Mover mover = mover_of(move);
    return mover.table != nullptr || mover.ghost || mover.away != nullptr;
  };
  const std::vector<TableMove> certain =
      statement.if_exists ? certain_moves(pairs, facts_.fold_case, knows) : pairs;
  rename_tables(certain, context);
  if (certain.size() < pairs.size()) {
    for (const TableMove& move : pairs)
      for (const ddl::TableName& name : {move.from, move.to}) doubt_name(name, context);
  }
  if (unsure.empty()) return;
  doubtful_renames_.insert(doubtful_renames_.end(), unsure.begin(), unsure.end());
  keep_doubtful_renames();
}

/// Of a table that the binlog shows to be temporary: it goes by the new name from here on.
bool ChangeStream::is_known_temporary(const TableMove& move, const StatementContext& context) {
  const std::string from = tables_.key(move.from.database, move.from.table);
  if (!facts_.mariadb || !temporary_.has(context.thread, from)) return false;
  temporary_.remove(context.thread, from);
  temporary_.add(context.thread, tables_.key(move.to.database, move.to.table));
  return true;
}

bool ChangeStream::is_ours(const ddl::TableName& name) {
  const MappedTable* table = tables_.find(name.database, name.table);
  return table != nullptr && !is_ahead(*table);
}

/// MariaDB logs RENAME TABLE of a session's temporary table like that of any other. Where the source still
/// has the old name and not the new one, it was no rename of ours; unless later statements have made that so.
/// Then whatever has the name is loaded again. Not for a table whose name another one takes in the same
/// statement: that one could not if it were still there. Nor was it where another table has the new name,
/// which no other pair of the statement takes away (`is_freed`). Else the table is taken to be renamed;
/// statements that are still to come may have made the names so.
bool ChangeStream::renames_temporary(const TableMove& move, bool is_freed, const StatementContext& context) {
  if (!facts_.mariadb) return false;
  MappedTable* table = is_ours(move.from) ? tables_.find(move.from.database, move.from.table) : nullptr;
  MappedTable* taken = is_freed || table == nullptr ? nullptr : table_of_name(move.to);
  if (taken != nullptr && taken != table) {
    for (MappedTable* of : {table, taken})
      if (has_rows_ahead(*of)) doubt_name(*of, context);
    return true;
  }
  if (table == nullptr && (!selects(move.to) || tables_.find(move.to.database, move.to.table) != nullptr))
    return false;
  if (!exists(move.from) || exists(move.to)) return false;
  const BinlogPosition end = pg::value_or_throw(source::read_binlog_status(control_)).position;
  if (end <= transactions_.next() || table == nullptr) return true;
  if (!reload_problem(config_).empty()) return false;
  doubt_name(*table, context);
  return true;
}

/// A followed rename that may have been of a temporary table has given the name.
bool ChangeStream::is_in_doubt(const ddl::TableName& name) const {
  return std::any_of(doubtful_renames_.begin(), doubtful_renames_.end(), [&](const TableMove& move) {
    return !move.to.table.empty() && tables_.is_same(move.to, name);
  });
}

/// The table that surely has the name at this place of the binlog.
MappedTable* ChangeStream::table_of_name(const ddl::TableName& name) {
  MappedTable* table = tables_.find(name.database, name.table);
  if (table == nullptr || is_ahead(*table) || is_in_doubt(name)) return nullptr;
  return table->may_be_absent || table->is_unread() ? nullptr : table;
}

/// It is open which table has its name at this place of the binlog, if any: the source is asked.
void ChangeStream::doubt_name(MappedTable& table, const StatementContext& context) {
  const std::string reason = "RENAME TABLE, perhaps of a temporary table";
  if (is_ahead(table)) return;
  if (!reload_problem(config_).empty())
    return warn_of_rows(table, reason + ": its rows may be those of another table by now", context);
  if (is_live(table)) return reload_by_name(table, reason, context);
  table.may_be_absent = true;
  in_ddl([&](pg::SpiSession& spi) { save_life(spi, config_.task, table); });
}

void ChangeStream::doubt_name(const ddl::TableName& name, const StatementContext& context) {
  if (MappedTable* table = tables_.find(name.database, name.table)) return doubt_name(*table, context);
  if (!selects(name) || !exists(name)) return;
  constexpr const char* kReason = "an earlier RENAME TABLE may have been of a temporary table";
  if (MappedTable* gone = tables_.away_from(name)) return come_back(*gone, kReason, context);
  take_up(name, kReason, context);
}

/// Loads what has the name, because of a RENAME TABLE that may not have given it.
void ChangeStream::reload_by_name(MappedTable& table, const std::string& reason,
                                  const StatementContext& context) {
  table.may_be_absent = facts_.mariadb;
  request_reload(table, reason, context.text);
}

bool ChangeStream::exists(const ddl::TableName& name) {
  return pg::value_or_throw(source::has_table(control_, name.database, name.table));
}

ChangeStream::Mover ChangeStream::mover_of(const TableMove& move) {
  Mover mover;
  mover.known.move = move;
  mover.known.selects_to = selects(move.to);
  if (const MappedTable* present = tables_.find(move.to.database, move.to.table)) {
    mover.known.present = present->number;
    mover.known.present_is_ahead = is_ahead(*present);
  }
  MappedTable* table = tables_.find(move.from.database, move.from.table);
  if (table != nullptr && !is_ahead(*table)) {
    mover.table = table;
    mover.known.table = table->number;
    mover.known.is_unread = table->is_unread();
  } else if (const GhostTable* ghost = ghosts_.find(move.from.database, move.from.table)) {
    mover.ghost = ghost->copy.number;
    mover.known.copy_of = ghost->of;
  } else {
    mover.away = tables_.away_as(move.from);
  }
  return mover;
}

void ChangeStream::rename_tables(const std::vector<TableMove>& pairs, const StatementContext& context) {
  for (const TableMove& move : pairs) settle_renames(move, context, NameUse::kMoved);
  move_tables(pairs, context);
}

void ChangeStream::move_tables(const std::vector<TableMove>& pairs, const StatementContext& context) {
  std::vector<Mover> movers;
  std::vector<KnownMove> known;
  for (const TableMove& move : net_moves(pairs, facts_.fold_case)) movers.push_back(mover_of(move));
  for (const Mover& mover : movers) known.push_back(mover.known);
  const std::vector<MoveAction> actions = plan_moves(known, facts_.fold_case);
  move_mappings(movers, actions, context);
  for (size_t i = 0; i < movers.size(); ++i)
    if (actions[i] == MoveAction::kArrive) arrive(movers[i], context);
  for (size_t i = 0; i < movers.size(); ++i) {
    const TableMove& move = known[i].move;
    if (actions[i] == MoveAction::kReplace && known[i].selects_to)
      take_up(move.to, "RENAME TABLE from " + display_name(move.from), context);
  }
}

/// True where a reload that is ahead of the statement reads the very table that gets the name.
bool ChangeStream::is_taken_ahead(const ddl::TableName& name) {
  const MappedTable* present = tables_.find(name.database, name.table);
  return present != nullptr && is_ahead(*present);
}

/// The tables that have a mapping go to their new names, all at once, or leave the selection.
void ChangeStream::move_mappings(const std::vector<Mover>& movers, const std::vector<MoveAction>& actions,
                                 const StatementContext& context) {
  for (size_t i = 0; i < movers.size(); ++i) {
    if (actions[i] != MoveAction::kDoubt) continue;
    doubt_name(*movers[i].table, context);
    doubt_name(movers[i].known.move.to, context);
  }
  Renamed renamed;
  for (size_t i = 0; i < movers.size(); ++i) {
    const auto& [known, table, away, ghost] = movers[i];
    if (table != nullptr) current_table_ = table->schema.display_name();
    if (actions[i] == MoveAction::kRename) renamed.emplace_back(table, known.move.to);
    if (actions[i] == MoveAction::kForget) retire(*table);
    if (actions[i] == MoveAction::kLeave) go_away(*table, known.move.to, context);
  }
  for (const auto& [table, to] : renamed)
    if (MappedTable* gone = tables_.away_from(to)) make_room(*gone, context);
  if (renamed.empty()) return;
  rename_mappings(renamed, context);
  for (const auto& [table, to] : renamed) doubt_rows(*table, context);
}

/// Rows are read by a table's name. Where some are ahead of the statement, they may be those of the table
/// that had the name by then: RENAME TABLE t TO t_old, t_new TO t.
void ChangeStream::doubt_rows(MappedTable& table, const StatementContext& context) {
  widen_catch_up();
  if (!has_rows_ahead(table) || table.life.is_outdated()) return;
  const std::string reason = "the table was renamed while its rows were being read";
  const std::string problem = reload_problem(config_);
  if (problem.empty()) return request_reload(table, reason, context.text);
  warn_of_rows(table, reason + ", and they may be those of another table of the name", context);
}

/// Another of the task's tables takes the name of one that is away, whose target keeps its rows under the
/// name that the table has on the source now. Where that is the name of one of the task's, which is ahead,
/// its rows are among that one's, and the target is in nobody's way. Where the name is another
/// target's, or its own (one schema for several databases), the target gets one that nobody has.
void ChangeStream::make_room(MappedTable& gone, const StatementContext& context) {
  const ddl::TableName& name = *gone.away_as;
  if (!name.table.empty() && tables_.find(name.database, name.table) == nullptr) {
    in_ddl([](pg::SpiSession&) {});
    apply::TargetTable to = renamed_target(gone, name);
    const std::string schema = config_.target_schema.value_or(gone.schema.database);
    const bool is_own = gone.target.schema == schema && gone.target.table == gone.schema.table;
    const bool is_used = tables_.find_target(to.schema, to.table) != nullptr ||
                         !sharing_tables(config_.task, gone.number, to).empty();
    if (is_own && is_used && config_.operations.alter) {
      to.table = name_aside(gone.number);
      note(gone.schema.display_name(), "its target table is kept as " + to.display_name(), context);
    }
    if (!same_target(to, gone.target)) {
      move_target(gone, gone.target, to, context);
      gone.target = to;
      in_ddl([&](pg::SpiSession& spi) { save_names(spi, config_.task, gone); });
    }
  }
  retire(gone);
}

/// The name a target has by itself follows the source; one that set_table gave stays.
apply::TargetTable ChangeStream::renamed_target(const MappedTable& table, const ddl::TableName& to) const {
  apply::TargetTable target = table.target;
  const std::string schema = config_.target_schema.value_or(table.schema.database);
  const bool is_own = target.schema == schema && target.table == table.schema.table;
  if (!is_own || !config_.operations.alter) return target;
  target.schema = config_.target_schema.value_or(to.database);
  target.table = to.table;
  return target;
}

void ChangeStream::rename_mappings(const Renamed& renamed, const StatementContext& context) {
  std::vector<TargetMove> moves;
  for (const auto& [table, to] : renamed)
    moves.push_back({table->number, name_of(table->target), name_of(renamed_target(*table, to))});
  const std::vector<TargetName> targets = settle_targets(moves, [&](const TargetName& target) {
    const MappedTable* user = tables_.find_target(target.schema, target.table);
    return user == nullptr ? std::optional<uint32_t>() : user->number;
  });
  for (const auto& [table, to] : renamed) tables_.detach(*table);
  for (const TargetRename& rename : order_renames(moves, targets)) {
    apply::TargetTable from = renamed[rename.move].first->target, to = from;
    std::tie(from.schema, from.table) = std::tie(rename.from.schema, rename.from.table);
    std::tie(to.schema, to.table) = std::tie(rename.to.schema, rename.to.table);
    move_target(*renamed[rename.move].first, from, to, context);
  }
  in_ddl([&](pg::SpiSession& spi) {
    for (const auto& [table, to] : renamed) set_names_aside(spi, config_.task, table->number);
  });
  for (size_t i = 0; i < renamed.size(); ++i) {
    MappedTable& table = *renamed[i].first;
    table.schema.database = renamed[i].second.database;
    table.schema.table = renamed[i].second.table;
    table.target.schema = targets[i].schema;
    table.target.table = targets[i].table;
    in_ddl([&](pg::SpiSession& spi) {
      forget_dropped(spi, config_.task, table);
      save_names(spi, config_.task, table);
    });
    tables_.attach(table);
  }
}

void ChangeStream::move_target(const MappedTable& table, const apply::TargetTable& from,
                               const apply::TargetTable& to, const StatementContext& context) {
  in_ddl([](pg::SpiSession&) {});
  const bool is_made = apply::target_state(from.schema, from.table) != apply::TargetState::kAbsent;
  const apply::TargetState there = apply::target_state(to.schema, to.table);
  if (there == apply::TargetState::kAbsent) {
    if (is_made) target_.carry(table, [&] { apply::rename_target(from, to.schema, to.table); });
    return;
  }
  const bool is_own = own_remains(to).has_value();
  const bool is_free =
      there == apply::TargetState::kEmpty || config_.existing_tables == ExistingTables::kTruncate || is_own;
  if (!is_free || there == apply::TargetState::kNotATable ||
      tables_.find_target(to.schema, to.table) != nullptr ||
      !sharing_tables(config_.task, table.number, to).empty())
    pg::fail(ErrorCode::kConflict,
             from.display_name() + " cannot be renamed: " + to.display_name() + " exists and is not empty",
             context.text, "Rename or drop " + to.display_name() + ", then start the task again.");
  if (!is_made && !is_own) return;  // not loaded yet: what is there will be emptied then
  target_.carry(table, [&] {
    apply::drop_target(to);
    if (is_made) apply::rename_target(from, to.schema, to.table);
  });
}

/// Its name is none that the task selects, or none at all. Rows are not followed until it is back.
void ChangeStream::go_away(MappedTable& table, const ddl::TableName& to, const StatementContext& context) {
  // A migration moves the table out of the way before its copy takes the place.
  if (!ghosts_.has_any(table.number)) {
    const char* why =
        is_taken_ahead(to) ? ", which is loaded anew already" : ", which the task does not select";
    ErrorEntry entry = entry_of(table.schema.display_name(),
                                "the table was renamed on the source to " + display_name(to) + why +
                                    "; the target table is kept as it was",
                                context);
    entry.remedy = "Drop the target table where it is not wanted any more.";
    target_.warn(entry);
  }
  tables_.detach(table);
  if (!table.life.is_away()) pg::check(table.life.happen(TableEvent::kLeft));
  table.away_as = to;
  save_place(table);
}

void ChangeStream::save_place(const MappedTable& table) {
  in_ddl([&](pg::SpiSession& spi) {
    save_names(spi, config_.task, table);
    save_life(spi, config_.task, table);
  });
}

void ChangeStream::return_to_name(MappedTable& table) {
  pg::check(table.life.happen(TableEvent::kReturned));
  table.away_as.reset();
  save_place(table);
  tables_.attach(table);
}

/// A table has the name again, whichever it is: the target becomes that one.
void ChangeStream::come_back(MappedTable& table, const std::string& reason, const StatementContext& context) {
  return_to_name(table);
  reload_by_name(table, reason, context);
}

/// A table that has no place of its own in the selection goes to `move.to`.
void ChangeStream::arrive(Mover& mover, const StatementContext& context) {
  // Making room, or the arrival of another, may have retired what was away, and its ghosts.
  if (mover.away != nullptr && mover.away->life.is(TableState::kDropped)) mover.away = nullptr;
  const ddl::TableName& to = mover.known.move.to;
  current_table_ = display_name(to);
  GhostTable* ghost = mover.ghost ? ghosts_.find_number(*mover.ghost) : nullptr;
  if (ghost != nullptr && ghost_moves(*ghost, to, context)) return;
  MappedTable* present = tables_.find(to.database, to.table);
  // The mapping that stays under the name is this table's from here on, not the one it had before it left.
  if (present != nullptr && mover.away != nullptr) retire(*mover.away);
  if (present != nullptr && is_ahead(*present)) return;
  const std::string reason = "RENAME TABLE from " + display_name(mover.known.move.from);
  if (present == nullptr && mover.away != nullptr && !tables_.is_same(to, name_of(mover.away->schema)))
    return follow_away(*mover.away, to, reason, context);
  // Only a mapping that stays where it is, for this table, can be there.
  if (present != nullptr) return reload_by_name(*present, reason, context);
  if (MappedTable* gone = tables_.away_from(to)) return come_back(*gone, reason, context);
  if (selects(to)) take_up(to, reason, context);
}

/// A table outside the selection has another name.
void ChangeStream::follow_away(MappedTable& table, const ddl::TableName& to, const std::string& reason,
                               const StatementContext& context) {
  if (!selects(to)) {
    table.away_as = to;
    return save_place(table);
  }
  return_to_name(table);
  rename_mappings({{&table, to}}, context);
  reload_by_name(table, reason, context);
}

}  // namespace mysql_sync
