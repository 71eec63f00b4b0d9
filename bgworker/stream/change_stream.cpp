#include "bgworker/stream/change_stream.hpp"

#include "bgworker/catalog/doubtful_renames.hpp"
#include "core/binlog/payload.hpp"
#include "pg/compat/worker_compat.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

ChangeStream::ChangeStream(const TaskConfig& config, const TaskProgress& progress,
                           std::vector<MappedTable> tables, source::Connection control, SourceFacts facts,
                           const binlog::VoidRows& void_rows, UnrelatedXids& unrelated)
    : state_(config, progress, std::move(tables), std::move(control), std::move(facts), void_rows, unrelated),
      file_(progress.applied.file),
      reloads_(state_),
      held_(state_, reloads_, [this](binlog::PieceReader events) { apply_events(events); }),
      foreign_keys_(state_, reloads_),
      times_(state_.control),
      task_tables_(state_, reloads_),
      new_tables_(state_, reloads_, task_tables_, times_),
      alters_(state_, reloads_, times_),
      migrations_(state_, reloads_, task_tables_, new_tables_, times_, alters_),
      moves_(state_, reloads_, task_tables_, new_tables_, migrations_),
      doubtful_(state_, task_tables_, moves_),
      row_statements_(state_, reloads_, held_, migrations_, progress.judged),
      rows_(state_, reloads_, held_, foreign_keys_, migrations_, doubtful_),
      reader_(state_, task_tables_, migrations_),
      statements_(state_, {reloads_, task_tables_, new_tables_, alters_, migrations_, doubtful_, moves_,
                           row_statements_, foreign_keys_, reader_}),
      reload_runner_(state_, reloads_, task_tables_, new_tables_),
      committer_(state_, reloads_, reload_runner_, migrations_, progress) {
  state_.commit = [this] { committer_.commit(false); };
}

ErrorPlace ChangeStream::place() const {
  const std::string gtid = state_.transactions.gtid_text();
  // What fails while it is applied came after the last commit; what cannot be read begins at the boundary.
  if (!state_.target.applying().empty())
    return {state_.target.applying(), state_.transactions.committed().to_string(), gtid};
  return {state_.current_table, state_.transactions.boundary().to_string(), gtid};
}

StreamEnd ChangeStream::run(source::BinlogStream stream) {
  try {
    begin();
    follow(stream);
  } catch (StreamEnded& ended) {
    return std::move(ended.end);
  } catch (SourceIsAhead& ahead) {
    return std::move(ahead);
  }
}

void ChangeStream::begin() {
  in_transaction([&](pg::SpiSession& spi) {
    state_.prepared.load(spi);
    for (GhostTable& ghost : load_ghosts(spi, state_.config.task)) state_.ghosts.add(std::move(ghost));
    state_.databases = load_database_charsets(spi, state_.config.task, state_.facts.names);
    doubtful_.load(spi);
  });
  foreign_keys_.cascades().read_keys(state_.control);
  committer_.look_at_source_end();
  reloads_.take_requests();  // before a row of such a table fails
}

void ChangeStream::follow(source::BinlogStream& stream) {
  for (;;) {
    pg::guard([] {
      CHECK_FOR_INTERRUPTS();
      compat::reread_configuration_if_asked();
    });
    if (!state_.transactions.is_inside() && committer_.commits() > 0)
      reload_runner_.run_between(stream, [this] { on_quiet(); });
    if (stream.ready())
      on_busy();
    else
      on_quiet();
    task_tables_.forget_retired();
    auto packet = stream.next();
    if (!packet.ok()) pg::guard([] { CHECK_FOR_INTERRUPTS(); });  // says better why a wait was given up
    handle_packet(pg::value_or_throw(std::move(packet)));
  }
}

