#include "bgworker/stream/change_stream.hpp"

#include "bgworker/catalog/doubtful_renames.hpp"
#include "core/binlog/payload.hpp"
#include "pg/compat/worker_compat.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

ChangeStream::ChangeStream(const TaskConfig& config, const TaskProgress& progress,
                           std::vector<MappedTable> tables, source::Connection control, SourceFacts facts,
                           const binlog::VoidRows& void_rows, UnrelatedXids& unrelated)
    : config_(config),
      tables_(std::move(tables), facts.fold_case, facts.mariadb, facts.charset_of_collation),
      ghosts_({}, facts.fold_case),
      databases_(facts.fold_case),
      control_(std::move(control)),
      refresh_(control_, config.is_copy(), progress.consistent),
      target_(config, refresh_, facts.mariadb),
      prepared_(config.task, unrelated, [this](const auto& work) { target_.within(work); }),
      facts_(std::move(facts)),
      reach_(control_, tables_, facts_.rights, facts_.mariadb, progress.judged),
      transactions_(progress.applied, progress.gtids, &void_rows),
      load_end_(progress.consistent),
      consistent_(progress.consistent),
      file_(progress.applied.file),
      file_created_(progress.file_created),
      cascades_(config, tables_, target_, facts_.fold_case, cascade_stream()),
      reload_(config, facts_.connect),
      recent_(progress.applied) {
  find_reloads();
}

ErrorPlace ChangeStream::place() const {
  const std::string gtid = transactions_.gtid_text();
  // What fails while it is applied came after the last commit; what cannot be read begins at the boundary.
  if (!target_.applying().empty()) return {target_.applying(), transactions_.committed().to_string(), gtid};
  return {current_table_, transactions_.boundary().to_string(), gtid};
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
    prepared_.load(spi);
    for (GhostTable& ghost : load_ghosts(spi, config_.task)) ghosts_.add(std::move(ghost));
    databases_ = load_database_charsets(spi, config_.task, facts_.fold_case);
    doubtful_renames_ = load_doubtful_renames(spi, config_.task);
  });
  cascades_.read_keys(control_);
  look_at_source_end();
  take_requests();  // before a row of such a table fails
}

void ChangeStream::follow(source::BinlogStream& stream) {
  for (;;) {
    pg::guard([] {
      CHECK_FOR_INTERRUPTS();
      compat::reread_configuration_if_asked();
    });
    reload_between(stream);
    if (stream.ready())
      on_busy();
    else
      on_quiet();
    forget_retired();
    auto packet = stream.next();
    if (!packet.ok()) pg::guard([] { CHECK_FOR_INTERRUPTS(); });  // says better why a wait was given up
    handle_packet(pg::value_or_throw(std::move(packet)));
  }
}

void ChangeStream::handle_packet(std::string_view packet) {
  const binlog::Event event = pg::value_or_throw(decoder_.decode(packet));
  handle(event);
  if (transactions_.is_inside()) return;
  move_boundary();
  if (target_.is_full() || target_.holds_many_tables() || commits_at_boundary_) commit(false);
}

/// Rows that were read from the source are ahead of the binlog: it has to catch up with them.
void ChangeStream::widen_catch_up() {
  if (refreshes_ == refresh_.count()) return;
  refreshes_ = refresh_.count();
  if (consistent_ < refresh_.ahead_until()) consistent_ = refresh_.ahead_until();
}

/// Where catching up ends, the task's state changes.
void ChangeStream::move_boundary() {
  const bool before = load_end_ <= transactions_.boundary();
  transactions_.settle();
  if (load_end_ <= transactions_.boundary() && !before) commit(false);
}

void ChangeStream::handle(const binlog::Event& event) {
  follow(event, pg::value_or_throw(transactions_.take(event)));
}

void ChangeStream::handle_embedded(const binlog::Event& event) {
  follow(event, pg::value_or_throw(transactions_.take_embedded(event)));
}

