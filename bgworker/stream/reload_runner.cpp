#include "bgworker/stream/reload_runner.hpp"

#include <algorithm>

#include "apply/enum_labels.hpp"
#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/load/initial_sync.hpp"
#include "bgworker/source/source_session.hpp"
#include "bgworker/target/shared_target.hpp"
#include "bgworker/target/table_indexes.hpp"
#include "pg/compat/worker_compat.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

using std::chrono::milliseconds;

using std::chrono::seconds;

// How often requests by resync_table() are looked for.
constexpr milliseconds kRequestInterval{500};

// How often the source is asked again for a table that it does not have, or is changing.
constexpr milliseconds kRetryInterval{500};

// The pause of a reload that has nothing to read yet.
constexpr milliseconds kPause{50};

// How long a reload waits for the moment when it can begin and read its first rows in one transaction.
constexpr seconds kPatience{5};

/// Whether labels may be added to an enum type; they can be used only after the commit.
bool may_add_labels(const MappedTable& table) {
  for (size_t i = 0; i < table.schema.columns.size(); ++i)
    if (table.schema.columns[i].type.kind == TypeKind::kEnum && !table.target.columns[i].empty()) return true;
  return false;
}

/// Whether set_table() gave columns other names or left them out.
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

void ReloadRunner::run_between(source::BinlogStream& stream, const std::function<void()>& on_quiet) {
  look_for_requests();
  while (!reloads_.empty()) {
    pg::guard([] { CHECK_FOR_INTERRUPTS(); });
    const Clock::time_point begin = Clock::now();
    if (stream.ready() && begin - step_end_ < step_took_) return;
    Reload* reload = reloads_.next();
    if (reload == nullptr) return;
    const bool has_read = step(*reload, *state_.tables.find_number(reload->number));
    step_end_ = Clock::now();
    step_took_ = step_end_ - begin;
    if (has_read) continue;
    if (stream.ready()) return;
    on_quiet();
    pg::guard([] { compat::wait_for_latch(kPause.count()); });
  }
}

void ReloadRunner::look_for_requests() {
  if (Clock::now() - requests_seen_ < kRequestInterval) return;
  requests_seen_ = Clock::now();
  bool asked = false;
  const auto look = [&](pg::SpiSession& spi) { asked = is_reload_asked_for(spi, state_.config.task); };
  if (state_.target.has_work())
    state_.target.within(look);
  else
    in_transaction(look);
  if (!asked) return;
  reloads_.take_requests();
  state_.commit();
}

/// False if it has to wait.
bool ReloadRunner::step(Reload& reload, MappedTable& table) {
  state_.current_table = table.schema.display_name();
  const bool has_read =
      table.life.is(TableState::kReloading) ? read_some(reload, table) : begin(reload, table);
  state_.current_table.clear();
  return has_read;
}

/// A name from a statement may be that of a view, or of nothing (RENAME TABLE IF EXISTS). A table that was
/// loaded before is waited for, as its DROP or RENAME will come, unless it is open which table has the name.
void ReloadRunner::give_up_if_absent(Reload& reload, MappedTable& table) {
  const bool may_be_absent = table.is_unread() || table.may_be_absent;
  if (!may_be_absent || reload_.exists(state_.control, table)) return reload.absent_until.reset();
  if (!reload.absent_until)
    reload.absent_until = pg::value_or_throw(source::read_binlog_status(state_.control)).position;
  if (state_.transactions.boundary() < *reload.absent_until) return;
  if (!table.is_unread()) {
    task_tables_.drop(table, state_.no_statement());
    return state_.commit();
  }
  state_.note(table.schema.display_name(), "the source has no table of this name: it may be a view",
              state_.no_statement());
  task_tables_.retire(table);
  state_.commit();
}

