#include "apply/row_completion.hpp"

#include "apply/bound_rows.hpp"
#include "core/binlog/json_diff.hpp"
#include "pg/encoding.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::apply {

using pg::fail;
using pg::guard;

namespace {

constexpr size_t kRows = 1000;  ///< looked up by one statement

MemoryContext make_memory() {
  return guard([] {
    return AllocSetContextCreate(CurrentMemoryContext, "mysql_sync completion", ALLOCSET_DEFAULT_MINSIZE,
                                 ALLOCSET_DEFAULT_INITSIZE, ALLOCSET_DEFAULT_MAXSIZE);
  });
}

void execute(const std::string& sql, const Phase& phase, const BoundRows& rows) {
  const int count = static_cast<int>(phase.parameters.size());
  const std::string own_sql = pg::to_server(sql);
  const int code = guard([&] {
    return SPI_execute_with_args(own_sql.c_str(), count, rows.types, rows.values, rows.nulls, false, 0);
  });
  if (code < 0) fail(ErrorCode::kInternal, std::string("SPI failed: ") + SPI_result_code_string(code), sql);
}

/// The number of the row in a result row's first column, from 0.
size_t row_number(uint64_t row) {
  return guard([&] {
    bool is_null;
    const Datum number = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1, &is_null);
    return static_cast<size_t>(DatumGetInt32(number) - 1);
  });
}

}  // namespace

RowCompletion::RowCompletion(const TargetRelation& target, const TableChanges& changes, ApplyMode mode)
    : target_(target), given_(changes), strict_(mode == ApplyMode::kStrict) {
  if (!is_needed(changes.updates) && !is_needed(changes.inserts)) return;
  completed_ = changes;
  Groups groups;
  collect(completed_->updates, &groups);
  collect(completed_->inserts, &groups);
  const pg::SpiSession spi;
  for (auto& [columns, pending] : groups) complete(columns, pending);
  move_updates();
}

/// The columns that a row of the target has to give.
std::vector<size_t> RowCompletion::wanted_columns(const NetChange& change) const {
  std::vector<size_t> columns;
  if (!change.partial) return columns;
  for (size_t i = 0; i < target_.columns.size(); ++i) {
    const Value& cell = change.row[target_.columns[i].source];
    if (cell.is_complete() || (cell.is_absent() && change.origin.size == 0)) continue;
    columns.push_back(i);
  }
  return columns;
}

bool RowCompletion::is_needed(const std::vector<NetChange>& changes) const {
  return std::any_of(changes.begin(), changes.end(),
                     [&](const NetChange& change) { return !wanted_columns(change).empty(); });
}

void RowCompletion::collect(std::vector<NetChange>& changes, Groups* groups) {
  for (NetChange& change : changes) {
    std::vector<size_t> columns = wanted_columns(change);
    if (columns.empty()) continue;
    auto* cells = arena_.allocate_array<Value>(change.row.size);
    std::uninitialized_copy_n(change.row.cells, change.row.size, cells);
    change.row.cells = cells;
    const RowView key = change.origin.size > 0 ? change.origin : change.key;
    (*groups)[std::move(columns)].push_back({&change, {NetKind::kDelete, key, {}, {}, false}, cells});
  }
}

void RowCompletion::complete(const std::vector<size_t>& columns, std::vector<Pending>& pending) {
  for (size_t begin = 0; begin < pending.size(); begin += kRows)
    fetch(columns, &pending[begin], std::min(kRows, pending.size() - begin));
  for (Pending& row : pending)
    if (!row.found) give_up(row);
}

void RowCompletion::fetch(const std::vector<size_t>& columns, Pending* pending, size_t count) {
  const Phase phase{"update", true, make_parameters(target_, target_.key)};
  std::vector<const NetChange*> keys;
  for (size_t i = 0; i < count; ++i) keys.push_back(&pending[i].lookup);
  const Chunk chunk{keys.data(), count, RowSource::kArrays};
  MemoryContext memory = make_memory();
  {
    const MemorySwitch inside(memory);
    uint64 counted_already = 0;
    const BoundRows rows = guard([&] {
      ApplyContext context{&target_, phase.verb, nullptr, {}};
      context.push();
      const BoundRows bound = bind_rows(phase, chunk, &context, &counted_already);
      context.pop();
      return bound;
    });
    execute(SetStatements(target_, phase.parameters, chunk.source).select(columns), phase, rows);
  }
  for (uint64_t row = 0; row < SPI_processed; ++row) take_row(columns, row, pending[row_number(row)]);
  guard([&] {
    SPI_freetuptable(SPI_tuptable);
    MemoryContextDelete(memory);
  });
}

void RowCompletion::take_row(const std::vector<size_t>& columns, uint64_t row, Pending& pending) {
  pending.found = true;
  for (size_t i = 0; i < columns.size(); ++i) {
    const char* text = guard([&] {
      return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, static_cast<int>(i) + 2);
    });
    take_cell(target_.columns[columns[i]], text, pending);
  }
  pending.change->partial = false;
  for (const MappedColumn& column : target_.columns)
    if (pending.cells[column.source].is_absent()) pending.change->partial = true;
}

void RowCompletion::take_cell(const MappedColumn& column, const char* text, Pending& pending) {
  Value& cell = pending.cells[column.source];
  if (cell.is_absent()) {
    cell = text == nullptr ? Value::null() : Value::of_target_text(arena_.copy(text));
    return;
  }
  std::string after;
  const Status status = text == nullptr
                            ? Status(ErrorCode::kConflict, "a partial JSON update of a NULL")
                            : binlog::apply_json_diffs(cell.as_bytes(), pg::from_server(text), &after);
  if (!status.ok()) {
    fail(status.code(), status.message() + " in table " + target_.target.display_name(),
         "Column " + std::string(column.name) + ", key " + describe_key(target_, pending.lookup.key) + ".",
         "The target is not the copy of the source that it should be: call "
         "mysql_sync.resync_table() for its table, then start the task again.");
  }
  cell = Value::of_text(arena_.copy(after));
}

/// The row is not there.
void RowCompletion::give_up(Pending& pending) {
  if (strict_) fail_missing(target_, "update", pending.lookup.key);
  pending.change->kind = NetKind::kUpdate;
  for (size_t i = 0; i < pending.change->row.size; ++i)
    if (!pending.cells[i].is_complete()) pending.cells[i] = Value::absent();
}

/// Inserts that were given up are updates of what may be there.
void RowCompletion::move_updates() {
  std::vector<NetChange>& inserts = completed_->inserts;
  const auto first = std::stable_partition(inserts.begin(), inserts.end(), [](const NetChange& change) {
    return change.kind == NetKind::kInsert;
  });
  completed_->updates.insert(completed_->updates.end(), first, inserts.end());
  inserts.erase(first, inserts.end());
}

}  // namespace mysql_sync::apply
