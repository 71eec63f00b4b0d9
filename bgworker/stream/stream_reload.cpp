// The part of ChangeStream that loads single tables again, between the transactions of the binlog: in turns
// with them, so that the others do not wait long.
#include "apply/enum_labels.hpp"
#include "bgworker/stream/change_stream.hpp"
#include "bgworker/load/initial_sync.hpp"
#include "bgworker/target/shared_target.hpp"
#include "bgworker/source/source_session.hpp"
#include "bgworker/target/table_indexes.hpp"
#include "pg/compat/worker_compat.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Users' requests are looked for this often.
constexpr milliseconds kRequestInterval{500};
// A table that the source does not have, or is changing, is looked for this often.
constexpr milliseconds kRetryInterval{500};
// A reload that has nothing to read yet looks again after so long.
constexpr milliseconds kPause{50};
// So long a reload waits until it can begin and read its first rows in one transaction.
constexpr seconds kPatience{5};
// On MariaDB, XA COMMIT becomes visible outside of the order that snapshots follow.
constexpr seconds kXaMargin{2};

/// A label that was added to an enum type can be used after the commit only.
bool may_add_labels(const MappedTable& table) {
  for (size_t i = 0; i < table.schema.columns.size(); ++i)
    if (table.schema.columns[i].type.kind == TypeKind::kEnum && !table.target.columns[i].empty()) return true;
  return false;
}

/// Columns go to other names, or are left out: set_table() says so.
bool has_chosen_columns(const MappedTable& table) {
  const std::vector<Column>& columns = table.schema.columns;
  return !std::equal(columns.begin(), columns.end(), table.target.columns.begin(), table.target.columns.end(),
                     [](const Column& column, const std::string& target) { return column.name == target; });
}

bool lacks_columns(const TableSchema& now, const TableSchema& known) {
  return std::any_of(known.columns.begin(), known.columns.end(),
                     [&](const Column& column) { return !now.find_column(column.name); });
}

}  // namespace

void ChangeStream::request_reload(MappedTable& table, const std::string& reason,
                                  const std::string& statement) {
  target_.apply_batch();
  const ReloadReason why{reason, statement, transactions_.next().to_string(), transactions_.gtid_text()};
  target_.within([&](pg::SpiSession& spi) { want_reload(spi, config_, table, why); });
  follow_reload(table);
}

void ChangeStream::follow_reload(MappedTable& table) {
  for (Reload& known : reloads_) {
    if (known.table != &table) continue;
    known.repeats = false;
    return;
  }
  Reload reload;
  reload.table = &table;
  reloads_.push_back(std::move(reload));
}

/// A table that has to be read again and again waits longer each time.
void ChangeStream::put_off(const MappedTable& table) {
  for (Reload& reload : reloads_)
    if (reload.table == &table) reload.not_before = std::max(reload.not_before, pauses_.next(table.number));
}

/// What is being read of the table will have to be read once more.
void ChangeStream::repeat_reload(MappedTable& table, const std::string& reason) {
  for (Reload& reload : reloads_) {
    if (reload.table != &table || std::exchange(reload.repeats, true)) continue;
    target_.within([&](pg::SpiSession& spi) { want_repeated(spi, config_.task, table.number, reason); });
  }
}

void ChangeStream::find_reloads() {
  for (MappedTable* table : tables_.all())
    if (table->life.has_reload()) follow_reload(*table);
}

/// Rows had to be read of tables that the source has with other columns by now.
void ChangeStream::reload_outdated() {
  for (const uint32_t number : target_.take_outdated()) {
    MappedTable* table = tables_.find_number(number);
    if (table != nullptr && is_live(*table))
      request_reload(*table,
                     "the source has changed its columns, and the binlog lacks some of its rows' cells", {});
  }
}

/// The rows of the event are not of the columns known: a statement was not logged (sql_log_bin = 0), or not
/// understood. The source has the columns that it logs with, so they are read anew, once.
void ChangeStream::distrust_history(MappedTable& table, const Status& misfit) {
  const auto before = misfits_.find(table.number);
  const bool again = before != misfits_.end() && same_table(before->second, table.schema);
  if (again || !reload_problem(config_).empty()) pg::check(misfit);
  misfits_[table.number] = table.schema;
  request_reload(table, misfit.message(), misfit.detail());
}