void ChangeStream::follow(const binlog::Event& event, const binlog::TransactionStep& step) {
  using Kind = binlog::TransactionStep::Kind;
  event_bytes_ = event.bytes;
  if (step.kind == Kind::kTorn) drop_torn_transaction();
  if (!step.is_told()) std::visit([&](const auto& body) { on(event.header, body); }, event.body);
  switch (step.kind) {
    case Kind::kOther:
    case Kind::kTorn:
    case Kind::kBegin:
    case Kind::kChange:
    case Kind::kXaEnd:
      return;
    case Kind::kStatement:  // DDL commits by itself
      return transactions_.is_open() ? void() : end_transaction(event.header);
    case Kind::kLastChange:
    case Kind::kCommit:
      return end_committed(event.header);
    case Kind::kRollback:
      return end_rolled_back(event.header);
    case Kind::kSavepoint:
      return held_.set(step.name, transactions_.row_events());
    case Kind::kRollbackTo:
      return roll_back_to(step.name);
    case Kind::kXaBegin:
      return prepared_.begin(step.name, transactions_.boundary().to_string());
    case Kind::kXaPrepare:
    case Kind::kXaCommitOnePhase:
      return end_prepared(event.header, step.kind == Kind::kXaCommitOnePhase);
    case Kind::kXaCommit:
    case Kind::kXaRollback:
      return end_xa_statement(event.header, step);
  }
}

void ChangeStream::on(const Header&, const binlog::RotateEvent&) {
  if (transactions_.next().file != file_) file_created_ = 0;  // its format event will tell
  file_ = transactions_.next().file;
  // Numbers of tables keep growing on the source: those of the old file will hardly come again.
  if (transactions_.is_inside()) return;
  tables_.forget_announced();
  cascades_.keys().forget_watched();
}

/// Each file begins with one, and so does each stream, wherever in the file it begins.
void ChangeStream::on(const Header& header, const binlog::FormatDescriptionEvent& event) {
  source_version_ = event.version;
  if (event.begins_with_start) temporary_.clear();
  const bool same_file = file_created_ != 0 && transactions_.committed().file == transactions_.next().file;
  if (same_file && file_created_ != header.timestamp) {
    pg::fail(ErrorCode::kPositionLost, "the source's binlog was begun anew",
             "File " + transactions_.next().file + " is not the one that the task's position belongs to.",
             kLoadAllAgain);
  }
  file_created_ = header.timestamp;
  // Where the stream begins is stored anew at once: it shows that the worker lives, and which file it reads.
  if (policy_.commits() == 0) commit(true);
}

/// A transaction turns out to take no effect. Rows of an XA transaction have not gone anywhere yet.
void ChangeStream::check_not_applied() {
  for (const uint32_t number : held_.touched()) doubt_rollback(number);
  held_.clear();
  cascades_.clear();
  if (prepared_.is_reading()) return prepared_.discard();
  if (transaction_touches_us_)
    throw StreamEnded{VoidRowsApplied{transactions_.boundary(), 1, binlog::VoidRows::kLast}};
}

/// The source died while it wrote a transaction, left it in the file, and rolled it back when it recovered.
void ChangeStream::drop_torn_transaction() {
  check_not_applied();
  ghosts_.end_transaction(false);
  transactions_.drop();
  transaction_touches_us_ = false;
}

bool ChangeStream::is_void() const { return !lets_go_ && transactions_.is_row_event_void(); }

void ChangeStream::end_transaction(const Header& header) {
  let_all_go();
  cascades_.run();
  deleted_.clear();
  ghosts_.end_transaction(true);
  transactions_.end(header);
  if (target_.has_work()) policy_.note_change(Clock::now());
  transaction_touches_us_ = false;
  current_table_.clear();
  move_boundary();
}

