#include "core/batch/change_batch.hpp"

#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <unordered_map>

#include "core/batch/key_index.hpp"
#include "core/binlog/json_diff.hpp"

namespace mysql_sync {

namespace {

/// What the batch knows of a key. kGone: inserted and deleted again, not there before nor after.
enum class State : uint8_t { kNew, kInserted, kUpdated, kDeleted, kGone, kConflict };
enum class Operation : uint8_t { kInsert, kUpdate, kDelete };

constexpr State kStrictMerge[5][3] = {
    // insert            update            delete
    {State::kInserted, State::kUpdated, State::kDeleted},    // new
    {State::kConflict, State::kInserted, State::kGone},      // inserted
    {State::kConflict, State::kUpdated, State::kDeleted},    // updated
    {State::kUpdated, State::kConflict, State::kConflict},   // deleted
    {State::kInserted, State::kConflict, State::kConflict},  // gone
};
constexpr State kIdempotentMerge[5][3] = {
    {State::kInserted, State::kUpdated, State::kDeleted},   // new
    {State::kInserted, State::kInserted, State::kDeleted},  // inserted
    {State::kInserted, State::kUpdated, State::kDeleted},   // updated
    {State::kUpdated, State::kUpdated, State::kDeleted},    // deleted
    {State::kInserted, State::kUpdated, State::kDeleted},   // gone
};

State merge(State state, Operation operation, ApplyMode mode) {
  const auto& table = mode == ApplyMode::kStrict ? kStrictMerge : kIdempotentMerge;
  return table[static_cast<size_t>(state)][static_cast<size_t>(operation)];
}

bool is_change(State state) { return state != State::kNew && state != State::kGone; }

const char* name_of(State state) {
  constexpr const char* kNames[] = {"new", "inserted", "updated", "deleted", "inserted and deleted", ""};
  return kNames[static_cast<size_t>(state)];
}

const char* name_of(Operation operation) {
  constexpr const char* kNames[] = {"insert", "update", "delete"};
  return kNames[static_cast<size_t>(operation)];
}

/// One key of a table. The cells are the arena's.
struct Entry {
  EncodedKey key;
  RowView key_cells;
  Value* row = nullptr;  ///< the latest row, with room for all columns; nullptr before the first
  RowView origin;        ///< see NetChange
  bool refresh = false;  ///< the row must be read from the source
  bool partial = false;  ///< cells of `row` may be incomplete
  int64_t count = 0;     ///< tables without a key: inserts minus deletes of this row
  State state = State::kNew;

  /// The batch knows something of the row that the target is to have.
  bool has_row() const { return state == State::kInserted || state == State::kUpdated; }
};

/// True if the key's cells stand side by side in the row: the key is then a view of the row.
bool is_run(const std::vector<size_t>& columns) {
  for (size_t i = 1; i < columns.size(); ++i) {
    if (columns[i] != columns[i - 1] + 1) return false;
  }
  return true;
}

struct Table {
  uint32_t number = 0;
  const TableSchema* schema = nullptr;
  bool key_is_run = false;
  std::vector<Entry> entries;
  KeyIndex index;

  bool has_key() const { return !schema->primary_key.empty(); }
  size_t bytes() const { return entries.size() * sizeof(Entry) + index.bytes(); }