/// What resync_table() asked for, and what is to be repeated. In the open target transaction.
void ChangeStream::take_requests() {
  std::vector<ReloadRequest> requests;
  target_.within([&](pg::SpiSession& spi) { requests = take_asked_for(spi, config_.task); });
  for (const ReloadRequest& request : requests) {
    MappedTable* table = tables_.find_number(request.number);
    if (table == nullptr) continue;
    request_reload(*table, request.repeats ? *request.repeats : "resync_table() was called", {});
    if (request.repeats) put_off(*table);
  }
}

void ChangeStream::look_for_requests() {
  if (Clock::now() - requests_seen_ < kRequestInterval) return;
  requests_seen_ = Clock::now();
  bool asked = false;
  const auto look = [&](pg::SpiSession& spi) { asked = is_reload_asked_for(spi, config_.task); };
  if (target_.has_work())
    target_.within(look);
  else
    in_transaction(look);
  if (!asked) return;
  take_requests();
  commit(false);
}

/// What the stream changes in a table that is being read: see RecentKeys.
void ChangeStream::note_recent(const MappedTable& table, const binlog::RowChange& change) {
  RecentKeys::NewChange noted;
  noted.begin = transactions_.boundary();
  noted.end = transactions_.next();
  noted.whole = change.complete && config_.is_copy();
  if (facts_.mariadb && commits_xa_) noted.keep_until = Clock::now() + kXaMargin;
  if (change.before.size > 0) recent_.note(names_.of(table, change.before), noted);
  if (change.after.size > 0) recent_.note(names_.of(table, change.after), noted);
}

/// The reload that is to go on, or to begin; nullptr: none. One that is reading comes first.
ChangeStream::Reload* ChangeStream::next_reload() {
  reloads_.remove_if([](const Reload& reload) { return !reload.table->life.has_reload(); });
  Reload* found = nullptr;
  for (Reload& reload : reloads_) {
    if (reload.table->life.is(TableState::kReloading)) return &reload;
    const bool is_due = reload.table->life.is(TableState::kReloadWanted);
    if (found == nullptr && is_due && reload.not_before <= Clock::now()) found = &reload;
  }
  return found;
}

/// In turns: as long as a step of the reload has taken, the stream goes on, unless it has nothing to do.
void ChangeStream::reload_between(source::BinlogStream& stream) {
  if (transactions_.is_inside() || policy_.commits() == 0) return;
  look_for_requests();
  while (!reloads_.empty()) {
    pg::guard([] { CHECK_FOR_INTERRUPTS(); });
    const Clock::time_point begin = Clock::now();
    if (stream.ready() && begin - step_end_ < step_took_) return;
    Reload* reload = next_reload();
    if (reload == nullptr) return;
    const bool has_read = step(*reload);
    step_end_ = Clock::now();
    step_took_ = step_end_ - begin;
    if (has_read) continue;
    if (stream.ready()) return;
    on_quiet();
    pg::guard([] { compat::wait_for_latch(kPause.count()); });
  }
}

/// False where it has to wait.
bool ChangeStream::step(Reload& reload) {
  current_table_ = reload.table->schema.display_name();
  const bool has_read =
      reload.table->life.is(TableState::kReloading) ? read_some(reload) : begin_reload(reload);
  current_table_.clear();
  return has_read;
}

/// A name that a statement brought may be that of a view, or of nothing (RENAME TABLE IF EXISTS). One that
/// was loaded before is waited for: its DROP or RENAME will come. Not where it is open which table has the
/// name.
void ChangeStream::give_up_if_absent(Reload& reload) {
  MappedTable& table = *reload.table;
  const bool may_be_absent = table.is_unread() || table.may_be_absent;
  if (!may_be_absent || reload_.exists(control_, table)) return reload.absent_until.reset();
  if (!reload.absent_until)
    reload.absent_until = pg::value_or_throw(source::read_binlog_status(control_)).position;
  if (transactions_.boundary() < *reload.absent_until) return;
  if (!table.is_unread()) {
    table_dropped(table, no_statement());
    return commit(false);
  }
  note(table.schema.display_name(), "the source has no table of this name: it may be a view", no_statement());
  retire(table);
  commit(false);
}

