#include "bgworker/row_refresh.hpp"

#include <cstdio>
#include <unordered_set>

#include "bgworker/source_session.hpp"
#include "bgworker/worker_runtime.hpp"
#include "core/types/type_map.hpp"
#include "pg/cell_text.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

constexpr size_t kRowsOfQuery = 100;
constexpr size_t kMaxWindows = 100000;

std::string hex_literal(std::string_view bytes) {
  std::string literal = "x'";
  char digits[3];
  for (const char byte : bytes) {
    std::snprintf(digits, sizeof digits, "%02x", static_cast<uint8_t>(byte));
    literal += digits;
  }
  return literal + "'";
}

/// All digits of a FLOAT, too: the source compares it as a double.
std::string double_literal(double number) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.17ge0", number);
  return digits;
}

}  // namespace

std::string RowRefresh::name_of(const MappedTable& table, RowView row) {
  const EncodedKey key = encoder_.encode(row, table.schema.primary_key);
  std::string name = std::to_string(table.number) + ":" + std::to_string(static_cast<int>(key.kind)) + ":";
  if (key.bytes.data() != nullptr) return name.append(key.bytes);
  return name + std::to_string(key.fixed);
}

const RowRefresh::Window* RowRefresh::window_of(const MappedTable& table, RowView row) {
  if (windows_.empty()) return nullptr;
  const auto found = windows_.find(name_of(table, row));
  return found == windows_.end() ? nullptr : &found->second;
}

/// A row that was read after it had moved on was not found: what moves it then meets no row in the target.
RowBasis RowRefresh::basis(const MappedTable& table, RowView before, RowView after,
                           const ChangePlace& place) {
  if (!is_copy_ || place.begin < inexact_until_) return RowBasis::kSource;
  const Window* window = window_of(table, after);
  if (window != nullptr && place.begin < window->until) return RowBasis::kSource;
  const Window* old = window_of(table, before);
  return old != nullptr && place.begin < old->until ? RowBasis::kSource : RowBasis::kTarget;
}

bool RowRefresh::is_ahead(const MappedTable& table, RowView row, const ChangePlace& place) {
  if (ahead_until_ <= place.begin) windows_.clear();
  const Window* window = window_of(table, row);
  return window != nullptr && place.end <= window->seen;
}

std::string RowRefresh::literal(const Column& column, const Value& value) const {
  switch (value.kind()) {
    case ValueKind::kInt:
      return std::to_string(value.as_int());
    case ValueKind::kUint:
      return std::to_string(value.as_uint());
    case ValueKind::kFloat:
      return double_literal(static_cast<double>(value.as_float()));
    case ValueKind::kDouble:
      return double_literal(value.as_double());
    case ValueKind::kDecimal:
      return std::string(value.as_bytes());
    case ValueKind::kBytes:
      return hex_literal(value.as_bytes());
    default:
      break;
  }
  pg::CellTextBuffer buffer;
  return source_.quote_literal(pg::cell_text(value, column.type.fraction, &buffer));
}

std::string RowRefresh::condition(const TableSchema& schema, RowView key) const {
  std::string all;
  for (size_t i = 0; i < key.size; ++i) {
    const Column& column = schema.columns[schema.primary_key[i]];
    all += (i == 0 ? "" : " AND ") + source::quote_identifier(column.name) + " = " + literal(column, key[i]);
  }
  return "(" + all + ")";
}

/// A transaction that is in the binlog and not yet visible holds the locks of its rows, so a locking read
/// waits for it. The locks end with the statement.
std::string RowRefresh::query(const MappedTable& table, const NetChange* keys, size_t count) const {
  const TableSchema& schema = table.schema;
  std::string columns, conditions;
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& column = schema.columns[i];
    const std::string name = source::quote_identifier(column.name);
    columns += (i == 0 ? "" : ", ") + (table.target.columns[i].empty()
                                           ? std::string("NULL")
                                           : select_expression(column.type, name, source_.is_mariadb()));
  }
  for (size_t i = 0; i < count; ++i) conditions += (i == 0 ? "" : " OR ") + condition(schema, keys[i].key);
  return "SELECT " + columns + " FROM " + source::quote_identifier(schema.database) + "." +
         source::quote_identifier(schema.table) + " FORCE INDEX (PRIMARY) WHERE " + conditions +
         " LOCK IN SHARE MODE";
}