void ChangeStream::follow(const binlog::Event& event, const binlog::TransactionStep& step) {
  using Kind = binlog::TransactionStep::Kind;
  state_.event_bytes = event.bytes;
  if (step.kind == Kind::kTorn) drop_torn_transaction();
  if (!step.is_told()) take(event);
  switch (step.kind) {
    case Kind::kOther:
    case Kind::kTorn:
    case Kind::kBegin:
    case Kind::kChange:
    case Kind::kXaEnd:
      return;
    case Kind::kStatement:  // DDL commits by itself
      return state_.transactions.is_open() ? void() : end_transaction(event.header);
    case Kind::kLastChange:
    case Kind::kCommit:
      return end_committed(event.header);
    case Kind::kRollback:
      return end_rolled_back(event.header);
    case Kind::kSavepoint:
      return held_.set(step.name);
    case Kind::kRollbackTo:
      return held_.roll_back_to(step.name);
    case Kind::kXaBegin:
      return state_.prepared.begin(step.name, state_.transactions.boundary().to_string());
    case Kind::kXaPrepare:
    case Kind::kXaCommitOnePhase:
      return end_prepared(event.header, step.kind == Kind::kXaCommitOnePhase);
    case Kind::kXaCommit:
    case Kind::kXaRollback:
      return end_xa_statement(event.header, step);
  }
}

void ChangeStream::handle_packet(std::string_view packet) {
  const binlog::Event event = pg::value_or_throw(decoder_.decode(packet));
  follow(event, pg::value_or_throw(state_.transactions.take(event)));
  if (state_.transactions.is_inside()) return;
  committer_.move_boundary();
  const TargetSession& target = state_.target;
  if (target.is_full() || target.holds_many_tables() || state_.commits_at_boundary) committer_.commit(false);
}

/// The source has nothing more at the moment.
void ChangeStream::on_quiet() {
  if (state_.transactions.is_inside() || committer_.commits() == 0) return;
  doubtful_.verify();
  if (!state_.target.has_work()) committer_.look_now_and_then();
  if (committer_.is_due_when_quiet()) committer_.commit(true);
}

/// The source goes on and on. Far from its end, statements that are to come may change the names.
void ChangeStream::on_busy() {
  if (state_.transactions.is_inside() || !committer_.is_due()) return;
  if (doubtful_.has_seen_names() || committer_.source_end() <= state_.transactions.boundary())
    doubtful_.verify();
  committer_.commit(false);
}

void ChangeStream::handle_embedded(std::string_view bytes) {
  const binlog::Event event = pg::value_or_throw(decoder_.decode_embedded(bytes));
  follow(event, pg::value_or_throw(state_.transactions.take_embedded(event)));
}

/// Events that mean more than a step of a transaction.
void ChangeStream::take(const binlog::Event& event) {
  if (const auto* rows = std::get_if<binlog::RowsEvent>(&event.body)) return rows_.route(*rows);
  if (const auto* map = std::get_if<binlog::TableMapEvent>(&event.body))
    return rows_.announce(*map, event.header);
  if (const auto* query = std::get_if<binlog::QueryEvent>(&event.body))
    return statements_.carry(event.header, *query);
  if (const auto* payload = std::get_if<binlog::TransactionPayloadEvent>(&event.body))
    return unpack(*payload);
  if (std::holds_alternative<binlog::RotateEvent>(event.body)) return begin_file();
  if (const auto* format = std::get_if<binlog::FormatDescriptionEvent>(&event.body))
    return check_file(event.header, *format);
  if (const auto* incident = std::get_if<binlog::IncidentEvent>(&event.body))
    pg::fail(ErrorCode::kCorrupt, "the source's binlog has a gap (incident event)",
             std::string(incident->message), kLoadAllAgain);
  if (std::holds_alternative<binlog::UnknownEvent>(event.body))
    pg::fail(ErrorCode::kUnsupported, "unknown binlog event of type " + std::to_string(event.header.type),
             "It may change selected tables, so it cannot be skipped.",
             "A later version of mysql_sync may know it.");
}

void ChangeStream::begin_file() {
  const std::string& file = state_.transactions.next().file;
  if (file != file_) committer_.note_file(0);  // its format event will tell
  file_ = file;
  // Numbers of tables keep growing on the source: those of the old file will hardly come again.
  if (state_.transactions.is_inside()) return;
  state_.tables.forget_announced();
  foreign_keys_.cascades().keys().forget_watched();
}