/// True where statements are not in effect in the columns known of a table that waits for its reload.
bool ChangeStream::follows_names(const MappedTable& table) const {
  return table.life.is_outdated() && !table.is_unread() && table.life.begin() <= transactions_.boundary();
}

/// False where a column may have been renamed by a statement that is still to come: what was chosen for it
/// would be lost. What the binlog does not tell by then, it does not tell at all.
bool ChangeStream::knows_names(Reload& reload, const MappedTable& planned) const {
  const auto same = [](const Column& a, const Column& b) { return a.name == b.name; };
  const TableSchema& known = reload.table->schema;
  const bool is_at_stake = has_chosen_columns(*reload.table) || lacks_columns(planned.schema, known);
  if (!is_at_stake) return true;
  const std::vector<Column>& now = planned.schema.columns;
  const bool is_noted = reload.named_until &&
                        std::equal(now.begin(), now.end(), reload.named.begin(), reload.named.end(), same);
  if (!is_noted) {
    reload.named_until = planned.life.begin();
    reload.named = now;
  }
  return *reload.named_until <= transactions_.boundary();
}

/// A table that is not there when it is read is no error: the stream tells what became of it, even where
/// another one just like it has its name by now. Where it has told all, it is one.
void ChangeStream::await_news(Reload& reload, const Status& status) {
  const bool is_told = reload.gone_until && *reload.gone_until <= transactions_.boundary();
  if (status.code() != ErrorCode::kNotFound || is_told) throw pg::StatusError(status);
  if (!reload.gone_until)
    reload.gone_until = pg::value_or_throw(source::read_binlog_status(control_)).position;
}

std::optional<MappedTable> ChangeStream::plan_reload(Reload& reload) {
  try {
    return reload_.plan(control_, *reload.table, transactions_.boundary());
  } catch (const pg::StatusError& error) {
    await_news(reload, error.status());
  }
  return std::nullopt;
}

/// False where the table is not there any more.
bool ChangeStream::find_labels(Reload& reload, MappedTable* planned) {
  try {
    find_error_values(control_, planned);
    return true;
  } catch (const pg::StatusError& error) {
    await_news(reload, error.status());
  }
  return false;
}

/// What comes before the reload's beginning is in what it reads: it reads nothing before all of that is
/// visible.
bool ChangeStream::begin_reload(Reload& reload) {
  MappedTable& table = *reload.table;
  auto planned = plan_reload(reload);
  reload.not_before = Clock::now() + kRetryInterval;
  if (!planned) {
    give_up_if_absent(reload);
    return false;
  }
  if (table.is_unread() && leave_out(table, *planned)) return true;
  if (!knows_names(reload, *planned)) return false;
  if (!reload.since) reload.since = Clock::now();
  const BinlogPosition visible = reload_.visible();
  const bool can_read = planned->life.begin() <= visible;
  if (!can_read && Clock::now() - *reload.since < kPatience) return false;
  if (!find_labels(reload, &*planned)) return false;
  if (config_.operations.alter && !target_.has_work())
    apply::add_labels_ahead(planned->target, planned->target.columns, planned->schema);
  check_alone(*planned);
  target_.fit(table, *planned);
  target_.within([&](pg::SpiSession& spi) { mysql_sync::begin_reload(spi, config_.task, *planned); });
  table = *planned;
  reload.since.reset();
  reload.named_until.reset();
  tables_.forget_decoders();
  recent_.go_blind(table.life.begin());
  if (can_read && !may_add_labels(table)) return read_some(reload);
  commit(false);
  return true;
}

/// Emptying the target must not take rows of others.
void ChangeStream::check_alone(const MappedTable& table) {
  target_.begin();
  if (sharing_tables(config_.task, table.number, table.target).empty()) return;
  pg::fail(ErrorCode::kUnsupported,
           table.schema.display_name() + " cannot be loaded again: other source tables go to its target", {},
           "Load the tables that share it by a new task with existing_tables set to 'append'.");
}

