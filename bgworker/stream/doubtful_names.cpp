#include "bgworker/stream/doubtful_names.hpp"

#include <algorithm>
#include <tuple>

#include "bgworker/catalog/doubtful_renames.hpp"
#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/target/shared_target.hpp"
#include "core/route/rename_plan.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

void DoubtfulNames::carry(const ddl::RenameTables& statement, const StatementContext& context) {
  std::vector<TableMove> pairs, unsure;
  for (const ddl::RenameTables::Pair& pair : statement.pairs) {
    const TableMove move{pair.from, pair.to};
    if (is_known_temporary(move, context)) continue;
    const auto is_any = [&](const auto& test) {
      return std::any_of(statement.pairs.begin(), statement.pairs.end(), test);
    };
    const bool is_replaced =
        is_any([&](const auto& other) { return state_.facts.names.is_same(other.to, move.from); });
    const bool is_freed =
        is_any([&](const auto& other) { return state_.facts.names.is_same(other.from, move.to); });
    const bool is_followed = is_replaced || !renames_temporary(move, is_freed, context);
    if (is_followed) pairs.push_back(move);
    if (is_followed && state_.facts.mariadb && is_ours(move.from)) unsure.push_back(move);
  }
  const std::vector<TableMove> certain =
      statement.if_exists ? certain_moves(pairs, state_.facts.names,
                                          [&](const TableMove& move) { return moves_.knows(move); })
                          : pairs;
  rename(certain, context);
  if (certain.size() < pairs.size()) {
    for (const TableMove& move : pairs)
      for (const ddl::TableName& name : {move.from, move.to}) moves_.doubt_name(name, context);
  }
  if (unsure.empty()) return;
  doubtful_.insert(doubtful_.end(), unsure.begin(), unsure.end());
  keep();
}

void DoubtfulNames::rename(const std::vector<TableMove>& pairs, const StatementContext& context) {
  for (const TableMove& move : pairs) settle(move, context, NameUse::kMoved);
  moves_.move(pairs, context);
}

/// Of a table that the binlog shows to be temporary: it goes by the new name from here on.
bool DoubtfulNames::is_known_temporary(const TableMove& move, const StatementContext& context) {
  const std::string from = state_.facts.names.key(move.from.database, move.from.table);
  if (!state_.facts.mariadb || !state_.temporary.has(context.thread, from)) return false;
  state_.temporary.remove(context.thread, from);
  state_.temporary.add(context.thread, state_.facts.names.key(move.to.database, move.to.table));
  return true;
}

bool DoubtfulNames::is_ours(const ddl::TableName& name) {
  const MappedTable* table = state_.tables.find(name.database, name.table);
  return table != nullptr && !state_.is_ahead(*table);
}

/// MariaDB logs RENAME TABLE of a session's temporary table like that of any other. Where the source still
/// has the old name and not the new one, it was no rename of ours; unless later statements have made that so.
/// Then whatever has the name is loaded again. Not for a table whose name another one takes in the same
/// statement: that one could not if it were still there. Nor was it where another table has the new name,
/// which no other pair of the statement takes away (`is_freed`). Else the table is taken to be renamed;
/// statements that are still to come may have made the names so.
bool DoubtfulNames::renames_temporary(const TableMove& move, bool is_freed, const StatementContext& context) {
  if (!state_.facts.mariadb) return false;
  MappedTable* table = is_ours(move.from) ? state_.tables.find(move.from.database, move.from.table) : nullptr;
  MappedTable* taken = is_freed || table == nullptr ? nullptr : table_of_name(move.to);
  if (taken != nullptr && taken != table) {
    for (MappedTable* of : {table, taken})
      if (state_.has_rows_ahead(*of)) moves_.doubt_name(*of, context);
    return true;
  }
  if (table == nullptr &&
      (!task_tables_.selects(move.to) || state_.tables.find(move.to.database, move.to.table) != nullptr))
    return false;
  if (!moves_.exists(move.from) || moves_.exists(move.to)) return false;
  const BinlogPosition end = pg::value_or_throw(source::read_binlog_status(state_.control)).position;
  if (end <= state_.transactions.next() || table == nullptr) return true;
  if (!reload_problem(state_.config).empty()) return false;
  moves_.doubt_name(*table, context);
  return true;
}

bool DoubtfulNames::is_in_doubt(const ddl::TableName& name) const {
  return std::any_of(doubtful_.begin(), doubtful_.end(), [&](const TableMove& move) {
    return !move.to.table.empty() && state_.facts.names.is_same(move.to, name);
  });
}