  void start(uint32_t new_number, const TableSchema& new_schema) {
    number = new_number;
    schema = &new_schema;
    key_is_run = is_run(new_schema.primary_key);
  }
  void clear() {
    entries.clear();
    index.clear();
  }
};

Status check_row(const TableSchema& schema, const RowView& row) {
  if (row.size == schema.columns.size()) return {};
  return {ErrorCode::kInternal, "row of " + std::to_string(row.size) + " cells for table " +
                                    schema.display_name() + " of " + std::to_string(schema.columns.size()) +
                                    " columns"};
}

std::string describe(const Value& cell) {
  if (cell.is_null()) return "NULL";
  if (cell.kind() == ValueKind::kBytes) return "(" + std::to_string(cell.as_bytes().size()) + " bytes)";
  if (cell.holds_bytes()) return std::string(cell.as_bytes().substr(0, 64));
  if (cell.kind() == ValueKind::kInt) return std::to_string(cell.as_int());
  if (cell.kind() == ValueKind::kUint) return std::to_string(cell.as_uint());
  return "(not shown)";
}

Status conflict(const Table& table, const Entry& entry, Operation operation) {
  std::string key;
  for (size_t i = 0; i < entry.key_cells.size; ++i)
    key += (i == 0 ? "" : ", ") + describe(entry.key_cells[i]);
  return {ErrorCode::kConflict,
          std::string(name_of(operation)) + " of a key that is already " + name_of(entry.state) +
              " in table " + table.schema->display_name(),
          "The key is (" + key + ")."};
}

}  // namespace

struct ChangeBatch::Impl {
  Table& table_of(uint32_t number, const TableSchema& schema);
  Status change(Table& table, Operation operation, RowView row, ApplyMode mode);
  Status update_row(Table& table, RowView row, ApplyMode mode, RowBasis basis);
  Status change_key(Table& table, RowView before, RowView after, ApplyMode mode);
  Status move_row(Table& table, RowView before, RowView after, ApplyMode mode, RowBasis basis);
  Status merge_cell(const Value& from, bool is_known, Value* to);
  Status apply_diff(const Value& diffs, const Value& before, Value* after);
  Entry& entry_for(Table& table, const RowView& row, bool* fresh);
  void set_state(Entry& entry, State state);
  void count_row(Table& table, RowView row, int64_t by);
  Entry& entry_of(Table& table, const EncodedKey& key, bool* fresh);
  void set_key_cells(const Table& table, const RowView& row, Entry& entry);
  void store_row(const RowView& row, Entry& entry);
  void store_cell(const Value& from, Value* to);

