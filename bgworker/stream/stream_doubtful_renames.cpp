// The part of ChangeStream that goes on doubting a RENAME TABLE that it has followed, until the binlog or the
// names at the source tell: see core/route/doubtful_rename.hpp. One that turns out to be of a temporary table
// is undone, and what has its names is loaded again.
#include <algorithm>

#include "bgworker/stream/change_stream.hpp"
#include "bgworker/catalog/doubtful_renames.hpp"

namespace mysql_sync {

/// A later statement makes a table of the name `move.to`, or takes one of the name `move.from` away or uses
/// it, where these are not empty.
void ChangeStream::settle_renames(const TableMove& move, const StatementContext& context, NameUse use) {
  using Verdict = RenameVerdict;
  const auto knows = [&](const ddl::TableName& name) {
    return tables_.find(name.database, name.table) != nullptr;
  };
  for (size_t i = 0; i < doubtful_renames_.size();) {
    TableMove& doubtful = doubtful_renames_[i];
    const TableMove before = doubtful;
    const RenameVerdict verdict = judge_rename(before, move, use, facts_.fold_case, knows);
    const bool moves_on = verdict == Verdict::kOpen && use == NameUse::kMoved && !before.to.table.empty() &&
                          tables_.is_same(move.from, before.to);
    if (moves_on) doubtful.to = move.to;
    if (verdict == Verdict::kOldNameFree) doubtful.from = {};
    if (verdict == Verdict::kNewNameFree) doubtful.to = {};
    const bool is_settled = verdict == Verdict::kReal || verdict == Verdict::kTemporary ||
                            tables_.is_same(doubtful.from, doubtful.to);
    if (is_settled)
      doubtful_renames_.erase(doubtful_renames_.begin() + static_cast<ptrdiff_t>(i));
    else
      ++i;
    if (moves_on || verdict != Verdict::kOpen) keep_doubtful_renames();
    if (verdict == Verdict::kTemporary) undo_rename(before, context);
  }
}

/// A statement or a row event uses a table of this name.
void ChangeStream::prove_name(const ddl::TableName& name, const StatementContext& context) {
  if (!context.may_be_of_temporary) settle_renames({name, {}}, context, NameUse::kUsed);
}

/// The table has its old name again. Whatever has one of the two names is read by it.
void ChangeStream::undo_rename(const TableMove& move, const StatementContext& context) {
  const bool has_both = !move.from.table.empty() && !move.to.table.empty();
  if (has_both && tables_.find(move.from.database, move.from.table) == nullptr) {
    for (TableMove& other : doubtful_renames_)
      if (!other.to.table.empty() && tables_.is_same(other.to, move.to)) other.to = move.from;
    keep_doubtful_renames();
    move_tables({{move.to, move.from}}, context);
  }
  for (const ddl::TableName& name : {move.from, move.to})
    if (!name.table.empty()) doubt_name(name, context);
}

/// By the names that the source has where the stream is.
void ChangeStream::verify_rename(const TableMove& move, bool has_from, bool has_to) {
  if (has_from && tables_.find(move.from.database, move.from.table) == nullptr)
    return undo_rename(move, no_statement());
  MappedTable* renamed = tables_.find(move.to.database, move.to.table);
  if (has_to && renamed == nullptr) return doubt_name(move.to, no_statement());
  if (!has_to && renamed != nullptr && !is_ahead(*renamed)) table_dropped(*renamed, no_statement());
}

/// The names that the source has at the end of its binlog are those of the place where the stream gets there,
/// unless a statement comes in between.
void ChangeStream::verify_renames() {
  if (doubtful_renames_.empty()) return;
  if (!names_seen_) {
    NamesSeen seen;
    const auto has = [&](const ddl::TableName& name) { return !name.table.empty() && exists(name); };
    for (const TableMove& move : doubtful_renames_) seen.there.emplace_back(has(move.from), has(move.to));
    look_at_source_end();
    seen.end = source_end_;
    names_seen_ = std::move(seen);
  }
  if (transactions_.boundary() < names_seen_->end) return;
  const NamesSeen seen = *std::move(names_seen_);
  const std::vector<TableMove> doubtful = std::exchange(doubtful_renames_, {});
  for (size_t i = 0; i < doubtful.size(); ++i)
    verify_rename(doubtful[i], seen.there[i].first, seen.there[i].second);
  keep_doubtful_renames();
}

void ChangeStream::keep_doubtful_renames() {
  names_seen_.reset();
  in_ddl([&](pg::SpiSession& spi) { save_doubtful_renames(spi, config_.task, doubtful_renames_); });
}

}  // namespace mysql_sync
