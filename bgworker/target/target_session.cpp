#include "bgworker/target/target_session.hpp"

#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/target/shared_target.hpp"
#include "bgworker/worker/worker_runtime.hpp"
#include "pg/trial.hpp"

namespace mysql_sync {

namespace {

/// Changes of a batch that need a row of the target or the source: the rows read are in memory at once.
constexpr size_t kMaxUnresolved = 500;

[[noreturn]] void fail_unknown_default(const MappedTable& table, RowView row) {
  std::string names;
  for (size_t i = 0; i < row.size; ++i)
    if (!row[i].is_complete()) names += (names.empty() ? "" : ", ") + table.schema.columns[i].name;
  pg::fail(
      ErrorCode::kUnsupported,
      "the binlog lacks columns of an inserted row of " + table.schema.display_name() +
          ", and their defaults are not known",
      "Columns: " + names + ".",
      "Set binlog_row_image to FULL on the source, call mysql_sync.resync_table() for the table, then start "
      "the task again.");
}

}  // namespace

TargetSession::TargetSession(const TaskConfig& config, RowRefresh& refresh, bool replaces_blindly)
    : config_(config),
      refresh_(refresh),
      replaces_blindly_(replaces_blindly),
      applier_(apply::make_applier()) {}

void TargetSession::begin() {
  if (transaction_ == nullptr) transaction_ = std::make_unique<pg::Transaction>();
}

bool TargetSession::is_full() const {
  return batch_.changes() >= static_cast<size_t>(config_.options.batch_rows) ||
         batch_.bytes() >= static_cast<size_t>(config_.options.batch_bytes);
}

bool TargetSession::is_too_open() const { return batch_.unresolved() >= kMaxUnresolved; }

/// Columns that are not carried need not be known.
RowView TargetSession::without_unmapped(const MappedTable& table, RowView row) {
  row_.assign(row.cells, row.cells + row.size);
  for (size_t i = 0; i < row_.size(); ++i)
    if (!row_[i].is_complete() && table.target.columns[i].empty()) row_[i] = Value::null();
  return {row_.data(), row_.size()};
}

void TargetSession::change_incomplete(const MappedTable& table, const binlog::RowChange& change,
                                      ApplyMode mode, const ChangePlace& place) {
  const RowView row = without_unmapped(table, change.after);
  const bool lacks_generated = replaces_blindly_ && clear_generated(table);
  if (change.kind == binlog::RowsEvent::Kind::kInsert) {
    if (!row.is_complete()) fail_unknown_default(table, row);
    pg::check(batch_.insert(table.number, table.schema, row, mode));
    if (lacks_generated) batch_.refresh(table.number, table.schema, row);
    return;
  }
  const RowBasis basis = refresh_.basis(table, change.before, row, place);
  pg::check(batch_.update(table.number, table.schema, change.before, row, mode, basis));
  const bool replaced = replaces_blindly_ && change.names_key && !row.is_complete();
  if (replaced || lacks_generated || refresh_.may_lack(table, place))
    batch_.refresh(table.number, table.schema, row);
}

/// MariaDB leaves virtual columns out even where what they are made of changes: only the source has their
/// values then. True if row_ lacked such a column.
bool TargetSession::clear_generated(const MappedTable& table) {
  bool lacks = false;
  for (size_t i = 0; i < row_.size(); ++i) {
    if (!row_[i].is_absent() || !table.schema.columns[i].generated) continue;
    row_[i] = Value::null();
    lacks = true;
  }
  return lacks;
}

/// The changes of a table in a batch have one mode.
void TargetSession::enter_batch(const MappedTable& table, ApplyMode mode) {
  if (tables_.size() <= table.number) tables_.resize(table.number + 1);
  BatchTable& entry = tables_[table.number];
  if (entry.mode && *entry.mode != mode) apply_batch();
  if (!entry.mode) involved_.insert(table.number);
  entry = {&table, mode};
}

void TargetSession::change(const MappedTable& table, const binlog::RowChange& change, ApplyMode mode,
                           const ChangePlace& place) {
  enter_batch(table, mode);
  if (refresh_.has_windows())
    change_beside_windows(table, change, mode, place);
  else
    change_row(table, change, mode, place);
  if (is_full() || is_too_open()) apply_batch();
}

void TargetSession::change_row(const MappedTable& table, const binlog::RowChange& change, ApplyMode mode,
                               const ChangePlace& place) {
  if (!change.complete) return change_incomplete(table, change, mode, place);
  switch (change.kind) {
    case binlog::RowsEvent::Kind::kInsert:
      return pg::check(batch_.insert(table.number, table.schema, change.after, mode));
    case binlog::RowsEvent::Kind::kUpdate:
      return pg::check(batch_.update(table.number, table.schema, change.before, change.after, mode));
    case binlog::RowsEvent::Kind::kDelete:
      return pg::check(batch_.remove(table.number, table.schema, change.before, mode));
  }
}

/// A change that was in the row when it was read must not be made again: what follows need not tell again
/// what it would undo. An update of the key concerns two rows.
void TargetSession::change_beside_windows(const MappedTable& table, const binlog::RowChange& change,
                                          ApplyMode mode, const ChangePlace& place) {
  using Kind = binlog::RowsEvent::Kind;
  const bool has_old = change.kind != Kind::kInsert, has_new = change.kind != Kind::kDelete;
  const bool old_done = has_old && refresh_.is_ahead(table, change.before, place);
  const bool new_done = has_new && refresh_.is_ahead(table, change.after, place);
  if (!old_done && !new_done) return change_row(table, change, mode, place);
  if (has_old && !old_done) return pg::check(batch_.remove(table.number, table.schema, change.before, mode));
  if (has_new && !new_done) arrive(table, change.after, mode);
}

/// The new row of an update whose old row is ahead: nothing here tells the cells that it lacks.
void TargetSession::arrive(const MappedTable& table, RowView after, ApplyMode mode) {
  const RowView row = without_unmapped(table, after);
  pg::check(batch_.insert(table.number, table.schema, row, mode));
  if (!row.is_complete()) batch_.refresh(table.number, table.schema, row);
}

void TargetSession::apply_batch() {
  const std::vector<TableChanges> tables = batch_.take_tables();
  if (!tables.empty()) begin();
  for (const TableChanges& changes : tables) apply_table(changes);
  batch_.clear();  // also what cancelled out: it was kept with the columns of now
  for (BatchTable& entry : tables_) entry.mode.reset();
}

/// What has failed stays noted.
void TargetSession::on_behalf_of(const MappedTable& table, const std::function<void()>& work) {
  const std::string before = std::exchange(applying_, table.schema.display_name());
  work();
  applying_ = before;
}

void TargetSession::apply_table(const TableChanges& changes) {
  const MappedTable& table = *tables_[changes.table].table;
  applying_ = table.schema.display_name();
  apply_changes(table, changes, *tables_[changes.table].mode);
  if (!changes.refreshes.empty()) apply_refreshes(table, changes.refreshes);
  applying_.clear();
}

void TargetSession::apply_refreshes(const MappedTable& table, const std::vector<NetChange>& keys) {
  std::optional<TableChanges> rows = refresh_.read(table, keys);
  if (!rows) return outdated_.push_back(table.number);
  if (!config_.operations.remove) rows->deletes.clear();
  write_refreshed(table, *rows);
}

/// NULLs and labels may have come to the source's columns meanwhile.
void TargetSession::write_refreshed(const MappedTable& table, const TableChanges& rows) {
  try {
    apply_changes(table, rows, ApplyMode::kIdempotent);
  } catch (const std::exception&) {
    const pg::ErrorReport report = pg::describe_current_exception();
    if (is_transient(report) || !reload_problem(config_).empty() || refresh_.knows_columns(table)) throw;
    throw SourceIsAhead{table.number, one_line(report)};
  }
}

void TargetSession::apply_changes(const MappedTable& table, const TableChanges& changes, ApplyMode mode) {
  count(table, applier_->apply(table.target, table.schema, changes, mode));
}

void TargetSession::count(const MappedTable& table, const apply::ApplyCounts& counts) {
  TableCounts& total = counts_of(table.number);
  total.inserted += counts.inserted;
  total.updated += counts.updated;
  total.deleted += counts.deleted;
  total.changed_by_policy += counts.changed_by_policy;
  pending_.inserted += counts.inserted;
  pending_.updated += counts.updated;
  pending_.deleted += counts.deleted;
  rows_applied_ += counts.inserted + counts.updated + counts.deleted;
}

std::vector<std::string> TargetSession::alter(const MappedTable& table, const ddl::AlterOutcome& outcome,
                                              uint32_t event_time) {
  apply_batch();
  begin();
  if (!outcome.effects.empty()) refresh_.forget_windows();
  std::vector<apply::SourceColumns> others;
  if (!outcome.effects.empty()) others = sharing_tables(config_.task, table.number, table.target);
  std::vector<std::string> columns =
      apply::apply_effects(table.target, table.schema, outcome, event_time, others);
  applier_->reset();
  if (!outcome.effects.empty()) {
    ++pending_.ddl;
    ++counts_of(table.number).ddl;
  }
  return columns;
}

std::vector<std::string> TargetSession::try_alter(const MappedTable& table,
                                                  const ddl::AlterOutcome& outcome) {
  apply_batch();
  begin();
  applier_->reset();
  pg::Trial trial;
  std::vector<std::string> columns = alter(table, outcome, 0);
  trial.keep();
  return columns;
}

void TargetSession::fit(const MappedTable& before, const MappedTable& after) {
  apply_batch();
  begin();
  if (config_.operations.alter)
    apply::fit_target(after.target, after.schema, {before.schema, before.target.columns});
  else
    applier_->truncate(after.target);
  applier_->reset();
}

uint64_t TargetSession::load(const MappedTable& table, const TableChanges& rows) {
  begin();
  applying_ = table.schema.display_name();
  const apply::ApplyCounts counts = applier_->apply(table.target, table.schema, rows, ApplyMode::kIdempotent);
  applying_.clear();
  rows_applied_ += counts.inserted + counts.updated + counts.deleted;
  return counts.changed_by_policy;
}

void TargetSession::save_schema(const MappedTable& table) {
  apply_batch();
  begin();
  pg::SpiSession spi;
  save_columns(spi, config_.task, table);
}

void TargetSession::truncate(const MappedTable& table, bool on_target) {
  apply_batch();
  begin();
  refresh_.forget_windows();
  involved_.insert(table.number);
  if (on_target) applier_->truncate(table.target);
  applier_->reset();
  ++pending_.ddl;
  ++counts_of(table.number).ddl;
}

void TargetSession::carry(const MappedTable& table, const std::function<void()>& ddl) {
  apply_batch();
  begin();
  involved_.insert(table.number);
  ddl();
  applier_->reset();
  ++pending_.ddl;
  ++counts_of(table.number).ddl;
}

void TargetSession::warn(const ErrorEntry& entry) {
  apply_batch();
  begin();
  pg::SpiSession spi;
  log_error(spi, config_.task, entry);
  note_error(spi, config_.task, entry.message);
}

void TargetSession::within(const std::function<void(pg::SpiSession&)>& work) {
  begin();
  pg::SpiSession spi;
  work(spi);
}

/// Another table may get its number.
void TargetSession::drop_mapping(const MappedTable& table) {
  apply_batch();
  begin();
  refresh_.forget_windows();
  pg::SpiSession spi;
  mark_dropped(spi, config_.task, table.number);
}

void TargetSession::commit(CommitNote note, const char* state, bool flush_counters) {
  apply_batch();
  begin();
  note.inserted = pending_.inserted;
  note.updated = pending_.updated;
  note.deleted = pending_.deleted;
  note.ddl = pending_.ddl;
  {
    pg::SpiSession spi;
    notes_.write(spi, config_.task, note);
    if (state != nullptr) set_state(spi, config_.task, state);
    if (flush_counters || Clock::now() - counters_written_ > std::chrono::seconds(1)) write_counters(spi);
  }
  transaction_->commit();
  transaction_.reset();
  pending_ = CommitNote();
  involved_.clear();
}

TableCounts& TargetSession::counts_of(uint32_t number) {
  if (table_counts_.size() <= number) table_counts_.resize(number + 1);
  return table_counts_[number];
}

void TargetSession::write_counters(pg::SpiSession& spi) {
  for (uint32_t number = 0; number < table_counts_.size(); ++number) {
    TableCounts& counts = table_counts_[number];
    if (counts.inserted + counts.updated + counts.deleted + counts.ddl + counts.changed_by_policy == 0)
      continue;
    add_counts(spi, config_.task, number, counts);
    counts = TableCounts();
  }
  counters_written_ = Clock::now();
}

}  // namespace mysql_sync