/// False if a statement that is still to come may have renamed a column: the settings for that column would
/// be lost. Once the stream has reached `named_until`, no such statement can come.
bool ReloadRunner::knows_names(Reload& reload, const MappedTable& table, const MappedTable& planned) const {
  const auto same = [](const Column& a, const Column& b) { return a.name == b.name; };
  const TableSchema& known = table.schema;
  const bool is_at_stake = has_chosen_columns(table) || lacks_columns(planned.schema, known);
  if (!is_at_stake) return true;
  const std::vector<Column>& now = planned.schema.columns;
  const bool is_noted = reload.named_until &&
                        std::equal(now.begin(), now.end(), reload.named.begin(), reload.named.end(), same);
  if (!is_noted) {
    reload.named_until = planned.life.begin();
    reload.named = now;
  }
  return *reload.named_until <= state_.transactions.boundary();
}

/// A table that is gone when it is to be read is not an error: a statement that is still to come says what
/// became of it, even if another table has its name by now. Once the stream has passed all such statements,
/// it is an error.
void ReloadRunner::await_news(Reload& reload, const Status& status) {
  const bool is_told = reload.gone_until && *reload.gone_until <= state_.transactions.boundary();
  if (status.code() != ErrorCode::kNotFound || is_told) throw pg::StatusError(status);
  if (!reload.gone_until)
    reload.gone_until = pg::value_or_throw(source::read_binlog_status(state_.control)).position;
}

std::optional<MappedTable> ReloadRunner::plan(Reload& reload, const MappedTable& table) {
  try {
    return reload_.plan(state_.control, table, state_.transactions.boundary());
  } catch (const pg::StatusError& error) {
    await_news(reload, error.status());
  }
  return std::nullopt;
}

/// False if the table is gone.
bool ReloadRunner::find_labels(Reload& reload, MappedTable* planned) {
  try {
    find_error_values(state_.control, planned);
    return true;
  } catch (const pg::StatusError& error) {
    await_news(reload, error.status());
  }
  return false;
}

/// A reload must read all changes before its beginning, so it reads nothing until these are visible.
bool ReloadRunner::begin(Reload& reload, MappedTable& table) {
  auto planned = plan(reload, table);
  reload.not_before = Clock::now() + kRetryInterval;
  if (!planned) {
    give_up_if_absent(reload, table);
    return false;
  }
  if (table.is_unread() && new_tables_.leave_out(table, *planned)) return true;
  if (!knows_names(reload, table, *planned)) return false;
  if (!reload.since) reload.since = Clock::now();
  const BinlogPosition visible = reload_.visible();
  const bool can_read = planned->life.begin() <= visible;
  if (!can_read && Clock::now() - *reload.since < kPatience) return false;
  if (!find_labels(reload, &*planned)) return false;
  if (state_.config.operations.alter && !state_.target.has_work())
    apply::add_labels_ahead(planned->target, planned->target.columns, planned->schema);
  check_alone(*planned);
  state_.target.fit(table, *planned);
  state_.target.within(
      [&](pg::SpiSession& spi) { mysql_sync::begin_reload(spi, state_.config.task, *planned); });
  table = *planned;
  reload.since.reset();
  reload.named_until.reset();
  state_.tables.forget_decoders();
  state_.recent.go_blind(table.life.begin());
  if (can_read && !may_add_labels(table)) return read_some(reload, table);
  state_.commit();
  return true;
}

/// Emptying the target must not remove rows of other tables.
void ReloadRunner::check_alone(const MappedTable& table) {
  state_.target.begin();
  if (sharing_tables(state_.config.task, table.number, table.target).empty()) return;
  pg::fail(ErrorCode::kUnsupported,
           table.schema.display_name() + " cannot be loaded again: other source tables go to its target", {},
           "Load the tables that share it by a new task with existing_tables set to 'append'.");
}

