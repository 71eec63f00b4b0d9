#include "bgworker/reload/table_reload.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include "bgworker/catalog/carriable.hpp"
#include "bgworker/load/chunk_planner.hpp"
#include "bgworker/load/initial_sync.hpp"
#include "bgworker/worker/worker_runtime.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kPieceSeconds = 0.25;
constexpr size_t kPieceBytes = size_t{16} << 20;
// What goes to the target at once: memory is bounded by it and one row.
constexpr size_t kPartBytes = size_t{8} << 20;
constexpr size_t kPartRows = 5000;
constexpr uint64_t kFirstLimit = 1000;
constexpr uint64_t kMaxLimit = 100000;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

bool same_column(const Column& a, const Column& b) {
  return a.name == b.name && a.type.declared == b.type.declared && a.type.charset == b.type.charset &&
         a.nullable == b.nullable && a.generated == b.generated &&
         same_default(a.default_value, b.default_value);
}

/// Nothing if there is no such table, or where it is being changed. SHOW CREATE TABLE, which tells the
/// defaults, waits for an ALTER that is in the binlog and not yet in effect; so the columns are read behind
/// it.
std::optional<TableSchema> read_schema(source::Connection& control, const TableSchema& wanted) {
  auto first = pg::value_or_throw(source::read_schemas(control, wanted.database, {wanted.table}));
  if (first.size() != 1) return std::nullopt;
  pg::check(source::read_defaults(control, &first.front()));
  auto second = pg::value_or_throw(source::read_schemas(control, wanted.database, {wanted.table}));
  if (second.size() != 1) return std::nullopt;
  for (size_t i = 0; i < first.front().columns.size() && i < second.front().columns.size(); ++i)
    second.front().columns[i].default_value = first.front().columns[i].default_value;
  if (!same_table(first.front(), second.front())) return std::nullopt;
  second.front().database = wanted.database;
  second.front().table = wanted.table;
  return std::move(second.front());
}

uint64_t estimated_rows(source::Connection& control, const TableSchema& schema) {
  const auto rows = pg::value_or_throw(control.query_value(
      "SELECT table_rows FROM information_schema.tables WHERE table_schema = " +
      control.quote_literal(schema.database) + " AND table_name = " + control.quote_literal(schema.table)));
  return rows ? std::stoull(*rows) : 0;
}

/// Where a column goes that is new to the mapping: where the settings say, unless another one went there
/// before it was renamed; to its own name; or, where the task leaves the target's columns alone, nowhere.
std::string target_of_new(const TaskConfig& config, const MappedTable& before, const std::string& name,
                          const std::string& chosen) {
  if (!before.schema.columns.empty() && !config.operations.alter) return {};
  const std::vector<std::string>& used = before.target.columns;
  const bool is_taken = !chosen.empty() && std::find(used.begin(), used.end(), chosen) != used.end();
  return is_taken ? name : chosen;
}

/// What was mapped stays so under its name.
apply::TargetTable target_again(const TaskConfig& config, const MappedTable& before,
                                const TableSchema& schema) {
  apply::TargetTable target = target_of(config, schema);
  target.schema = before.target.schema;
  target.table = before.target.table;
  target.insert_missing = before.target.insert_missing;
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const std::string& name = schema.columns[i].name;
    const auto old = before.schema.find_column(name);
    target.columns[i] =
        old ? before.target.columns[*old] : target_of_new(config, before, name, target.columns[i]);
  }
  return target;
}

[[noreturn]] void fail_reload(const MappedTable& table, const std::string& why, const std::string& hint) {
  pg::fail(ErrorCode::kUnsupported, table.schema.display_name() + " cannot be loaded again: " + why, {},
           hint);
}

void check_plan(const MappedTable& table) {
  if (table.schema.primary_key.empty())
    fail_reload(table, "it has no primary key any more", "Add one on the source, then start the task again.");
  for (const size_t column : table.schema.primary_key)
    if (table.target.columns[column].empty())
      fail_reload(table, "column " + table.schema.columns[column].name + " of its key is not carried",
                  "Create the task again, with the column.");
  std::set<std::string> names;
  for (const std::string& name : table.target.columns)
    if (!name.empty() && !names.insert(name).second)
      fail_reload(table, "two columns would go to \"" + name + "\"", "Rename one of them on the source.");
}

/// Greenplum cannot take statistics of the largest numbers. Nothing but plans suffers.
void note_not_analyzed(const TaskConfig& config, const MappedTable& table, const pg::ErrorReport& report) {
  ErrorEntry entry;
  entry.source_table = table.schema.display_name();
  entry.sqlstate = "01000";
  entry.message = "the target table cannot be analyzed: " + report.message;
  entry.detail = report.detail;
  entry.remedy = "ANALYZE it by single columns, for better plans of queries.";
  in_transaction([&](pg::SpiSession& spi) { log_error(spi, config.task, entry); });
}

}  // namespace

bool same_table(const TableSchema& a, const TableSchema& b) {
  return a.primary_key == b.primary_key &&
         std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(), same_column);
}

void analyze_target(const TaskConfig& config, const MappedTable& table) {
  try {
    in_transaction([&](pg::SpiSession& spi) {
      spi.execute("ANALYZE " + pg::quote_qualified(table.target.schema, table.target.table));
    });
  } catch (const pg::PgError&) {
    const pg::ErrorReport report = pg::describe_current_exception();
    if (is_transient(report)) throw;
    note_not_analyzed(config, table, report);
  }
}