  Arena arena;
  KeyEncoder encoder;
  std::vector<std::unique_ptr<Table>> tables;  ///< the first `used` are in use, the others kept for later
  size_t used = 0;
  Table* last = nullptr;
  std::unordered_map<uint32_t, Table*> by_number;
  std::vector<Value> moved;            ///< a row on its way to another key
  std::deque<std::string> json_texts;  ///< what one update made of JSON cells
  size_t changes = 0;
  size_t source_changes = 0;
  size_t unresolved = 0;
};

Table& ChangeBatch::Impl::table_of(uint32_t number, const TableSchema& schema) {
  if (last != nullptr && last->number == number) return *last;
  Table*& table = by_number[number];
  if (table == nullptr) {
    if (used == tables.size()) tables.push_back(std::make_unique<Table>());
    table = tables[used++].get();
    table->start(number, schema);
  }
  last = table;
  return *table;
}

Entry& ChangeBatch::Impl::entry_of(Table& table, const EncodedKey& key, bool* fresh) {
  const uint64_t hash = encoder.hash(key);
  const uint32_t found =
      table.index.find(hash, [&](uint32_t number) { return table.entries[number].key == key; });
  *fresh = found == KeyIndex::kAbsent;
  if (!*fresh) return table.entries[found];
  table.index.add(hash, static_cast<uint32_t>(table.entries.size()),
                  [&](uint32_t number) { return encoder.hash(table.entries[number].key); });
  Entry& entry = table.entries.emplace_back();
  entry.key = key;
  if (key.bytes.data() != nullptr) entry.key.bytes = arena.copy(key.bytes);
  return entry;
}

/// A cell of bytes reuses its old place where the new ones fit: a key updated over and over then takes no
/// more memory each time.
void ChangeBatch::Impl::store_cell(const Value& from, Value* to) {
  if (!from.holds_bytes()) {
    *to = from;
    return;
  }
  const std::string_view bytes = from.as_bytes();
  if (!bytes.empty() && to->holds_bytes() && bytes.size() <= to->as_bytes().size()) {
    char* place = const_cast<char*>(to->as_bytes().data());  // the arena's, hence ours
    std::memmove(place, bytes.data(), bytes.size());
    *to = from.with_bytes({place, bytes.size()});
    return;
  }
  *to = from.with_bytes(arena.copy(bytes));
}

void ChangeBatch::Impl::store_row(const RowView& row, Entry& entry) {
  if (entry.row == nullptr) {
    entry.row = arena.allocate_array<Value>(row.size);
    std::uninitialized_fill_n(entry.row, row.size, Value());
  }
  for (size_t i = 0; i < row.size; ++i) store_cell(row[i], &entry.row[i]);
}

/// Views the stored row where it can; else copies the cells.
void ChangeBatch::Impl::set_key_cells(const Table& table, const RowView& row, Entry& entry) {
  const std::vector<size_t>& columns = table.schema->primary_key;
  if (entry.row != nullptr && table.key_is_run) {
    entry.key_cells = {entry.row + columns[0], columns.size()};
    return;
  }
  auto* cells = arena.allocate_array<Value>(columns.size());
  std::uninitialized_fill_n(cells, columns.size(), Value());
  for (size_t i = 0; i < columns.size(); ++i) store_cell(row[columns[i]], &cells[i]);
  entry.key_cells = {cells, columns.size()};
}

Entry& ChangeBatch::Impl::entry_for(Table& table, const RowView& row, bool* fresh) {
  return entry_of(table, encoder.encode(row, table.schema->primary_key), fresh);
}

void ChangeBatch::Impl::set_state(Entry& entry, State state) {
  changes += static_cast<size_t>(is_change(state));
  changes -= static_cast<size_t>(is_change(entry.state));
  entry.state = state;
}

Status ChangeBatch::Impl::change(Table& table, Operation operation, RowView row, ApplyMode mode) {
  bool fresh = false;
  Entry& entry = entry_for(table, row, &fresh);
  const State after = merge(entry.state, operation, mode);
  if (after == State::kConflict) return conflict(table, entry, operation);
  if (operation != Operation::kDelete) store_row(row, entry);
  if (fresh) set_key_cells(table, row, entry);
  entry.origin = {};
  entry.refresh = false;
  entry.partial = false;
  set_state(entry, after);
  return {};
}

/// A cell that is not complete leaves what is known, or is applied to it.
Status ChangeBatch::Impl::merge_cell(const Value& from, bool is_known, Value* to) {
  if (from.is_complete()) {
    store_cell(from, to);
    return {};
  }
  if (is_known && from.is_absent()) return {};
  if (!is_known || to->is_absent()) {
    store_cell(from, to);
    return {};
  }
  Value result;
  MYSQL_SYNC_RETURN_IF_ERROR(apply_diff(from, *to, &result));
  store_cell(result, to);
  return {};
}

/// To a value or, one list behind the other, to diffs. The result is in json_texts.
Status ChangeBatch::Impl::apply_diff(const Value& diffs, const Value& before, Value* after) {
  if (!before.holds_bytes())
    return {ErrorCode::kConflict, "a partial JSON update of a value that is no JSON"};
  std::string& text = json_texts.emplace_back();
  if (before.kind() == ValueKind::kJsonDiff) {
    text.append(before.as_bytes()).append(diffs.as_bytes());
  } else {
    MYSQL_SYNC_RETURN_IF_ERROR(binlog::apply_json_diffs(diffs.as_bytes(), before.as_bytes(), &text));
  }
  *after = before.with_bytes(text);
  return {};
}

/// An update that does not tell all cells.
Status ChangeBatch::Impl::update_row(Table& table, RowView row, ApplyMode mode, RowBasis basis) {
  bool fresh = false;
  Entry& entry = entry_for(table, row, &fresh);
  if (entry.state == State::kDeleted && mode == ApplyMode::kIdempotent) return {};
  const State after = merge(entry.state, Operation::kUpdate, mode);
  if (after == State::kConflict) return conflict(table, entry, Operation::kUpdate);
  const bool is_known = entry.has_row();
  if (entry.row == nullptr) {
    entry.row = arena.allocate_array<Value>(row.size);
    std::uninitialized_fill_n(entry.row, row.size, Value());
  }
  for (size_t i = 0; i < row.size; ++i) {
    Value cell = row[i];
    if (cell.kind() == ValueKind::kJsonDiff && basis == RowBasis::kSource &&
        (!is_known || entry.row[i].is_absent())) {
      entry.refresh = true;
      cell = Value::absent();
    }
    unresolved += static_cast<size_t>(cell.kind() == ValueKind::kJsonDiff || entry.refresh);
    MYSQL_SYNC_RETURN_IF_ERROR(merge_cell(cell, is_known, &entry.row[i]));
  }
  if (fresh) set_key_cells(table, row, entry);
  entry.partial = entry.partial || !is_known;
  set_state(entry, after);
  return {};
}

Status ChangeBatch::Impl::change_key(Table& table, RowView before, RowView after, ApplyMode mode) {
  MYSQL_SYNC_RETURN_IF_ERROR(change(table, Operation::kDelete, before, mode));
  return change(table, Operation::kInsert, after, mode);
}

/// An update of the key that does not tell all cells: what the batch knows of the old key fills them in, and
/// where that is not all, the row that the old key has in the target.
Status ChangeBatch::Impl::move_row(Table& table, RowView before, RowView after, ApplyMode mode,
                                   RowBasis basis) {
  bool fresh = false;
  const Entry& old = entry_for(table, before, &fresh);
  if (fresh) set_key_cells(table, before, table.entries.back());
  moved.assign(after.cells, after.cells + after.size);  // views: nothing of the old row may be written to
  for (size_t i = 0; i < after.size && old.has_row(); ++i) {
    if (after[i].is_absent()) moved[i] = old.row[i];
    if (after[i].kind() != ValueKind::kJsonDiff || old.row[i].is_absent()) continue;
    MYSQL_SYNC_RETURN_IF_ERROR(apply_diff(after[i], old.row[i], &moved[i]));
  }
  const RowView row{moved.data(), moved.size()};
  const bool complete = row.is_complete();
  const bool refresh = old.refresh || (!complete && basis == RowBasis::kSource);
  const RowView origin = old.origin.size > 0 ? old.origin : old.key_cells;
  MYSQL_SYNC_RETURN_IF_ERROR(change(table, Operation::kDelete, before, mode));
  MYSQL_SYNC_RETURN_IF_ERROR(change(table, Operation::kInsert, row, mode));
  Entry& entry = entry_for(table, row, &fresh);
  entry.refresh = refresh;
  entry.partial = !complete;
  if (!complete && !refresh) entry.origin = origin;
  unresolved += static_cast<size_t>(!complete);
  return {};
}

void ChangeBatch::Impl::count_row(Table& table, RowView row, int64_t by) {
  bool fresh = false;
  Entry& entry = entry_of(table, encoder.encode(row, table.schema->primary_key), &fresh);
  if (fresh) {
    store_row(row, entry);
    entry.key_cells = {entry.row, row.size};
  }
  changes -= static_cast<size_t>(std::abs(entry.count));
  entry.count += by;
  changes += static_cast<size_t>(std::abs(entry.count));
}

ChangeBatch::ChangeBatch() : impl_(std::make_unique<Impl>()) {}
ChangeBatch::~ChangeBatch() = default;

Status ChangeBatch::insert(uint32_t number, const TableSchema& schema, RowView row, ApplyMode mode) {
  MYSQL_SYNC_RETURN_IF_ERROR(check_row(schema, row));
  ++impl_->source_changes;
  Table& table = impl_->table_of(number, schema);
  if (table.has_key()) return impl_->change(table, Operation::kInsert, row, mode);
  impl_->count_row(table, row, 1);
  return {};
}

Status ChangeBatch::update(uint32_t number, const TableSchema& schema, RowView before, RowView after,
                           ApplyMode mode, RowBasis basis) {
  MYSQL_SYNC_RETURN_IF_ERROR(check_row(schema, before));
  MYSQL_SYNC_RETURN_IF_ERROR(check_row(schema, after));
  ++impl_->source_changes;
  Table& table = impl_->table_of(number, schema);
  if (!table.has_key()) {
    impl_->count_row(table, before, -1);
    impl_->count_row(table, after, 1);
    return {};
  }
  const bool same_key = same_cells(before, after, schema.primary_key);
  impl_->json_texts.clear();
  if (!after.is_complete()) {
    return same_key ? impl_->update_row(table, after, mode, basis)
                    : impl_->move_row(table, before, after, mode, basis);
  }
  return same_key ? impl_->change(table, Operation::kUpdate, after, mode)
                  : impl_->change_key(table, before, after, mode);
}

Status ChangeBatch::remove(uint32_t number, const TableSchema& schema, RowView before, ApplyMode mode) {
  MYSQL_SYNC_RETURN_IF_ERROR(check_row(schema, before));
  ++impl_->source_changes;
  Table& table = impl_->table_of(number, schema);
  if (table.has_key()) return impl_->change(table, Operation::kDelete, before, mode);
  impl_->count_row(table, before, -1);
  return {};
}

size_t ChangeBatch::changes() const { return impl_->changes; }
size_t ChangeBatch::source_changes() const { return impl_->source_changes; }
size_t ChangeBatch::unresolved() const { return impl_->unresolved; }

void ChangeBatch::refresh(uint32_t number, const TableSchema& schema, RowView row) {
  bool fresh = false;
  Entry& entry = impl_->entry_for(impl_->table_of(number, schema), row, &fresh);
  entry.refresh = entry.has_row();
  ++impl_->unresolved;
}

size_t ChangeBatch::bytes() const {
  size_t bytes = impl_->arena.used();
  for (size_t i = 0; i < impl_->used; ++i) bytes += impl_->tables[i]->bytes();
  return bytes;
}

namespace {

RowView row_of(const Table& table, const Entry& entry) { return {entry.row, table.schema->columns.size()}; }

void put_change(const Table& table, const Entry& entry, TableChanges* to) {
  switch (entry.state) {
    case State::kInserted:
    case State::kUpdated: {
      const bool insert = entry.state == State::kInserted;
      const NetChange change{insert ? NetKind::kInsert : NetKind::kUpdate, entry.key_cells,
                             row_of(table, entry), entry.origin, entry.partial};
      (entry.refresh ? to->refreshes : insert ? to->inserts : to->updates).push_back(change);
      break;
    }
    case State::kDeleted:
      to->deletes.push_back({NetKind::kDelete, entry.key_cells, RowView(), RowView(), false});
      break;
    default:
      break;
  }
}

void put_counted(const Table& table, const Entry& entry, TableChanges* to) {
  for (int64_t i = 0; i < entry.count; ++i) {
    to->inserts.push_back({NetKind::kInsert, entry.key_cells, row_of(table, entry), RowView(), false});
  }
  for (int64_t i = entry.count; i < 0; ++i) {
    to->deletes.push_back({NetKind::kDelete, entry.key_cells, RowView(), RowView(), false});
  }
}

TableChanges changes_of(const Table& table) {
  TableChanges result;
  result.table = table.number;
  const auto put = table.has_key() ? put_change : put_counted;
  for (const Entry& entry : table.entries) put(table, entry, &result);
  return result;
}

}  // namespace

std::vector<TableChanges> ChangeBatch::take_tables() const {
  std::vector<TableChanges> result;
  for (size_t i = 0; i < impl_->used; ++i) {
    TableChanges changes = changes_of(*impl_->tables[i]);
    if (changes.empty()) continue;
    result.push_back(std::move(changes));
  }
  return result;
}

/// A few tables' memory is kept for the next batch, not that of thousands.
void ChangeBatch::clear() {
  constexpr size_t kKept = 16;
  if (impl_->tables.size() > kKept) impl_->tables.resize(kKept);
  for (const std::unique_ptr<Table>& table : impl_->tables) table->clear();
  impl_->used = 0;
  impl_->last = nullptr;
  impl_->by_number.clear();
  impl_->arena.clear();
  impl_->changes = 0;
  impl_->source_changes = 0;
  impl_->unresolved = 0;
}

}  // namespace mysql_sync