TableChanges RowRefresh::read(const MappedTable& table, const std::vector<NetChange>& keys) {
  TableChanges rows;
  rows.table = table.number;
  ++count_;
  arena_.clear();
  readers_ = make_readers(table);
  const BinlogPosition seen = pg::value_or_throw(source::read_binlog_status(source_)).position;
  pg::check(source_.read_text_raw());
  for (size_t begin = 0; begin < keys.size(); begin += kRowsOfQuery)
    read_some(table, &keys[begin], std::min(kRowsOfQuery, keys.size() - begin), &rows);
  pg::check(source_.execute("SET SESSION character_set_results = @@session.character_set_client"));
  check_columns_kept(source_, table.schema);
  remove_absent(table, keys, &rows);
  note(table, keys, seen);
  return rows;
}

std::vector<std::optional<CellReader>> RowRefresh::make_readers(const MappedTable& table) {
  std::vector<std::optional<CellReader>> readers(table.schema.columns.size());
  for (size_t i = 0; i < readers.size(); ++i)
    if (!table.target.columns[i].empty())
      readers[i] = pg::value_or_throw(CellReader::create(table.schema.columns[i].type));
  return readers;
}

void RowRefresh::read_some(const MappedTable& table, const NetChange* keys, size_t count,
                           TableChanges* rows) {
  const auto found = source_.query_all(query(table, keys, count));
  if (!found.ok() && found.status().code() == ErrorCode::kLocked && count > 1) {
    // A deadlock with a writer. One that waits for a single lock has no part in any.
    for (size_t i = 0; i < count; ++i) read_some(table, &keys[i], 1, rows);
    return;
  }
  pg::check(found.status());
  for (const auto& cells : *found) take_row(table.schema, cells, rows);
}

void RowRefresh::take_row(const TableSchema& schema, const std::vector<std::optional<std::string>>& cells,
                          TableChanges* rows) {
  const size_t count = schema.columns.size();
  auto* values = arena_.allocate_array<Value>(count);
  std::uninitialized_fill_n(values, count, Value());
  for (size_t i = 0; i < count; ++i) {
    if (!cells.at(i) || !readers_[i]) continue;
    const Status status = readers_[i]->read(arena_.copy(*cells[i]), arena_, values[i]);
    if (!status.ok())
      throw pg::StatusError(
          status.with_context("table " + schema.display_name() + ", column " + schema.columns[i].name));
  }
  auto* key = arena_.allocate_array<Value>(schema.primary_key.size());
  for (size_t i = 0; i < schema.primary_key.size(); ++i) new (&key[i]) Value(values[schema.primary_key[i]]);
  NetChange change;
  change.kind = NetKind::kUpdate;
  change.key = {key, schema.primary_key.size()};
  change.row = {values, count};
  rows->updates.push_back(change);
}

/// By the bytes of the key: the source may have found 'A' where it was asked for 'a'.
void RowRefresh::remove_absent(const MappedTable& table, const std::vector<NetChange>& keys,
                               TableChanges* rows) {
  std::unordered_set<std::string> found;
  for (const NetChange& row : rows->updates) found.insert(name_of(table, row.row));
  for (const NetChange& key : keys) {
    if (found.count(name_of(table, key.row)) > 0) continue;
    NetChange change;
    change.kind = NetKind::kDelete;
    change.key = key.key;
    rows->deletes.push_back(change);
  }
}

/// Where too many rows are ahead to tell them apart, all count as such.
void RowRefresh::note(const MappedTable& table, const std::vector<NetChange>& keys,
                      const BinlogPosition& seen) {
  const BinlogPosition until = pg::value_or_throw(source::read_binlog_status(source_)).position;
  if (ahead_until_ < until) ahead_until_ = until;
  for (const NetChange& key : keys) windows_[name_of(table, key.row)] = {seen, until};
  if (windows_.size() <= kMaxWindows) return;
  windows_.clear();
  inexact_until_ = ahead_until_;
}

}  // namespace mysql_sync
