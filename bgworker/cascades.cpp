#include "bgworker/cascades.hpp"

#include <algorithm>
#include <set>

#include "bgworker/shared_target.hpp"
#include "core/batch/key_index.hpp"

namespace mysql_sync {

namespace {

constexpr size_t kMostPending = 1000;  ///< rows of parents whose children are looked for at once
// InnoDB refuses what cascades over more than 15 levels.
constexpr int kMostLevels = 20;

ForeignAction action_of(const ForeignKey& key, bool removed) {
  return removed ? key.on_delete : key.on_update;
}

/// Indexes of columns; nothing where one is missing.
std::optional<std::vector<size_t>> find_columns(const TableSchema& schema,
                                                const std::vector<std::string>& names) {
  std::vector<size_t> places;
  for (const std::string& name : names) {
    const auto index = schema.find_column(name);
    if (!index) return std::nullopt;
    places.push_back(*index);
  }
  return places;
}

/// True where the update leaves these columns as they are: what its after image lacks did not change.
bool keeps_cells(const binlog::RowChange& update, const std::vector<size_t>& places) {
  std::vector<size_t> told;
  for (const size_t place : places)
    if (!update.after[place].is_absent()) told.push_back(place);
  const bool is_known = std::all_of(told.begin(), told.end(),
                                    [&](size_t place) { return update.before[place].is_complete(); });
  return is_known && same_cells(update.before, update.after, told);
}

/// What only the source knows how to compare.
bool compares_alike(const ColumnType& type) {
  switch (type.kind) {
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kEnum:
    case TypeKind::kSet:
      return false;
    default:
      return true;
  }
}

bool has_generated(const TableSchema& schema) {
  return std::any_of(schema.columns.begin(), schema.columns.end(),
                     [](const Column& column) { return column.generated; });
}

bool has_null(const apply::ColumnTexts& texts) {
  return std::any_of(texts.begin(), texts.end(), [](const pg::Text& text) { return !text; });
}

}  // namespace

/// Before a row event: what earlier ones have left to do comes first, but for one statement's deletes.
void Cascades::settle(const binlog::RowsEvent& event) {
  const bool goes_on = event.kind == binlog::RowsEvent::Kind::kDelete && table_id_ == event.table_id;
  if (!goes_on) run();
  table_id_ = event.table_id;
}

/// `change` of a parent was read from the binlog.
void Cascades::note(const TableSchema& parent, const binlog::RowChange& change) {
  if (change.kind == binlog::RowsEvent::Kind::kInsert) return;
  const bool removed = change.kind == binlog::RowsEvent::Kind::kDelete;
  for (const ForeignKey* key : keys_.of_parent(parent.database, parent.table))
    if (action_of(*key, removed) != ForeignAction::kNone) note_key(*key, parent, change);
}

void Cascades::note_key(const ForeignKey& key, const TableSchema& parent, const binlog::RowChange& change) {
  const auto places = find_columns(parent, key.referenced);
  if (!places) return doubt_child(key, "it refers to a column that is not known");
  const bool removed = change.kind == binlog::RowsEvent::Kind::kDelete;
  if (!removed && keeps_cells(change, *places)) return;
  Pending cascade{&key, removed, {}, {}};
  for (const size_t place : *places) {
    const Value& old = change.before[place];
    if (old.is_null()) return;  // nothing refers to it
    if (!old.is_complete()) return doubt_child(key, "the row image lacks a column that it refers to");
    cascade.from.push_back(old);
    if (!removed) cascade.to.push_back(change.after[place].is_absent() ? old : change.after[place]);
  }
  for (auto* cells : {&cascade.from, &cascade.to})
    for (Value& cell : *cells)
      if (cell.holds_bytes()) cell = cell.with_bytes(cells_.copy(cell.as_bytes()));
  pending_.push_back(std::move(cascade));
  if (pending_.size() >= kMostPending) run();
}

void Cascades::note_watched(const binlog::RowsEvent& event) {
  ForeignKeys::Watched* parent = keys_.watched(event.table_id);
  if (parent == nullptr || event.ignores_foreign_keys) return;
  settle(event);
  if (parent->decoder == nullptr || !parent->decoder->start(event).ok())
    return doubt_children(parent->map.database, parent->map.table, event.kind);
  binlog::RowChange change;
  while (pg::value_or_throw(parent->decoder->next(&change))) note(parent->schema, change);
  if (event.kind == binlog::RowsEvent::Kind::kUpdate) run();
}

/// Carries out what was noted. Neighbours of one key go together where the rows went.
void Cascades::run() {
  const std::vector<Pending> pending = std::exchange(pending_, {});
  if (pending.empty()) return;  // and nothing is in cells_
  target_.apply_batch();
  target_.begin();
  for (size_t begin = 0; begin < pending.size();) {
    size_t end = begin + 1;
    const Pending& first = pending[begin];
    while (end < pending.size() && first.removed && pending[end].removed && pending[end].key == first.key)
      ++end;
    run_some(*first.key, &pending[begin], end - begin);
    begin = end;
  }
  cells_.clear();
}

void Cascades::run_some(const ForeignKey& key, const Pending* rows, size_t count) {
  Child child = child_of(key, rows->removed);
  if (child.table == nullptr) return;
  Texts from, to;
  for (size_t i = 0; i < count; ++i) {
    auto old = child.rows->texts_of(rows[i].from);
    auto now = rows[i].removed ? apply::ColumnTexts() : child.rows->texts_of(rows[i].to);
    if (!old || !now) return doubt_child(key, "the target cannot hold a value that it refers to");
    from.push_back(*std::move(old));
    to.push_back(*std::move(now));
  }
  follow(key, child, from, to, 1);
}

/// The child's rows, where what becomes of them can be done here; else they are taken care of, and no table
/// is returned.
Cascades::Child Cascades::child_of(const ForeignKey& key, bool removed) {
  MappedTable* table = tables_.find(key.child_database, key.child_table);
  if (table == nullptr || !stream_.is_live(*table)) {
    doubt_descendants(key);
    return {};
  }
  const auto places = find_columns(table->schema, key.columns);
  const std::string obstacle =
      places ? cascade_obstacle(key, *table, *places, removed) : "its columns are not known";
  if (!obstacle.empty()) {
    doubt_child(key, obstacle);
    return {};
  }
  using Use = apply::ForeignRows::Use;
  const bool removes = action_of(key, removed) == ForeignAction::kCascade && removed;
  return {table, *places,
          std::make_unique<apply::ForeignRows>(table->target, table->schema, *places,
                                               removes ? Use::kRemove : Use::kSet)};
}

std::string Cascades::cascade_obstacle(const ForeignKey& key, const MappedTable& child,
                                       const std::vector<size_t>& places, bool removed) {
  const ForeignAction action = action_of(key, removed);
  if (action == ForeignAction::kOther) return "only the source knows its default";
  for (const size_t place : places) {
    if (child.target.columns[place].empty()) return "its columns are not carried";
    if (!compares_alike(child.schema.columns[place].type)) return "only the source can compare its columns";
  }
  const bool changes = !(removed && action == ForeignAction::kCascade);
  if (changes && has_generated(child.schema)) return "columns are computed from those that it changes";
  if (config_.existing_tables == ExistingTables::kAppend &&
      !sharing_tables(config_.task, child.number, child.target).empty())
    return "other tables go to the same target";
  // A row that was read ahead may have got its value by a later one of these.
  if (!removed && !stream_.is_exact(child)) return "the key that it refers to changed meanwhile";
  return {};
}

/// One level: `from` are the parents' values, `to` the new ones, empty where the parents are gone.
void Cascades::follow(const ForeignKey& key, Child& child, const Texts& from, const Texts& to, int level) {
  if (level > kMostLevels || child.rows->has_lookalikes(from))
    return doubt_child(key, "only the source can tell which rows it changes");
  if (child.table->is_being_read()) stream_.changed_unnamed();
  const bool removed = to.front().empty();
  if (removed && key.on_delete == ForeignAction::kCascade) return follow_removed(child, from, level);
  for (size_t i = 0; i < from.size(); ++i) {
    const bool nulls = action_of(key, removed) == ForeignAction::kSetNull;
    follow_changed(child, from[i], nulls ? apply::ColumnTexts() : to[i], level);
  }
}

void Cascades::follow_removed(Child& child, const Texts& keys, int level) {
  const TableSchema& schema = child.table->schema;
  std::vector<std::pair<const ForeignKey*, Texts>> next;
  for (const ForeignKey* key : keys_.of_parent(schema.database, schema.table)) {
    if (key->on_delete == ForeignAction::kNone) continue;
    if (const auto places = carried_columns(*key, *child.table))
      next.emplace_back(key, child.rows->select(keys, *places));
  }
  apply::ApplyCounts counts;
  counts.deleted = child.rows->remove(keys);
  target_.count(*child.table, counts);
  for (auto& [key, gone] : next) follow_next(*key, std::move(gone), {}, level);
}

void Cascades::follow_changed(Child& child, const apply::ColumnTexts& from, const apply::ColumnTexts& to,
                              int level) {
  const TableSchema& schema = child.table->schema;
  std::vector<std::pair<const ForeignKey*, Texts>> next;
  for (const ForeignKey* key : keys_.of_parent(schema.database, schema.table)) {
    if (key->on_update == ForeignAction::kNone) continue;
    if (const auto places = carried_columns(*key, *child.table))
      next.emplace_back(key, child.rows->select({from}, *places));
  }
  apply::ApplyCounts counts;
  counts.updated = child.rows->set(from, to);
  target_.count(*child.table, counts);
  for (auto& [key, old] : next) {
    const auto places = find_columns(schema, key->referenced);
    Texts now = old;
    for (apply::ColumnTexts& texts : now)
      for (size_t i = 0; i < places->size(); ++i)
        for (size_t j = 0; j < child.columns.size(); ++j)
          if ((*places)[i] == child.columns[j]) texts[i] = to.empty() ? pg::Text() : to[j];
    follow_next(*key, std::move(old), std::move(now), level);
  }
}

/// What refers to rows of a child: these went, where `now` is empty, or have changed.
void Cascades::follow_next(const ForeignKey& key, Texts old, Texts now, int level) {
  const bool removed = now.empty();
  Texts from, to;
  for (size_t i = 0; i < old.size(); ++i) {
    if (has_null(old[i]) || (!removed && old[i] == now[i])) continue;
    from.push_back(std::move(old[i]));
    to.push_back(removed ? apply::ColumnTexts() : std::move(now[i]));
  }
  if (from.empty()) return;
  Child child = child_of(key, removed);
  if (child.table != nullptr) follow(key, child, from, to, level + 1);
}

/// The columns that a key refers to. Where the target lacks one, the key's children are doubted.
std::optional<std::vector<size_t>> Cascades::carried_columns(const ForeignKey& key,
                                                             const MappedTable& parent) {
  auto places = find_columns(parent.schema, key.referenced);
  if (places)
    for (const size_t place : *places)
      if (parent.target.columns[place].empty()) places.reset();
  if (!places) doubt_child(key, "it refers to a column that is not carried");
  return places;
}

void Cascades::doubt_rows_of(const ForeignKey& key, const std::string& why) {
  MappedTable* child = tables_.find(key.child_database, key.child_table);
  if (child != nullptr && stream_.is_live(*child) && child->phase != TablePhase::kReloadWanted)
    stream_.doubt(*child, "the source does not log what foreign key " + key.name + " changes, and " + why);
}

/// What became of the child's rows is not known, nor of those that refer to them.
void Cascades::doubt_child(const ForeignKey& key, const std::string& why) {
  doubt_rows_of(key, why);
  doubt_descendants(key);
}

/// All that hangs on the child, once each: keys may go in circles.
void Cascades::doubt_descendants(const ForeignKey& above) {
  std::set<const ForeignKey*> seen{&above};
  std::vector<const ForeignKey*> next{&above};
  while (!next.empty()) {
    const ForeignKey* parent = next.back();
    next.pop_back();
    for (const ForeignKey* key : keys_.of_parent(parent->child_database, parent->child_table)) {
      if (!seen.insert(key).second) continue;
      doubt_rows_of(*key, "rows in between are not known here");
      next.push_back(key);
    }
  }
}

/// Rows of a parent that cannot be read, or whose columns are not known, changed.
void Cascades::doubt_children(const std::string& database, const std::string& table,
                              binlog::RowsEvent::Kind kind) {
  if (kind == binlog::RowsEvent::Kind::kInsert) return;
  const bool removed = kind == binlog::RowsEvent::Kind::kDelete;
  for (const ForeignKey* key : keys_.of_parent(database, table))
    if (action_of(*key, removed) != ForeignAction::kNone)
      doubt_child(*key, "the rows that it refers to are not known here");
}

}  // namespace mysql_sync