/// The table that surely has the name at this place of the binlog.
MappedTable* DoubtfulNames::table_of_name(const ddl::TableName& name) {
  MappedTable* table = state_.tables.find(name.database, name.table);
  if (table == nullptr || state_.is_ahead(*table) || is_in_doubt(name)) return nullptr;
  return table->may_be_absent || table->is_unread() ? nullptr : table;
}

void DoubtfulNames::settle(const TableMove& move, const StatementContext& context, NameUse use) {
  using Verdict = RenameVerdict;
  const auto knows = [&](const ddl::TableName& name) {
    return state_.tables.find(name.database, name.table) != nullptr;
  };
  for (size_t i = 0; i < doubtful_.size();) {
    TableMove& doubtful = doubtful_[i];
    const TableMove before = doubtful;
    const RenameVerdict verdict = judge_rename(before, move, use, state_.facts.names, knows);
    const bool moves_on = verdict == Verdict::kOpen && use == NameUse::kMoved && !before.to.table.empty() &&
                          state_.facts.names.is_same(move.from, before.to);
    if (moves_on) doubtful.to = move.to;
    if (verdict == Verdict::kOldNameFree) doubtful.from = {};
    if (verdict == Verdict::kNewNameFree) doubtful.to = {};
    const bool is_settled = verdict == Verdict::kReal || verdict == Verdict::kTemporary ||
                            state_.facts.names.is_same(doubtful.from, doubtful.to);
    if (is_settled)
      doubtful_.erase(doubtful_.begin() + static_cast<ptrdiff_t>(i));
    else
      ++i;
    if (moves_on || verdict != Verdict::kOpen) keep();
    if (verdict == Verdict::kTemporary) undo(before, context);
  }
}

void DoubtfulNames::prove(const ddl::TableName& name, const StatementContext& context) {
  if (!context.may_be_of_temporary) settle({name, {}}, context, NameUse::kUsed);
}

/// The table has its old name again. Whatever has one of the two names is read by it.
void DoubtfulNames::undo(const TableMove& move, const StatementContext& context) {
  const bool has_both = !move.from.table.empty() && !move.to.table.empty();
  if (has_both && state_.tables.find(move.from.database, move.from.table) == nullptr) {
    for (TableMove& other : doubtful_)
      if (!other.to.table.empty() && state_.facts.names.is_same(other.to, move.to)) other.to = move.from;
    keep();
    moves_.move({{move.to, move.from}}, context);
  }
  for (const ddl::TableName& name : {move.from, move.to})
    if (!name.table.empty()) moves_.doubt_name(name, context);
}

/// By the names that the source has where the stream is.
void DoubtfulNames::verify_rename(const TableMove& move, bool has_from, bool has_to) {
  if (has_from && state_.tables.find(move.from.database, move.from.table) == nullptr)
    return undo(move, state_.no_statement());
  MappedTable* renamed = state_.tables.find(move.to.database, move.to.table);
  if (has_to && renamed == nullptr) return moves_.doubt_name(move.to, state_.no_statement());
  if (!has_to && renamed != nullptr && !state_.is_ahead(*renamed))
    task_tables_.drop(*renamed, state_.no_statement());
}

void DoubtfulNames::verify() {
  if (doubtful_.empty()) return;
  if (!names_seen_) {
    NamesSeen seen;
    const auto has = [&](const ddl::TableName& name) { return !name.table.empty() && moves_.exists(name); };
    for (const TableMove& move : doubtful_) seen.there.emplace_back(has(move.from), has(move.to));
    seen.end = pg::value_or_throw(source::read_binlog_status(state_.control)).position;
    names_seen_ = std::move(seen);
  }
  if (state_.transactions.boundary() < names_seen_->end) return;
  const NamesSeen seen = *std::move(names_seen_);
  const std::vector<TableMove> doubtful = std::exchange(doubtful_, {});
  for (size_t i = 0; i < doubtful.size(); ++i)
    verify_rename(doubtful[i], seen.there[i].first, seen.there[i].second);
  keep();
}

void DoubtfulNames::keep() {
  names_seen_.reset();
  state_.in_ddl([&](pg::SpiSession& spi) { save_doubtful_renames(spi, state_.config.task, doubtful_); });
}

void DoubtfulNames::load(pg::SpiSession& spi) { doubtful_ = load_doubtful_renames(spi, state_.config.task); }

void DoubtfulNames::forget_database(const std::string& database) {
  if (doubtful_.empty()) return;
  for (TableMove& move : doubtful_)
    for (ddl::TableName* name : {&move.from, &move.to})
      if (state_.facts.names.is_same(name->database, database)) *name = {};
  keep();
}

}  // namespace mysql_sync
