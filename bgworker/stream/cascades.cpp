#include "bgworker/stream/cascades.hpp"

#include <algorithm>
#include <set>

#include "bgworker/target/shared_target.hpp"
#include "core/batch/key_index.hpp"
#include "core/types/name_case.hpp"

namespace mysql_sync {

namespace {

constexpr size_t kMostPending = 1000;  ///< rows of parents whose children are looked for at once
// InnoDB refuses what cascades over more than 15 levels.
constexpr int kMostLevels = 20;

/// Indexes of columns; nothing if one is missing.
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

/// True if the update leaves these columns as they are: what its after image lacks did not change.
bool keeps_cells(const binlog::RowChange& update, const std::vector<size_t>& places) {
  std::vector<size_t> told;
  for (const size_t place : places)
    if (!update.after[place].is_absent()) told.push_back(place);
  const bool is_known =
      std::all_of(told.begin(), told.end(), [&](size_t place) { return update.before[place].is_complete(); });
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

/// InnoDB compares a key's bytes: of types that store them otherwise only the source knows what is equal.
bool stores_alike(const ColumnType& a, const ColumnType& b) {
  const bool has_fixed_length = a.kind == TypeKind::kBit || a.kind == TypeKind::kBinary;
  return a.kind == b.kind && a.is_unsigned == b.is_unsigned && a.precision == b.precision &&
         a.scale == b.scale && a.fraction == b.fraction && (!has_fixed_length || a.length == b.length);
}

bool has_generated(const TableSchema& schema) {
  return std::any_of(schema.columns.begin(), schema.columns.end(),
                     [](const Column& column) { return column.generated; });
}

bool has_any(const std::vector<std::string>& names, const std::string& wanted) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return lower_name(name) == lower_name(wanted); });
}

bool have_common(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(), [&](const std::string& name) { return has_any(b, name); });
}

