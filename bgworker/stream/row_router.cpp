#include "bgworker/stream/row_router.hpp"

#include <cctype>

#include "apply/enum_labels.hpp"
#include "bgworker/catalog/doubtful_renames.hpp"
#include "bgworker/load/initial_sync.hpp"
#include "bgworker/source/source_session.hpp"
#include "bgworker/target/shared_target.hpp"
#include "bgworker/target/table_indexes.hpp"
#include "core/binlog/payload.hpp"
#include "pg/compat/worker_compat.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

using std::chrono::seconds;

// On MariaDB, XA COMMIT becomes visible outside of the order that snapshots follow.
constexpr seconds kXaMargin{2};

}  // namespace

/// Rows follow: no position may be stored in between.
void RowRouter::announce(const binlog::TableMapEvent& event, const binlog::EventHeader& header) {
  if (!doubtful_.empty())
    doubtful_.prove({std::string(event.database), std::string(event.table)},
                    context_of(header, state_.no_statement()));
  state_.tables.announce(event, migrations_.announce_copy(event));
  const MappedTable* table = state_.tables.find(event.database, event.table);
  if (table == nullptr) cascades_.keys().announce(event, state_.control, state_.facts.charset_of_collation);
  if (table == nullptr && cascades_.keys().watched(event.table_id) == nullptr) return;
  if (held_.holds()) return held_.hold();
  if (state_.prepared.is_reading()) state_.prepared.keep_table_map(state_.event_bytes);
}

void RowRouter::route(const binlog::RowsEvent& event) {
  if (!state_.lets_go) state_.transactions.count_row_event();
  MappedTable* table = pg::value_or_throw(state_.tables.find(event.table_id));
  if (table == nullptr) migrations_.look_for_hint(event);
  if (state_.is_void()) return table == nullptr ? void() : held_.doubt_rollback(table->number);
  if (table == nullptr) return take_watched(event);
  if (table->target.table.empty()) return migrations_.count_copied(*table, event);
  if (held_.holds()) {
    held_.touch(*table);
    return held_.hold();
  }
  take_rows(*table, event);
}

void RowRouter::take_rows(MappedTable& table, const binlog::RowsEvent& event) {
  state_.touches_us = true;
  state_.current_table = table.schema.display_name();
  if (state_.prepared.is_reading()) return state_.prepared.keep_rows(state_.event_bytes);
  const bool is_selected = selects(event.kind);
  const bool cascades = !event.ignores_foreign_keys && cascades_.concerns(table.schema, event.kind);
  if (!is_selected && !cascades) return;
  cascades_.settle(event);
  if (!state_.is_live(table) && cascades)
    cascades_.doubt_children(table.schema.database, table.schema.table, event.kind);
  if (!state_.is_live(table)) return;
  binlog::RowDecoder* decoder = begin_rows(table, event);
  if (decoder == nullptr) return;
  binlog::RowChange change;
  const ChangePlace place{state_.transactions.boundary(), state_.transactions.next()};
  while (state_.is_live(table) && pg::value_or_throw(decoder->next(&change))) {
    if (is_deleted_twice(table, change)) continue;
    if (is_selected && table.life.is(TableState::kReloading)) note_recent(table, change);
    if (is_selected) state_.target.change(table, change, state_.mode(table), place);
    if (cascades) cascades_.note(table.schema, change);
    state_.widen_catch_up();
    reloads_.request_outdated();
  }
  if (event.kind == binlog::RowsEvent::Kind::kUpdate) cascades_.run();
  if (event.statement_end) deleted_.clear();
}

/// nullptr if the event does not fit what is known of the table, which is loaded again then.
binlog::RowDecoder* RowRouter::begin_rows(MappedTable& table, const binlog::RowsEvent& event) {
  const auto decoder = state_.tables.decoder(event.table_id);
  const Status status = decoder.ok() ? (*decoder)->start(event) : decoder.status();
  if (status.ok()) return *decoder;
  if (status.code() != ErrorCode::kConflict) pg::check(status);
  reloads_.distrust_history(table, status);
  return nullptr;
}

bool RowRouter::selects(binlog::RowsEvent::Kind kind) const {
  switch (kind) {
    case binlog::RowsEvent::Kind::kInsert:
      return state_.config.operations.insert;
    case binlog::RowsEvent::Kind::kUpdate:
      return state_.config.operations.update;
    case binlog::RowsEvent::Kind::kDelete:
      return state_.config.operations.remove;
  }
  return true;
}

/// Rows of a table that is not selected: it may be the parent of one that is.
void RowRouter::take_watched(const binlog::RowsEvent& event) {
  if (cascades_.keys().watched(event.table_id) == nullptr) return;
  if (held_.holds()) return held_.hold();
  if (state_.prepared.is_reading()) return state_.prepared.keep_rows(state_.event_bytes);
  state_.touches_us = true;
  cascades_.note_watched(event);
}

/// A server that logs its cascades logs a delete twice where the statement itself deletes the row as well.
bool RowRouter::is_deleted_twice(const MappedTable& table, const binlog::RowChange& change) {
  if (!cascades_.keys().logs_cascades_of(table.schema.database, table.schema.table)) return false;
  if (change.after.size > 0) deleted_.erase(state_.names.of(table, change.after));
  return change.kind == binlog::RowsEvent::Kind::kDelete &&
         !deleted_.insert(state_.names.of(table, change.before)).second;
}

/// What the stream changes in a table that is being read: see RecentKeys.
void RowRouter::note_recent(const MappedTable& table, const binlog::RowChange& change) {
  RecentKeys::NewChange noted;
  noted.begin = state_.transactions.boundary();
  noted.end = state_.transactions.next();
  noted.whole = change.complete && state_.config.is_copy();
  if (state_.facts.mariadb && state_.commits_xa)
    noted.keep_until = std::chrono::steady_clock::now() + kXaMargin;
  if (change.before.size > 0) state_.recent.note(state_.names.of(table, change.before), noted);
  if (change.after.size > 0) state_.recent.note(state_.names.of(table, change.after), noted);
}

}  // namespace mysql_sync