/// Each file begins with one, and so does each stream, wherever in the file it begins.
void ChangeStream::check_file(const Header& header, const binlog::FormatDescriptionEvent& event) {
  state_.source_version = event.version;
  if (event.begins_with_start) state_.temporary.clear();
  const uint32_t known = committer_.file_created();
  const bool same_file =
      known != 0 && state_.transactions.committed().file == state_.transactions.next().file;
  if (same_file && known != header.timestamp) {
    pg::fail(
        ErrorCode::kPositionLost, "the source's binlog was begun anew",
        "File " + state_.transactions.next().file + " is not the one that the task's position belongs to.",
        kLoadAllAgain);
  }
  committer_.note_file(header.timestamp);
  // Where the stream begins is stored anew at once: it shows that the worker lives, and which file it reads.
  if (committer_.commits() == 0) committer_.commit(true);
}

void ChangeStream::unpack(const binlog::TransactionPayloadEvent& event) {
  binlog::PayloadReader reader = pg::value_or_throw(binlog::PayloadReader::create(event));
  std::string_view inside;
  while (pg::value_or_throw(reader.next(&inside))) handle_embedded(inside);
}

/// A transaction turns out to take no effect. Rows of an XA transaction have not gone anywhere yet.
void ChangeStream::check_not_applied() {
  held_.drop_all();
  foreign_keys_.cascades().clear();
  if (state_.prepared.is_reading()) return state_.prepared.discard();
  if (state_.touches_us)
    throw StreamEnded{VoidRowsApplied{state_.transactions.boundary(), 1, binlog::VoidRows::kLast}};
}

/// The source died while it wrote a transaction, left it in the file, and rolled it back when it recovered.
void ChangeStream::drop_torn_transaction() {
  check_not_applied();
  state_.ghosts.end_transaction(false);
  state_.transactions.drop();
  state_.touches_us = false;
}

void ChangeStream::end_transaction(const Header& header) {
  held_.let_all_go();
  foreign_keys_.cascades().run();
  rows_.end_transaction();
  state_.ghosts.end_transaction(true);
  state_.transactions.end(header);
  committer_.note_transaction();
  state_.touches_us = false;
  state_.current_table.clear();
  committer_.move_boundary();
}

void ChangeStream::end_committed(const Header& header) {
  held_.let_all_go();
  if (state_.prepared.is_reading()) commit_prepared(state_.prepared.prepare());
  end_transaction(header);
}

void ChangeStream::end_rolled_back(const Header& header) {
  check_not_applied();
  state_.ghosts.end_transaction(false);
  end_transaction(header);
}

void ChangeStream::end_prepared(const Header& header, bool one_phase) {
  held_.let_all_go();
  if (!state_.prepared.is_reading()) {
    if (state_.touches_us)
      pg::fail(ErrorCode::kCorrupt, "an XA transaction without a beginning in the binlog");
    return end_transaction(header);
  }
  if (one_phase)
    commit_prepared(state_.prepared.prepare());
  else
    state_.prepared.prepare();
  end_transaction(header);
}

void ChangeStream::end_xa_statement(const Header& header, const binlog::TransactionStep& step) {
  if (step.kind == binlog::TransactionStep::Kind::kXaCommit)
    commit_prepared(step.name);
  else
    state_.prepared.forget(step.name);
  end_transaction(header);
}

void ChangeStream::apply_events(binlog::PieceReader events) {
  std::string_view bytes;
  state_.transactions.open();  // a statement among them does not end it
  while (pg::value_or_throw(events.next(&bytes))) handle_embedded(bytes);
}

/// The rows come to their place in the order of the binlog: where they become visible. From the prepare to
/// here the source has them locked.
void ChangeStream::commit_prepared(const std::string& xid) {
  if (state_.prepared.is_kept(xid)) {
    state_.commits_xa = true;
    apply_events(state_.prepared.read(xid));
    state_.commits_xa = false;
  } else if (!state_.prepared.is_unrelated(xid)) {
    if (state_.target.has_work()) state_.commit();
    throw StreamEnded{UnknownPrepared{xid, state_.transactions.boundary()}};
  }
  state_.prepared.forget(xid);
}

}  // namespace mysql_sync