/// Nothing if one is missing, or has no place in the target.
std::optional<std::vector<size_t>> carried_columns(const MappedTable& table,
                                                   const std::vector<std::string>& names) {
  auto places = find_columns(table.schema, names);
  if (!places) return places;
  for (const size_t place : *places)
    if (table.target.columns[place].empty()) return std::nullopt;
  return places;
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

std::vector<Cascades::Link> Cascades::links_of(const std::string& database, const std::string& table,
                                               bool removed) const {
  std::vector<Link> links;
  for (const ForeignKey* key : keys_.of_parent(database, table)) {
    const Link link{key, removed};
    if (link.action() != ForeignAction::kNone) links.push_back(link);
  }
  return links;
}

/// What refers to the columns of the child that change, or to rows that go.
std::vector<Cascades::Link> Cascades::links_below(const Link& above) const {
  std::vector<Link> links;
  for (const Link& link : links_of(above.key->child_database, above.key->child_table, above.removes()))
    if (link.removed || have_common(link.key->referenced, above.key->columns)) links.push_back(link);
  return links;
}

/// All that hangs on the child, once each: keys may go in circles.
std::vector<Cascades::Link> Cascades::all_below(const Link& above) const {
  std::set<Link> seen{above};
  std::vector<Link> all{above};
  for (size_t next = 0; next < all.size(); ++next)
    for (const Link& link : links_below(all[next]))
      if (seen.insert(link).second) all.push_back(link);
  all.erase(all.begin());
  return all;
}

/// Whether what the link does to rows of the child is among the task's operations.
bool Cascades::carries(const Link& link) const {
  return link.removes() ? config_.operations.remove : config_.operations.update;
}

bool Cascades::matters(const Link& link) const {
  if (carries(link)) return true;
  const std::vector<Link> below = all_below(link);
  return std::any_of(below.begin(), below.end(), [&](const Link& next) { return carries(next); });
}

bool Cascades::concerns(const TableSchema& parent, binlog::RowsEvent::Kind kind) const {
  using Kind = binlog::RowsEvent::Kind;
  if (kind == Kind::kInsert) return false;
  const std::vector<Link> links = links_of(parent.database, parent.table, kind == Kind::kDelete);
  return std::any_of(links.begin(), links.end(), [&](const Link& link) { return matters(link); });
}

/// `change` of a parent was read from the binlog.
void Cascades::note(const TableSchema& parent, const binlog::RowChange& change) {
  if (change.kind == binlog::RowsEvent::Kind::kInsert) return;
  const bool removed = change.kind == binlog::RowsEvent::Kind::kDelete;
  for (const Link& link : links_of(parent.database, parent.table, removed))
    if (matters(link)) note_key(link, parent, change);
}

bool Cascades::has_types_of(const Link& link, const TableSchema& parent, const std::vector<size_t>& places) {
  const MappedTable* child = tables_.find(link.key->child_database, link.key->child_table);
  const auto own = child == nullptr ? std::nullopt : find_columns(child->schema, link.key->columns);
  if (!own || own->size() != places.size()) return true;  // others look at that
  for (size_t i = 0; i < places.size(); ++i)
    if (!stores_alike(parent.columns[places[i]].type, child->schema.columns[(*own)[i]].type)) return false;
  return true;
}

void Cascades::note_key(const Link& link, const TableSchema& parent, const binlog::RowChange& change) {
  const auto places = find_columns(parent, link.key->referenced);
  if (!places) return doubt_child(link, "it refers to a column that is not known");
  if (!link.removed && keeps_cells(change, *places)) return;
  if (!has_types_of(link, parent, *places)) return doubt_child(link, "its columns have other types");
  Pending cascade{link, {}, {}};
  for (const size_t place : *places) {
    const Value& old = change.before[place];
    if (old.is_null()) return;  // nothing refers to it
    if (!old.is_complete()) return doubt_child(link, "the row image lacks a column that it refers to");
    cascade.from.push_back(old);
    if (!link.removed) cascade.to.push_back(change.after[place].is_absent() ? old : change.after[place]);
  }
  for (auto* cells : {&cascade.from, &cascade.to})
    for (Value& cell : *cells)
      if (cell.holds_bytes()) cell = cell.with_bytes(cells_.copy(cell.as_bytes()));
  pending_.push_back(std::move(cascade));
  if (pending_.size() >= kMostPending) run();
}

/// Columns that were read later than the event may not be its own: see ForeignKeys::used().
void Cascades::note_watched(const binlog::RowsEvent& event) {
  ForeignKeys::Watched* parent = keys_.watched(event.table_id);
  if (parent == nullptr || event.ignores_foreign_keys) return;
  settle(event);
  const auto doubt = [&] { doubt_children(parent->map.database, parent->map.table, event.kind); };
  if (parent->decoder == nullptr || !parent->decoder->start(event).ok()) return doubt();
  keys_.used(*parent);
  binlog::RowChange change;
  Result<bool> more = parent->decoder->next(&change);
  for (; more.ok() && *more; more = parent->decoder->next(&change)) note(parent->schema, change);
  if (event.kind == binlog::RowsEvent::Kind::kUpdate) run();
  if (!more.ok()) doubt();
}

/// Carries out what was noted. Neighbours of one key go together where the rows went.
void Cascades::run() {
  const std::vector<Pending> pending = std::exchange(pending_, {});
  if (pending.empty()) return;  // and nothing is in cells_
  target_.apply_batch();
  target_.begin();
  for (size_t begin = 0; begin < pending.size();) {
    size_t end = begin + 1;
    const Link& link = pending[begin].link;
    while (end < pending.size() && link.removed && pending[end].link == link) ++end;
    run_some(link, &pending[begin], end - begin);
    begin = end;
  }
  cells_.clear();
}

void Cascades::run_some(const Link& link, const Pending* rows, size_t count) {
  with_child(link, [&](Child& child) { follow_rows(link, child, rows, count); });
}

/// Nothing is called where the child's rows are taken care of otherwise. What fails is the child's.
void Cascades::with_child(const Link& link, const std::function<void(Child&)>& work) {
  const MappedTable* table = tables_.find(link.key->child_database, link.key->child_table);
  const auto all = [&] {
    Child child = child_of(link);
    if (child.table != nullptr) work(child);
  };
  if (table == nullptr) return all();
  target_.on_behalf_of(*table, all);
}

void Cascades::follow_rows(const Link& link, Child& child, const Pending* rows, size_t count) {
  Texts from, to;
  for (size_t i = 0; i < count; ++i) {
    auto old = child.rows->texts_of(rows[i].from);
    auto now = link.removed ? apply::ColumnTexts() : child.rows->texts_of(rows[i].to);
    if (!old || !now) return doubt_child(link, "the target cannot hold a value that it refers to");
    from.push_back(*std::move(old));
    to.push_back(*std::move(now));
  }
  follow(link, child, from, to, 1);
}

/// The child's rows, where what becomes of them can be done here; else they are taken care of, and no table
/// is returned.
Cascades::Child Cascades::child_of(const Link& link) {
  MappedTable* table = tables_.find(link.key->child_database, link.key->child_table);
  if (table == nullptr || !stream_.is_live(*table)) {
    doubt_descendants(link);
    return {};
  }
  const bool is_exact = stream_.is_exact(*table);
  const auto places = find_columns(table->schema, link.key->columns);
  const std::string obstacle =
      places ? cascade_obstacle(link, *table, *places, is_exact) : "its columns are not known";
  if (!obstacle.empty()) {
    doubt_child(link, obstacle);
    return {};
  }
  using Use = apply::ForeignRows::Use;
  const Use use = !carries(link) ? Use::kLook : link.removes() ? Use::kRemove : Use::kSet;
  return {table, is_exact, *places,
          std::make_unique<apply::ForeignRows>(table->target, table->schema, *places, use)};
}

std::string Cascades::cascade_obstacle(const Link& link, const MappedTable& child,
                                       const std::vector<size_t>& places, bool is_exact) {
  if (link.action() == ForeignAction::kOther) return "only the source knows its default";
  if (!config_.operations.update) return "updates are not carried: rows may refer to others than here";
  for (const size_t place : places) {
    if (child.target.columns[place].empty()) return "its columns are not carried";
    if (!compares_alike(child.schema.columns[place].type)) return "only the source can compare its columns";
  }
  if (!link.removes() && has_generated(child.schema))
    return "columns are computed from those that it changes";
  if (config_.existing_tables == ExistingTables::kAppend &&
      !sharing_tables(config_.task, child.number, child.target).empty())
    return "other tables go to the same target";
  // A row that was read ahead may have got its value by a later one of these.
  if (!link.removed && !is_exact) return "the key that it refers to changed meanwhile";
  return {};
}

/// One level: `from` are the parents' values, `to` the new ones, empty if the parents are gone.
void Cascades::follow(const Link& link, Child& child, const Texts& from, const Texts& to, int level) {
  if (level > kMostLevels || child.rows->has_lookalikes(from))
    return doubt_child(link, "only the source can tell which rows it changes");
  if (child.table->life.is(TableState::kReloading)) stream_.changed_unnamed();
  if (!child.is_exact) stream_.changed_ahead(*child.table);
  if (link.removes()) return follow_removed(link, child, from, level);
  const bool nulls = link.action() == ForeignAction::kSetNull;
  for (size_t i = 0; i < from.size(); ++i)
    follow_changed(link, child, from[i], nulls ? apply::ColumnTexts() : to[i], level);
}

/// Before the child's rows change. A child that is ahead may lack rows that others, or its own, still refer
/// to here, and its rows may have come to refer to what they do by a later change.
Cascades::Below Cascades::look_below(const Link& link, Child& child, const Texts& keys) {
  Below below;
  for (const Link& next : links_below(link)) {
    const auto places = carried_columns(*child.table, next.key->referenced);
    if (!places)
      doubt_child(next, "it refers to a column that is not carried");
    else if (!child.is_exact)
      doubt_child(next, "rows in between are ahead of the binlog");
    else if (!has_types_of(next, child.table->schema, *places))
      doubt_child(next, "its columns have other types");
    else if (matters(next))
      below.emplace_back(next, child.rows->select(keys, *places));
  }
  return below;
}

void Cascades::follow_removed(const Link& link, Child& child, const Texts& keys, int level) {
  Below below = look_below(link, child, keys);
  if (carries(link)) {
    apply::ApplyCounts counts;
    counts.deleted = child.rows->remove(keys);
    target_.count(*child.table, counts);
  }
  for (auto& [next, gone] : below) follow_next(next, std::move(gone), {}, level);
}

void Cascades::follow_changed(const Link& link, Child& child, const apply::ColumnTexts& from,
                              const apply::ColumnTexts& to, int level) {
  Below below = look_below(link, child, {from});
  apply::ApplyCounts counts;
  counts.updated = child.rows->set(from, to);
  target_.count(*child.table, counts);
  for (auto& [next, old] : below) {
    const auto places = find_columns(child.table->schema, next.key->referenced);
    Texts now = old;
    for (apply::ColumnTexts& texts : now)
      for (size_t i = 0; i < places->size(); ++i)
        for (size_t j = 0; j < child.columns.size(); ++j)
          if ((*places)[i] == child.columns[j]) texts[i] = to.empty() ? pg::Text() : to[j];
    follow_next(next, std::move(old), std::move(now), level);
  }
}

/// What refers to rows of a child: these went, where `now` is empty, or have changed.
void Cascades::follow_next(const Link& link, Texts old, Texts now, int level) {
  Texts from, to;
  for (size_t i = 0; i < old.size(); ++i) {
    if (has_null(old[i]) || (!link.removed && old[i] == now[i])) continue;
    from.push_back(std::move(old[i]));
    to.push_back(link.removed ? apply::ColumnTexts() : std::move(now[i]));
  }
  if (from.empty()) return;
  with_child(link, [&](Child& child) { follow(link, child, from, to, level + 1); });
}

void Cascades::doubt_rows_of(const Link& link, const std::string& why) {
  if (!carries(link)) return;
  MappedTable* child = tables_.find(link.key->child_database, link.key->child_table);
  if (child != nullptr && stream_.is_live(*child))
    stream_.doubt(*child,
                  "the source does not log what foreign key " + link.key->name + " changes, and " + why);
}

/// What became of the child's rows is not known, nor of those that refer to them.
void Cascades::doubt_child(const Link& link, const std::string& why) {
  doubt_rows_of(link, why);
  doubt_descendants(link);
}

void Cascades::doubt_descendants(const Link& above) {
  for (const Link& link : all_below(above)) doubt_rows_of(link, "rows in between are not known here");
}

/// Rows of a parent that cannot be read, or whose columns are not known, changed.
void Cascades::doubt_children(const std::string& database, const std::string& table,
                              binlog::RowsEvent::Kind kind) {
  if (kind == binlog::RowsEvent::Kind::kInsert) return;
  for (const Link& link : links_of(database, table, kind == binlog::RowsEvent::Kind::kDelete))
    doubt_child(link, "the rows that it refers to are not known here");
}

}  // namespace mysql_sync