bool ReloadRunner::read_some(Reload& reload, MappedTable& table) {
  const BinlogPosition visible = reload_.visible();
  if (!state_.recent.suffices_for(visible)) {
    if (state_.target.has_work()) state_.commit();
    return false;
  }
  state_.recent.forget(visible);
  state_.target.apply_batch();
  std::string rest;
  state_.target.within(
      [&](pg::SpiSession& spi) { rest = rest_of_reload(spi, state_.config.task, table.number); });
  const auto read = read_unless_changed(reload, table, rest);
  if (!read)
    reloads_.request(table, "the source changed it while its rows were read", {});
  else
    note_step(table, *read);
  state_.commit();
  return true;
}

/// Nothing if the table on the source is no longer as it was: its name may belong to another table. If rows
/// could not be written, the target transaction has ended.
std::optional<ReloadStep> ReloadRunner::read_unless_changed(Reload& reload, const MappedTable& table,
                                                            const std::string& rest) {
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
    if (!keeps_columns(state_.control, table.schema, Labels::kSame)) return std::nullopt;
    reload.gone_until.reset();
    return read;
  } catch (const pg::StatusError& error) {
    const bool keeps = keeps_columns(state_.control, table.schema, Labels::kSame);
    if (is_writing && keeps) throw;
    if (is_writing) throw SourceIsAhead{table.number, one_line(pg::describe_current_exception())};
    if (keeps) await_news(reload, error.status());
  } catch (const pg::PgError& error) {
    if (is_transient(error.report()) || keeps_columns(state_.control, table.schema, Labels::kSame)) throw;
    throw SourceIsAhead{table.number, one_line(error.report())};
  }
  return std::nullopt;
}

void ReloadRunner::note_step(MappedTable& table, const ReloadStep& read) {
  if (read.done)
    pg::check(table.life.end_reload(pg::value_or_throw(source::read_binlog_status(state_.control)).position));
  state_.target.within([&](pg::SpiSession& spi) {
    save_step(spi, state_.config.task, table.number, read);
    if (read.done) save_life(spi, state_.config.task, table);
  });
  if (read.done) reloads_.take_requests();
}

/// Writes the rows that were read, except for those that the stream has changed and the read may have missed.
uint64_t ReloadRunner::load_rows(const MappedTable& table, const TableChanges& rows) {
  if (state_.recent.empty()) return state_.target.load(table, rows);
  TableChanges newest;
  newest.table = rows.table;
  std::vector<NetChange> unknown;
  for (const NetChange& row : rows.inserts) {
    const RecentKeys::Change change = state_.recent.find(state_.names.of(table, row.row));
    if (change == RecentKeys::Change::kNone) newest.inserts.push_back(row);
    if (change == RecentKeys::Change::kPartial) unknown.push_back(row);
  }
  const uint64_t changed = newest.inserts.empty() ? 0 : state_.target.load(table, newest);
  return unknown.empty() ? changed : changed + load_unknown(table, unknown);
}

/// Reads rows again whose last changes lack cells. If the table has changed, the end of the step finds it
/// out.
uint64_t ReloadRunner::load_unknown(const MappedTable& table, const std::vector<NetChange>& keys) {
  std::optional<TableChanges> rows = state_.refresh.read(table, keys);
  if (!rows) return 0;
  rows->inserts = std::exchange(rows->updates, {});  // whatever `operations` say of changes
  const uint64_t changed = state_.target.load(table, *rows);
  state_.widen_catch_up();
  return changed;
}

void ReloadRunner::finish() {
  for (const uint32_t number : reloads_.catching_up()) {
    MappedTable& table = *state_.tables.find_number(number);
    if (!table.life.is_exact(state_.transactions.boundary())) continue;
    pg::check(table.life.happen(TableEvent::kCaughtUp));
    state_.target.within([&](pg::SpiSession& spi) {
      save_life(spi, state_.config.task, table);
      follow_indexes(state_.config, state_.control, table);
    });
    not_analyzed_.push_back(number);
  }
}

void ReloadRunner::analyze() {
  for (const uint32_t number : std::exchange(not_analyzed_, {}))
    if (const MappedTable* table = state_.tables.find_number(number)) analyze_target(state_.config, *table);
}

}  // namespace mysql_sync
