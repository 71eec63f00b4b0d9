// The part of ChangeStream that goes on doubting a RENAME TABLE that it has followed. MariaDB logs that of a
// temporary table like any other, and the names that the source had by then told nothing. What comes later
// tells: a table that is used by its old name was never renamed, nor was one whose new name is given to
// another table. Then the rename is undone and the table is loaded again.
#include <algorithm>

#include "bgworker/change_stream.hpp"

namespace mysql_sync {

namespace {

constexpr const char* kOtherTable = "an earlier RENAME TABLE may have been of a temporary table";

}  // namespace

/// What a statement tells of a rename that was followed. It makes a table of the name `move.to`, or takes one
/// of the name `move.from` away, where these are not empty. `proves`: there is a table of the name
/// `move.from`.
ChangeStream::Told ChangeStream::told_by(const TableMove& followed, const TableMove& move, bool proves) {
  const auto knows = [&](const ddl::TableName& name) {
    return tables_.find(name.database, name.table) != nullptr;
  };
  if (tables_.is_same(move.to, followed.from)) return Told::kReal;
  if (tables_.is_same(move.to, followed.to)) return Told::kTemporary;
  if (tables_.is_same(move.from, followed.from))
    return proves && !knows(followed.from) ? Told::kTemporary : Told::kNothing;
  const bool is_dropped = tables_.is_same(move.from, followed.to) && move.to.table.empty();
  if (!is_dropped) return Told::kNothing;
  // A table that nobody follows may have had the new name all along.
  return proves && knows(followed.to) ? Told::kReal : Told::kTemporary;
}

void ChangeStream::settle_followed(const Header& header, const TableMove& move, std::string_view sql,
                                   bool proves) {
  for (size_t i = 0; i < followed_renames_.size();) {
    const TableMove followed = followed_renames_[i];
    const Told told = told_by(followed, move, proves);
    const bool moves_on = told == Told::kNothing && tables_.is_same(move.from, followed.to);
    if (moves_on) followed_renames_[i].to = move.to;
    if (told == Told::kNothing)
      ++i;
    else
      followed_renames_.erase(followed_renames_.begin() + static_cast<ptrdiff_t>(i));
    if (moves_on || told != Told::kNothing) keep_doubtful_renames();
    if (told == Told::kTemporary) undo_rename(header, followed, sql);
  }
}

/// A statement or a row event uses a table of this name.
void ChangeStream::prove_name(const Header& header, const ddl::TableName& name, std::string_view sql) {
  const bool is_told = std::any_of(followed_renames_.begin(), followed_renames_.end(),
                                   [&](const TableMove& move) { return tables_.is_same(move.from, name); });
  if (is_told && (header.flags & Header::kThreadSpecific) == 0)
    settle_followed(header, {name, {}}, sql, true);
}

/// The table keeps its old name, and is loaded again; where the source has none of that name, it is dropped.
void ChangeStream::undo_rename(const Header& header, const TableMove& move, std::string_view sql) {
  rename_tables(header, {{move.to, move.from}}, sql);
  MappedTable* table = tables_.find(move.from.database, move.from.table);
  if (table != nullptr && !is_ahead(*table)) doubt_name(*table, sql);
  for (Reload& reload : reloads_)
    if (reload.table == table) reload.may_be_absent = true;
  // What has the new name is another table. A statement may bring it that is still to come.
  const bool is_new = selects(move.to) && tables_.find(move.to.database, move.to.table) == nullptr;
  if (is_new && exists(move.to)) take_up(move.to, kOtherTable, sql);
}

/// Where the stream is at the end of the binlog, the names that the source has are those of this place.
void ChangeStream::verify_followed() {
  if (followed_renames_.empty()) return;
  std::vector<std::pair<bool, bool>> there;
  for (const TableMove& move : followed_renames_) there.emplace_back(exists(move.from), exists(move.to));
  look_at_source_end();
  if (!is_caught_up()) return;
  Header header;
  header.timestamp = boundary_time_;
  const std::vector<TableMove> followed = std::move(followed_renames_);
  followed_renames_.clear();
  for (size_t i = 0; i < followed.size(); ++i) {
    const TableMove& move = followed[i];
    const auto [has_from, has_to] = there[i];
    MappedTable* renamed = tables_.find(move.to.database, move.to.table);
    if (has_from && tables_.find(move.from.database, move.from.table) == nullptr)
      undo_rename(header, move, {});
    else if (!has_to && renamed != nullptr && !is_ahead(*renamed))
      table_dropped(*renamed, {});
  }
  keep_doubtful_renames();
}

}  // namespace mysql_sync