void ChangeStream::end_committed(const Header& header) {
  let_all_go();
  if (prepared_.is_reading()) commit_current_xa();
  end_transaction(header);
}

void ChangeStream::end_rolled_back(const Header& header) {
  check_not_applied();
  ghosts_.end_transaction(false);
  end_transaction(header);
}

/// Strict needs a target that is a copy: one that was loaded, caught up, and gets all changes.
ApplyMode ChangeStream::mode(const MappedTable& table) const {
  const BinlogPosition& boundary = transactions_.boundary();
  const bool is_exact = config_.is_copy() && consistent_ <= boundary && table.life.is_exact(boundary);
  return is_exact ? ApplyMode::kStrict : ApplyMode::kIdempotent;
}

bool ChangeStream::selects(binlog::RowsEvent::Kind kind) const {
  switch (kind) {
    case binlog::RowsEvent::Kind::kInsert:
      return config_.operations.insert;
    case binlog::RowsEvent::Kind::kUpdate:
      return config_.operations.update;
    case binlog::RowsEvent::Kind::kDelete:
      return config_.operations.remove;
  }
  return true;
}

/// nullptr where the event does not fit what is known of the table, which is loaded again then.
binlog::RowDecoder* ChangeStream::begin_rows(MappedTable& table, const binlog::RowsEvent& event) {
  const auto decoder = tables_.decoder(event.table_id);
  const Status status = decoder.ok() ? (*decoder)->start(event) : decoder.status();
  if (status.ok()) return *decoder;
  if (status.code() != ErrorCode::kConflict) pg::check(status);
  distrust_history(table, status);
  return nullptr;
}

/// Rows follow: no position may be stored in between.
void ChangeStream::on(const Header& header, const binlog::TableMapEvent& event) {
  if (!doubtful_renames_.empty())
    prove_name({std::string(event.database), std::string(event.table)}, context_of(header));
  tables_.announce(event, announce_copy(event));
  const MappedTable* table = tables_.find(event.database, event.table);
  if (table == nullptr) cascades_.keys().announce(event, control_, facts_.charset_of_collation);
  if (table == nullptr && cascades_.keys().watched(event.table_id) == nullptr) return;
  if (held_.is_holding() && !lets_go_) return hold();
  if (prepared_.is_reading()) prepared_.keep_table_map(event_bytes_);
}

void ChangeStream::on(const Header&, const binlog::RowsEvent& event) {
  if (!lets_go_) transactions_.count_row_event();
  MappedTable* table = pg::value_or_throw(tables_.find(event.table_id));
  if (table == nullptr) look_for_hint(event);
  if (is_void()) return table == nullptr ? void() : doubt_rollback(table->number);
  if (table == nullptr) return take_watched(event);
  if (table->target.table.empty()) return count_copied(*table, event);
  if (held_.is_holding() && !lets_go_) {
    held_.touch(table->number);
    return hold();
  }
  take_rows(*table, event);
}

void ChangeStream::take_rows(MappedTable& table, const binlog::RowsEvent& event) {
  transaction_touches_us_ = true;
  current_table_ = table.schema.display_name();
  if (prepared_.is_reading()) return prepared_.keep_rows(event_bytes_);
  const bool is_selected = selects(event.kind);
  const bool cascades = !event.ignores_foreign_keys && cascades_.concerns(table.schema, event.kind);
  if (!is_selected && !cascades) return;
  cascades_.settle(event);
  if (!is_live(table) && cascades)
    cascades_.doubt_children(table.schema.database, table.schema.table, event.kind);
  if (!is_live(table)) return;
  binlog::RowDecoder* decoder = begin_rows(table, event);
  if (decoder == nullptr) return;
  binlog::RowChange change;
  const ChangePlace place{transactions_.boundary(), transactions_.next()};
  while (is_live(table) && pg::value_or_throw(decoder->next(&change))) {
    if (is_deleted_twice(table, change)) continue;
    if (is_selected && table.life.is(TableState::kReloading)) note_recent(table, change);
    if (is_selected) target_.change(table, change, mode(table), place);
    if (cascades) cascades_.note(table.schema, change);
    widen_catch_up();
    reload_outdated();
  }
  if (event.kind == binlog::RowsEvent::Kind::kUpdate) cascades_.run();
  if (event.statement_end) deleted_.clear();
}