std::optional<MappedTable> TableReload::plan(source::Connection& control, const MappedTable& table,
                                             const BinlogPosition& boundary) {
  if (!exists(control, table)) return std::nullopt;
  const auto before = read_schema(control, table.schema);
  if (!before) return std::nullopt;
  const BinlogPosition end = pg::value_or_throw(source::read_binlog_status(control)).position;
  const auto after = read_schema(control, table.schema);
  if (!after || !same_table(*before, *after)) return std::nullopt;
  MappedTable planned = table;
  planned.schema = *after;
  planned.target = target_again(config_, table, planned.schema);
  planned.table_charset =
      pg::value_or_throw(source::read_table_charset(control, planned.schema.database, planned.schema.table));
  planned.rows_estimated = estimated_rows(control, planned.schema);
  planned.read_as.clear();
  pg::check(planned.life.begin_reload(end < boundary ? boundary : end));
  planned.may_be_absent = false;
  if (table.is_unread() && !table_problem(planned.schema, planned.target).empty()) return planned;
  check_plan(planned);
  return planned;
}

bool TableReload::exists(source::Connection& control, const MappedTable& table) {
  return pg::value_or_throw(source::has_table(control, table.schema.database, table.schema.table));
}

BinlogPosition TableReload::visible() { return pg::value_or_throw(horizon_.look(reader())); }

source::Connection& TableReload::reader() {
  if (!reader_) {
    reader_ = connect_();
    pg::check(reader_->read_text_raw());
  }
  return *reader_;
}

/// One query, and what came of it.
class TableReload::Piece {
 public:
  Piece(const MappedTable& table, source::Connection& source, Arena& arena, const TakeRows& take)
      : rows_(table, source.is_mariadb()), walk_(table.schema), source_(source), arena_(arena), take_(take) {
    changes_.table = table.number;
    key_at_ = table.schema.columns.size();
    key_.resize(walk_.is_possible() ? table.schema.primary_key.size() : 0);
    arena_.clear();
  }

  /// False if it stopped before the end of the result: the connection is only good for closing then.
  bool run(const std::string& query) {
    source::ResultStream stream = pg::value_or_throw(source_.query(query));
    while (const source::TextCell* cells = pg::value_or_throw(stream.next())) {
      take_row(cells);
      if (arena_.used() >= kPartBytes || changes_.inserts.size() >= kPartRows) flush();
      if (is_enough()) break;
    }
    flush();
    return !is_cut_;
  }

  ReloadStep step(uint64_t limit) const {
    ReloadStep step = step_;
    step.done = key_.empty() || (!is_cut_ && step_.rows < limit);
    if (!step.done) step.rest = walk_.behind(source_, key_);
    return step;
  }

  std::string query(const MappedTable& table, const std::string& condition, uint64_t limit) const {
    std::string sql = "SELECT " + rows_.select_list() + (key_.empty() ? "" : ", " + walk_.select_list());
    sql += " FROM " + source::quote_identifier(table.schema.database) + "." +
           source::quote_identifier(table.schema.table) + " FORCE INDEX (PRIMARY)";
    if (!condition.empty()) sql += " WHERE " + condition;
    return key_.empty() ? sql : sql + " ORDER BY " + walk_.order() + " LIMIT " + std::to_string(limit);
  }

 private:
  void take_row(const source::TextCell* cells) {
    changes_.inserts.push_back(pg::value_or_throw(rows_.read(cells, NetKind::kInsert, arena_)));
    ++step_.rows;
    for (size_t i = 0; i < key_at_; ++i) step_.bytes += cells[i] ? cells[i]->size() : 0;
    for (size_t i = 0; i < key_.size(); ++i) key_[i] = std::string(cells[key_at_ + i].value_or(""));
  }

  void flush() {
    pg::guard([] { CHECK_FOR_INTERRUPTS(); });
    if (!changes_.inserts.empty()) take_(changes_);
    changes_.inserts.clear();
    arena_.clear();
  }

  /// Rows may turn out larger, or slower, than those before.
  bool is_enough() {
    if (key_.empty()) return false;
    is_cut_ =
        step_.bytes >= kPieceBytes || (step_.rows % 100 == 0 && seconds_since(begin_) > 2 * kPieceSeconds);
    return is_cut_;
  }

  const SourceRows rows_;
  const KeyWalk walk_;
  source::Connection& source_;
  Arena& arena_;
  const TakeRows& take_;
  const Clock::time_point begin_ = Clock::now();
  TableChanges changes_;
  ReloadStep step_;
  size_t key_at_ = 0;             // of the result's columns
  std::vector<std::string> key_;  // of the last row; empty if the table is read at once
  bool is_cut_ = false;
};

ReloadStep TableReload::read(const MappedTable& table, const std::string& condition, const TakeRows& take) {
  if (table_ != table.number) limit_ = kFirstLimit;
  table_ = table.number;
  const Clock::time_point begin = Clock::now();
  Piece piece(table, reader(), arena_, take);
  const bool whole = piece.run(piece.query(table, condition, limit_));
  const ReloadStep step = piece.step(limit_);
  if (!whole) reader_.reset();
  adapt(step.rows, seconds_since(begin));
  return step;
}

void TableReload::adapt(uint64_t rows, double seconds) {
  const double wish =
      static_cast<double>(std::max<uint64_t>(rows, 1)) * kPieceSeconds / std::max(seconds, 0.001);
  limit_ = std::clamp(static_cast<uint64_t>(wish), std::max<uint64_t>(limit_ / 2, 1), limit_ * 2);
  limit_ = std::min(limit_, kMaxLimit);
}

}  // namespace mysql_sync
