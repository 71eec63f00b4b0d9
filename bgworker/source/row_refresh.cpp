#include "bgworker/source/row_refresh.hpp"

#include <cstdio>
#include <unordered_set>

#include "bgworker/source/source_session.hpp"
#include "bgworker/worker/worker_runtime.hpp"
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

/// All digits of a FLOAT, too: the source compares it as a double. The exponent makes it one to the source.
std::string double_literal(double number) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.16e", number);
  return digits;
}

}  // namespace

const RowRefresh::Window* RowRefresh::window_of(const MappedTable& table, RowView row) {
  if (windows_.empty()) return nullptr;
  const auto found = windows_.find(names_.of(table, row));
  return found == windows_.end() ? nullptr : &found->second;
}

/// A row that was read after it had moved on was not found: what moves it then meets no row in the target.
RowBasis RowRefresh::basis(const MappedTable& table, RowView before, RowView after,
                           const ChangePlace& place) {
  if (!is_copy_ || place.begin < inexact_until_ || !table.life.is_exact(place.begin))
    return RowBasis::kSource;
  const Window* window = window_of(table, after);
  if (window != nullptr && place.begin < window->until) return RowBasis::kSource;
  const Window* old = window_of(table, before);
  return old != nullptr && place.begin < old->until ? RowBasis::kSource : RowBasis::kTarget;
}

bool RowRefresh::is_ahead(const MappedTable& table, RowView row, const ChangePlace& place) {
  if (ahead_until_ <= place.begin) windows_.clear();
  const Window* window = window_of(table, row);
  if (window == nullptr || window->seen < place.end) return false;
  const auto distrust = distrusted_.find(table.number);
  return distrust == distrusted_.end() || distrust->second.readings < window->reading;
}

bool RowRefresh::may_lack(const MappedTable& table, const ChangePlace& place) const {
  const auto distrust = distrusted_.find(table.number);
  return is_copy_ && distrust != distrusted_.end() &&
         (place.begin < distrust->second.until || !table.life.is_exact(place.begin));
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
std::string RowRefresh::query(const MappedTable& table, const SourceRows& reader, const NetChange* keys,
                              size_t count) const {
  const TableSchema& schema = table.schema;
  std::string conditions;
  for (size_t i = 0; i < count; ++i) conditions += (i == 0 ? "" : " OR ") + condition(schema, keys[i].key);
  return "SELECT " + reader.select_list() + " FROM " + source::quote_identifier(schema.database) + "." +
         source::quote_identifier(schema.table) + " FORCE INDEX (PRIMARY) WHERE " + conditions +
         " LOCK IN SHARE MODE";
}

std::optional<TableChanges> RowRefresh::read(const MappedTable& table, const std::vector<NetChange>& keys) {
  TableChanges rows;
  rows.table = table.number;
  ++count_;
  arena_.clear();
  const BinlogPosition seen = pg::value_or_throw(source::read_binlog_status(source_)).position;
  if (!read_all(table, keys, &rows)) return std::nullopt;
  remove_absent(table, keys, &rows);
  note(table, keys, seen);
  return rows;
}

/// False if the columns are not those of the table any more, which may be why something failed.
bool RowRefresh::read_all(const MappedTable& table, const std::vector<NetChange>& keys, TableChanges* rows) {
  const SourceRows reader(table, source_.is_mariadb());
  pg::check(source_.read_text_raw());
  Status status;
  for (size_t begin = 0; begin < keys.size() && status.ok(); begin += kRowsOfQuery)
    status = read_some(table, reader, &keys[begin], std::min(kRowsOfQuery, keys.size() - begin), rows);
  pg::check(source_.execute("SET SESSION character_set_results = @@session.character_set_client"));
  // It may have been dropped, and another one like it made meanwhile.
  const bool was_absent = !status.ok() && status.code() == ErrorCode::kNotFound;
  if (was_absent || !keeps_columns(source_, table.schema)) return false;
  pg::check(status);
  return true;
}

Status RowRefresh::read_some(const MappedTable& table, const SourceRows& reader, const NetChange* keys,
                             size_t count, TableChanges* rows) {
  const size_t before = rows->updates.size();
  const Status status = read_rows(query(table, reader, keys, count), reader, rows);
  if (status.ok() || status.code() != ErrorCode::kLocked || count == 1) return status;
  // A deadlock with a writer. One that waits for a single lock has no part in any.
  rows->updates.resize(before);
  for (size_t i = 0; i < count; ++i) MYSQL_SYNC_RETURN_IF_ERROR(read_some(table, reader, &keys[i], 1, rows));
  return {};
}

/// To the last row, whatever becomes of the others: the connection is needed.
Status RowRefresh::read_rows(const std::string& query, const SourceRows& reader, TableChanges* rows) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(source::ResultStream stream, source_.query(query));
  Status decoded;
  for (;;) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(const source::TextCell* cells, stream.next());
    if (cells == nullptr) return decoded;
    if (!decoded.ok()) continue;
    const Result<NetChange> row = reader.read(cells, NetKind::kUpdate, arena_);
    decoded = row.status();
    if (row.ok()) rows->updates.push_back(*row);
  }
}

/// By the bytes of the key: the source may have found 'A' where it was asked for 'a'.
void RowRefresh::remove_absent(const MappedTable& table, const std::vector<NetChange>& keys,
                               TableChanges* rows) {
  std::unordered_set<std::string> found;
  for (const NetChange& row : rows->updates) found.insert(names_.of(table, row.row));
  for (const NetChange& key : keys) {
    if (found.count(names_.of(table, key.row)) > 0) continue;
    NetChange change;
    change.kind = NetKind::kDelete;
    change.key = key.key;
    rows->deletes.push_back(change);
  }
}

bool RowRefresh::knows_columns(const MappedTable& table) {
  return keeps_columns(source_, table.schema, Labels::kSame);
}

void RowRefresh::forget_windows() {
  if (windows_.empty()) return;
  windows_.clear();
  inexact_until_ = ahead_until_;
}

/// Where too many rows are ahead to tell them apart, all count as such.
void RowRefresh::note(const MappedTable& table, const std::vector<NetChange>& keys,
                      const BinlogPosition& seen) {
  const BinlogPosition until = pg::value_or_throw(source::read_binlog_status(source_)).position;
  if (ahead_until_ < until) ahead_until_ = until;
  for (const NetChange& key : keys) windows_[names_.of(table, key.row)] = {seen, until, count_};
  if (windows_.size() > kMaxWindows) forget_windows();
}

}  // namespace mysql_sync