bool ChangeStream::read_some(Reload& reload) {
  MappedTable& table = *reload.table;
  const BinlogPosition visible = reload_.visible();
  if (!recent_.suffices_for(visible)) {
    if (target_.has_work()) commit(false);
    return false;
  }
  recent_.forget(visible);
  target_.apply_batch();
  std::string rest;
  target_.within([&](pg::SpiSession& spi) { rest = rest_of_reload(spi, config_.task, table.number); });
  const auto read = read_unless_changed(reload, rest);
  if (!read)
    request_reload(table, "the source changed it while its rows were read", {});
  else
    note_step(table, *read);
  commit(false);
  return true;
}

/// Nothing where the source has the table no more as it was: names may have changed hands. Where rows could
/// not be written, the target transaction has ended.
std::optional<ReloadStep> ChangeStream::read_unless_changed(Reload& reload, const std::string& rest) {
  const MappedTable& table = *reload.table;
  uint64_t changed_by_policy = 0;
  bool is_writing = false;
  const auto write = [&](const TableChanges& rows) {
    is_writing = true;
    changed_by_policy += load_rows(table, rows);
    is_writing = false;
  };
  try {
    ReloadStep read = reload_.read(table, rest, write);
    read.changed_by_policy = changed_by_policy;
    if (!keeps_columns(control_, table.schema, Labels::kSame)) return std::nullopt;
    reload.gone_until.reset();
    return read;
  } catch (const pg::StatusError& error) {
    const bool keeps = keeps_columns(control_, table.schema, Labels::kSame);
    if (is_writing && keeps) throw;
    if (is_writing) throw SourceIsAhead{table.number, one_line(pg::describe_current_exception())};
    if (keeps) await_news(reload, error.status());
  } catch (const pg::PgError& error) {
    if (is_transient(error.report()) || keeps_columns(control_, table.schema, Labels::kSame)) throw;
    throw SourceIsAhead{table.number, one_line(error.report())};
  }
  return std::nullopt;
}

void ChangeStream::note_step(MappedTable& table, const ReloadStep& read) {
  if (read.done)
    pg::check(table.life.end_reload(pg::value_or_throw(source::read_binlog_status(control_)).position));
  target_.within([&](pg::SpiSession& spi) {
    save_step(spi, config_.task, table.number, read);
    if (read.done) save_life(spi, config_.task, table);
  });
  if (read.done) take_requests();
}

/// Rows as they were read, but for those that the stream has changed and the reading may not have seen.
uint64_t ChangeStream::load_rows(const MappedTable& table, const TableChanges& rows) {
  if (recent_.empty()) return target_.load(table, rows);
  TableChanges newest;
  newest.table = rows.table;
  std::vector<NetChange> unknown;
  for (const NetChange& row : rows.inserts) {
    const RecentKeys::Change change = recent_.find(names_.of(table, row.row));
    if (change == RecentKeys::Change::kNone) newest.inserts.push_back(row);
    if (change == RecentKeys::Change::kPartial) unknown.push_back(row);
  }
  const uint64_t changed = newest.inserts.empty() ? 0 : target_.load(table, newest);
  return unknown.empty() ? changed : changed + load_unknown(table, unknown);
}

/// A table that has changed meanwhile is found out when the step ends.
uint64_t ChangeStream::load_unknown(const MappedTable& table, const std::vector<NetChange>& keys) {
  std::optional<TableChanges> rows = refresh_.read(table, keys);
  if (!rows) return 0;
  rows->inserts = std::exchange(rows->updates, {});  // whatever `operations` say of changes
  const uint64_t changed = target_.load(table, *rows);
  widen_catch_up();
  return changed;
}

/// Reloads that have caught up at the boundary, in the transaction that reaches it.
void ChangeStream::finish_reloads() {
  for (const Reload& reload : reloads_) {
    MappedTable& table = *reload.table;
    if (!table.life.is(TableState::kCatchingUp) || !table.life.is_exact(transactions_.boundary())) continue;
    pg::check(table.life.happen(TableEvent::kCaughtUp));
    target_.within([&](pg::SpiSession& spi) {
      save_life(spi, config_.task, table);
      follow_indexes(config_, control_, table);
    });
    not_analyzed_.push_back(&table);
  }
}

/// Not inside a transaction.
void ChangeStream::analyze_reloaded() {
  for (const MappedTable* table : std::exchange(not_analyzed_, {})) analyze_target(config_, *table);
}

}  // namespace mysql_sync