void ChangeStream::on(const Header&, const binlog::TransactionPayloadEvent& event) {
  binlog::PayloadReader reader = pg::value_or_throw(binlog::PayloadReader::create(event));
  std::string_view inside;
  while (pg::value_or_throw(reader.next(&inside))) {
    // Their offsets count inside the payload.
    handle_embedded(pg::value_or_throw(decoder_.decode_embedded(inside)));
  }
}

void ChangeStream::on(const Header&, const binlog::IncidentEvent& event) {
  pg::fail(ErrorCode::kCorrupt, "the source's binlog has a gap (incident event)", std::string(event.message),
           kLoadAllAgain);
}

void ChangeStream::on(const Header& header, const binlog::UnknownEvent&) {
  pg::fail(ErrorCode::kUnsupported, "unknown binlog event of type " + std::to_string(header.type),
           "It may change selected tables, so it cannot be skipped.",
           "A later version of mysql_sync may know it.");
}

CommitPolicy::Work ChangeStream::work() const {
  return {target_.has_work(), !(transactions_.committed() == transactions_.boundary())};
}

/// The source has nothing more at the moment.
void ChangeStream::on_quiet() {
  if (transactions_.is_inside() || policy_.commits() == 0) return;
  verify_renames();
  if (!target_.has_work() && policy_.wants_look(Clock::now())) look_at_source_end();
  if (policy_.is_due_when_quiet(work(), Clock::now())) commit(true);
}

/// The source goes on and on. Far from its end, statements that are to come may change the names.
void ChangeStream::on_busy() {
  if (transactions_.is_inside() || !policy_.is_due(work(), Clock::now())) return;
  if (names_seen_ || source_end_ <= transactions_.boundary()) verify_renames();
  commit(false);
}

void ChangeStream::commit(bool quiet) {
  if (policy_.wants_look(Clock::now())) look_at_source_end();
  target_.apply_batch();
  widen_catch_up();
  reload_outdated();
  finish_reloads();
  const BinlogPosition& boundary = transactions_.boundary();
  const bool loaded = load_end_ <= boundary;
  const char* state = loaded && !synchronizing_ ? task_state::kSynchronizing : nullptr;
  CommitNote note;
  note.applied = boundary;
  note.gtid_set = transactions_.gtids().to_string();
  note.source_end = source_end_ < boundary ? boundary : source_end_;
  note.caught_up = quiet && is_caught_up();
  note.current_at_us = note.caught_up ? now_us() : current_at_us();
  note.consistent = consistent_;
  note.file_created = file_created_;
  note.rows_per_second = policy_.rate(target_.rows_applied(), Clock::now());
  prepared_.save();
  save_ghosts();
  target_.commit(note, state, quiet);
  synchronizing_ = synchronizing_ || loaded;
  commits_at_boundary_ = false;
  transactions_.mark_committed();
  policy_.note_commit(Clock::now());
  analyze_reloaded();
}

void ChangeStream::look_at_source_end() {
  policy_.note_look(Clock::now());
  source_end_ = pg::value_or_throw(source::read_binlog_status(control_)).position;
}

bool ChangeStream::is_caught_up() const {
  return source_end_ <= transactions_.boundary() && consistent_ <= transactions_.boundary();
}

int64_t ChangeStream::current_at_us() const {
  const uint32_t seconds = transactions_.boundary_time();
  if (seconds == 0) return now_us();
  return std::min(now_us(), int64_t{seconds} * 1000000 + facts_.clock_offset_us);
}

}  // namespace mysql_sync
