// The part of ChangeStream that goes on doubting a RENAME TABLE that it has followed. MariaDB logs that of a
// temporary table like any other, and the names that the source had by then told nothing. What comes later
// tells: a table that is used by its old name was never renamed, nor was one whose new name is given to
// another table. Then the rename is undone and what has these names is loaded again.
//
// What comes later may be a RENAME TABLE of a temporary table as well. So such a statement only makes a table
// be read once more; it never ends a doubt.
#include <algorithm>

#include "bgworker/stream/change_stream.hpp"
#include "bgworker/catalog/doubtful_renames.hpp"

namespace mysql_sync {

/// What a statement or a row event tells of a rename that was followed. A name that is known to be nobody's
/// any more is empty in `followed`.
ChangeStream::Told ChangeStream::told_by(const TableMove& followed, const TableMove& move, Sign sign) {
  const auto is = [&](const ddl::TableName& name, const ddl::TableName& of) {
    return !name.table.empty() && tables_.is_same(name, of);
  };
  const auto knows = [&](const ddl::TableName& name) {
    return tables_.find(name.database, name.table) != nullptr;
  };
  const bool is_move = sign == Sign::kMoved;
  if (is_move && tables_.is_same(move.from, move.to)) return Told::kNothing;
  if (is(move.to, followed.from)) return is_move ? Told::kNothing : Told::kReal;
  if (is(move.to, followed.to)) return Told::kTemporary;
  if (is(move.from, followed.from)) {
    if (sign != Sign::kDroppedIfThere && !knows(followed.from)) return Told::kTemporary;
    return sign == Sign::kUsed || is_move ? Told::kNothing : Told::kOldGone;
  }
  if (!is(move.from, followed.to) || is_move || sign == Sign::kUsed) return Told::kNothing;
  if (followed.from.table.empty() || knows(followed.from)) return Told::kReal;
  // A table that nobody follows may have had the new name all along.
  return sign == Sign::kDropped && knows(followed.to) ? Told::kNewGone : Told::kTemporary;
}

/// A later statement makes a table of the name `move.to`, or takes one of the name `move.from` away or uses
/// it, where these are not empty.
void ChangeStream::settle_renames(const TableMove& move, const StatementContext& context, Sign sign) {
  for (size_t i = 0; i < doubtful_renames_.size();) {
    TableMove& doubtful = doubtful_renames_[i];
    const TableMove before = doubtful;
    const Told told = told_by(before, move, sign);
    const bool moves_on = told == Told::kNothing && sign == Sign::kMoved && !before.to.table.empty() &&
                          tables_.is_same(move.from, before.to);
    if (moves_on) doubtful.to = move.to;
    if (told == Told::kOldGone) doubtful.from = {};
    if (told == Told::kNewGone) doubtful.to = {};
    const bool is_settled =
        told == Told::kReal || told == Told::kTemporary || tables_.is_same(doubtful.from, doubtful.to);
    if (is_settled)
      doubtful_renames_.erase(doubtful_renames_.begin() + static_cast<ptrdiff_t>(i));
    else
      ++i;
    if (moves_on || told != Told::kNothing) keep_doubtful_renames();
    if (told == Told::kTemporary) undo_rename(before, context);
  }
}

/// A statement or a row event uses a table of this name.
void ChangeStream::prove_name(const ddl::TableName& name, const StatementContext& context) {
  if (!context.may_be_of_temporary) settle_renames({name, {}}, context, Sign::kUsed);
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
