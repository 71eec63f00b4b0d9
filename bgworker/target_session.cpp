#include "bgworker/target_session.hpp"

#include "bgworker/worker_runtime.hpp"

namespace mysql_sync {

TargetSession::TargetSession(const TaskConfig& config) : config_(config), applier_(apply::make_applier()) {}

void TargetSession::begin() {
  if (transaction_ == nullptr) transaction_ = std::make_unique<pg::Transaction>();
}

bool TargetSession::is_full() const {
  return batch_.changes() >= static_cast<size_t>(config_.options.batch_rows) ||
         batch_.bytes() >= static_cast<size_t>(config_.options.batch_bytes);
}

void TargetSession::change(const MappedTable& table, const binlog::RowChange& change, ApplyMode mode) {
  if (tables_.size() <= table.number) tables_.resize(table.number + 1);
  tables_[table.number] = &table;
  if (!batch_.empty() && batch_mode_ != mode)
    pg::fail(ErrorCode::kInternal, "a batch of changes of two modes");
  batch_mode_ = mode;
  switch (change.kind) {
    case binlog::RowsEvent::Kind::kInsert:
      pg::check(batch_.insert(table.number, table.schema, change.after, mode));
      break;
    case binlog::RowsEvent::Kind::kUpdate:
      pg::check(batch_.update(table.number, table.schema, change.before, change.after, mode));
      break;
    case binlog::RowsEvent::Kind::kDelete:
      pg::check(batch_.remove(table.number, table.schema, change.before, mode));
      break;
  }
  if (is_full()) apply_batch();
}

void TargetSession::apply_batch() {
  const std::vector<TableChanges> tables = batch_.take_tables();
  if (!tables.empty()) begin();
  for (const TableChanges& changes : tables) apply_table(changes);
  batch_.clear();  // also what cancelled out: it was kept with the columns of now
}

void TargetSession::apply_table(const TableChanges& changes) {
  const MappedTable& table = *tables_[changes.table];
  applying_ = table.schema.display_name();
  const apply::ApplyCounts counts = applier_->apply(table.target, table.schema, changes, batch_mode_);
  TableCounts& total = counts_of(changes.table);
  total.inserted += counts.inserted;
  total.updated += counts.updated;
  total.deleted += counts.deleted;
  total.changed_by_policy += counts.changed_by_policy;
  pending_.inserted += counts.inserted;
  pending_.updated += counts.updated;
  pending_.deleted += counts.deleted;
  rows_applied_ += counts.inserted + counts.updated + counts.deleted;
  applying_.clear();
}

std::vector<std::string> TargetSession::alter(const MappedTable& table, const ddl::AlterOutcome& outcome,
                                              uint32_t event_time) {
  apply_batch();
  begin();
  std::vector<std::string> columns = apply::apply_effects(table.target, table.schema, outcome, event_time);
  applier_->reset();
  if (!outcome.effects.empty()) {
    ++pending_.ddl;
    ++counts_of(table.number).ddl;
  }
  return columns;
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
  if (on_target) applier_->truncate(table.target);
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

void TargetSession::drop_mapping(const MappedTable& table) {
  apply_batch();
  begin();
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
