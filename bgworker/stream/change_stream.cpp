#include "bgworker/stream/change_stream.hpp"

#include <cctype>

#include "bgworker/catalog/doubtful_renames.hpp"
#include "core/binlog/payload.hpp"
#include "pg/compat/worker_compat.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A change waits this long at most while the source keeps sending.
constexpr milliseconds kMaxWait{500};
// Positions of transactions that change nothing here are stored this often.
constexpr milliseconds kPositionInterval{200};
// The row of the task is touched this often on an idle source, to show that the worker lives.
constexpr seconds kIdleInterval{2};
constexpr milliseconds kLookInterval{1000};

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && (std::isspace(static_cast<unsigned char>(text.back())) || text.back() == ';'))
    text.remove_suffix(1);
  return text;
}

bool starts_with(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i)
    if (std::toupper(static_cast<unsigned char>(text[i])) != word[i]) return false;
  return true;
}

bool is_word(std::string_view text, std::string_view word) {
  return text.size() == word.size() && starts_with(text, word);
}

int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

ChangeStream::ChangeStream(const TaskConfig& config, const TaskProgress& progress,
                           std::vector<MappedTable> tables, source::Connection control, StreamContext context,
                           const binlog::VoidRows& void_rows, UnrelatedXids& unrelated)
    : config_(config),
      tables_(std::move(tables), context.fold_case, context.mariadb, context.charset_of_collation),
      ghosts_({}, context.fold_case),
      databases_(context.fold_case),
      control_(std::move(control)),
      refresh_(control_, config.is_copy(), progress.consistent),
      target_(config, refresh_, context.mariadb),
      prepared_(config.task, unrelated, [this](const auto& work) { target_.within(work); }),
      context_(std::move(context)),
      reach_(control_, tables_, context_.rights, context_.mariadb, progress.judged),
      next_(progress.applied),
      boundary_(progress.applied),
      committed_(progress.applied),
      load_end_(progress.consistent),
      consistent_(progress.consistent),
      gtids_(progress.gtids),
      file_created_(progress.file_created),
      void_rows_(void_rows),
      cascades_(config, tables_, target_, context_.fold_case, cascade_stream()),
      reload_(config, context_.connect),
      recent_(progress.applied) {
  find_reloads();
}

ErrorPlace ChangeStream::place() const {
  const std::string gtid = gtid_ ? gtid_->to_string() : "";
  // What fails while it is applied came after the last commit; what cannot be read begins at the boundary.
  if (!target_.applying().empty()) return {target_.applying(), committed_.to_string(), gtid};
  return {current_table_, boundary_.to_string(), gtid};
}

void ChangeStream::run(source::BinlogStream stream) {
  in_transaction([&](pg::SpiSession& spi) {
    prepared_.load(spi);
    for (GhostTable& ghost : load_ghosts(spi, config_.task)) ghosts_.add(std::move(ghost));
    databases_ = load_database_charsets(spi, config_.task, context_.fold_case);
    doubtful_renames_ = load_doubtful_renames(spi, config_.task);
  });
  cascades_.read_keys(control_);
  look_at_source_end();
  take_requests();  // before a row of such a table fails
  for (;;) {
    pg::guard([] {
      CHECK_FOR_INTERRUPTS();
      compat::reread_configuration_if_asked();
    });
    reload_between(stream);
    if (!stream.ready())
      on_quiet();
    else if (commit_is_due())
      on_due();
    forget_retired();
    auto packet = stream.next();
    if (!packet.ok()) pg::guard([] { CHECK_FOR_INTERRUPTS(); });  // says better why a wait was given up
    handle_packet(pg::value_or_throw(std::move(packet)));
  }
}

void ChangeStream::handle_packet(std::string_view packet) {
  const binlog::Event event = pg::value_or_throw(decoder_.decode(packet));
  advance(event.header);
  handle(event);
  if (transaction_ != Transaction::kNone) return;
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
  const bool before = load_end_ <= boundary_;
  boundary_ = next_;
  if (load_end_ <= boundary_ && !before) commit(false);
}

void ChangeStream::handle(const binlog::Event& event) {
  event_bytes_ = event.bytes;
  std::visit([&](const auto& body) { on(event.header, body); }, event.body);
}

/// The header has 32 bits of an offset; files grow beyond that in large transactions. Events a source makes
/// up when a stream begins may carry offsets that lie behind: those say nothing.
void ChangeStream::advance(const Header& header) {
  if (header.next_offset == 0 || (header.flags & Header::kArtificial) != 0) return;
  next_.advance(header.next_offset);
}

void ChangeStream::on(const Header&, const binlog::RotateEvent& event) {
  if (event.file != next_.file) file_created_ = 0;  // its format event will tell
  next_ = {event.file, event.offset};
  // Numbers of tables keep growing on the source: those of the old file will hardly come again.
  if (transaction_ != Transaction::kNone) return;
  tables_.forget_announced();
  cascades_.keys().forget_watched();
}

/// Each file begins with one, and so does each stream, wherever in the file it begins.
void ChangeStream::on(const Header& header, const binlog::FormatDescriptionEvent& event) {
  source_version_ = event.version;
  if (event.begins_with_start) temporary_.clear();
  if (transaction_ != Transaction::kNone) drop_torn_transaction();
  const bool same_file = file_created_ != 0 && committed_.file == next_.file;
  if (same_file && file_created_ != header.timestamp) {
    pg::fail(ErrorCode::kPositionLost, "the source's binlog was begun anew",
             "File " + next_.file + " is not the one that the task's position belongs to.", kLoadAllAgain);
  }
  file_created_ = header.timestamp;
  // Where the stream begins is stored anew at once: it shows that the worker lives, and which file it reads.
  if (commits_ == 0) commit(true);
}

/// A transaction turns out to take no effect. Rows of an XA transaction have not gone anywhere yet.
void ChangeStream::check_not_applied() {
  for (const uint32_t number : held_.touched()) doubt_rollback(number);
  held_.clear();
  cascades_.clear();
  if (prepared_.is_reading()) return prepared_.discard();
  if (transaction_touches_us_) throw LoggedInVain{boundary_, 1, binlog::VoidRows::kLast};
}

/// The source died while it wrote a transaction, left it in the file, and rolled it back when it recovered.
void ChangeStream::drop_torn_transaction() {
  check_not_applied();
  ghosts_.end_transaction(false);
  transaction_ = Transaction::kNone;
  transaction_touches_us_ = false;
  row_events_ = 0;
  gtid_.reset();
}

bool ChangeStream::is_void() const {
  return !lets_go_ && void_rows_.contain(boundary_, row_events_, row_events_);
}

void ChangeStream::on(const Header&, const binlog::GtidEvent& event) {
  gtid_ = event.gtid;
  // MariaDB may log an ALTER twice: when it starts and when it is done. It takes effect at the latter.
  using Phase = binlog::GtidEvent::AlterPhase;
  statement_is_void_ = event.alter_phase == Phase::kStart || event.alter_phase == Phase::kRollback;
  // MariaDB's GTID event takes the place of BEGIN; MySQL's is followed by one, or by DDL.
  const bool opens = event.gtid && event.gtid->mariadb && !event.standalone;
  transaction_ = opens ? Transaction::kOpen : Transaction::kAnnounced;
  if (event.prepares_xa) begin_xa(*event.prepares_xa);
}

void ChangeStream::end_transaction(const Header& header) {
  let_all_go();
  cascades_.run();
  deleted_.clear();
  row_events_ = 0;
  ghosts_.end_transaction(true);
  transaction_ = Transaction::kNone;
  if (gtid_) gtids_.add(*gtid_);
  gtid_.reset();
  statement_is_void_ = false;
  boundary_time_ = header.timestamp;
  if (target_.has_work() && oldest_uncommitted_ == Clock::time_point()) oldest_uncommitted_ = Clock::now();
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
  const bool is_exact = config_.is_copy() && consistent_ <= boundary_ && table.is_exact(boundary_);
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
  if (transaction_ != Transaction::kOpen) transaction_ = Transaction::kStatement;
  if (!doubtful_renames_.empty())
    prove_name(header, {std::string(event.database), std::string(event.table)}, {});
  tables_.announce(event, announce_copy(event));
  const MappedTable* table = tables_.find(event.database, event.table);
  if (table == nullptr) cascades_.keys().announce(event, control_, context_.charset_of_collation);
  if (table == nullptr && cascades_.keys().watched(event.table_id) == nullptr) return;
  if (held_.is_holding() && !lets_go_) return hold();
  if (prepared_.is_reading()) prepared_.keep_table_map(event_bytes_);
}

void ChangeStream::on(const Header& header, const binlog::RowsEvent& event) {
  if (transaction_ != Transaction::kOpen) transaction_ = Transaction::kStatement;
  route_rows(event);
  if (transaction_ == Transaction::kStatement && event.statement_end && !lets_go_) end_committed(header);
}

void ChangeStream::route_rows(const binlog::RowsEvent& event) {
  if (!lets_go_) ++row_events_;
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
  const ChangePlace place{boundary_, next_};
  while (is_live(table) && pg::value_or_throw(decoder->next(&change))) {
    if (is_deleted_twice(table, change)) continue;
    if (is_selected && table.is_being_read()) note_recent(table, change);
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
    const binlog::Event inner = pg::value_or_throw(decoder_.decode_embedded(inside));
    handle(inner);  // their offsets count inside the payload: next_ stays
  }
}

void ChangeStream::on(const Header&, const binlog::HeartbeatEvent& event) {
  if (transaction_ != Transaction::kNone || event.file != next_.file || event.offset < next_.offset) return;
  next_.offset = event.offset;
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

void ChangeStream::on(const Header& header, const binlog::QueryEvent& event) {
  const std::string_view sql = trim(event.sql);
  if (is_word(sql, "BEGIN")) {
    transaction_ = Transaction::kOpen;
    return;
  }
  if (is_word(sql, "COMMIT")) return end_committed(header);
  if (is_word(sql, "ROLLBACK")) return end_rolled_back(header);
  if (on_savepoint_statement(sql)) return;
  if (on_xa_statement(header, sql)) return;
  on_statement(header, event);
}

void ChangeStream::on_quiet() {
  if (transaction_ != Transaction::kNone || commits_ == 0) return;
  verify_renames();
  const Clock::time_point now = Clock::now();
  if (target_.has_work()) return commit(true);
  if (now - last_look_ > kLookInterval) look_at_source_end();
  const bool moved = !(committed_ == boundary_);
  if ((moved && now - last_commit_ > kPositionInterval) || now - last_commit_ > kIdleInterval) commit(true);
}

/// The source goes on and on. Far from its end, statements that are to come may change the names.
void ChangeStream::on_due() {
  if (names_seen_ || source_end_ <= boundary_) verify_renames();
  commit(false);
}

bool ChangeStream::commit_is_due() const {
  if (transaction_ != Transaction::kNone || commits_ == 0) return false;
  const Clock::time_point now = Clock::now();
  if (oldest_uncommitted_ != Clock::time_point() && now - oldest_uncommitted_ > kMaxWait) return true;
  return !(committed_ == boundary_) && now - last_commit_ > kLookInterval;
}

void ChangeStream::commit(bool quiet) {
  if (Clock::now() - last_look_ > kLookInterval) look_at_source_end();
  target_.apply_batch();
  widen_catch_up();
  reload_outdated();
  finish_reloads();
  const bool loaded = load_end_ <= boundary_;
  const char* state = loaded && !synchronizing_ ? task_state::kSynchronizing : nullptr;
  CommitNote note;
  note.applied = boundary_;
  note.gtid_set = gtids_.to_string();
  note.source_end = source_end_ < boundary_ ? boundary_ : source_end_;
  note.caught_up = quiet && is_caught_up();
  note.current_at_us = note.caught_up ? now_us() : current_at_us();
  note.consistent = consistent_;
  note.file_created = file_created_;
  note.rows_per_second = measure_rate();
  prepared_.save();
  save_ghosts();
  target_.commit(note, state, quiet);
  synchronizing_ = synchronizing_ || loaded;
  commits_at_boundary_ = false;
  ++commits_;
  committed_ = boundary_;
  last_commit_ = Clock::now();
  oldest_uncommitted_ = Clock::time_point();
  analyze_reloaded();
}

void ChangeStream::look_at_source_end() {
  last_look_ = Clock::now();
  source_end_ = pg::value_or_throw(source::read_binlog_status(control_)).position;
}

bool ChangeStream::is_caught_up() const { return source_end_ <= boundary_ && consistent_ <= boundary_; }

int64_t ChangeStream::current_at_us() const {
  if (boundary_time_ == 0) return now_us();
  return std::min(now_us(), int64_t{boundary_time_} * 1000000 + context_.clock_offset_us);
}

double ChangeStream::measure_rate() {
  const double elapsed = std::chrono::duration<double>(Clock::now() - rate_since_).count();
  if (elapsed < 1.0) return rate_;
  rate_ = static_cast<double>(target_.rows_applied() - rate_rows_) / elapsed;
  rate_rows_ = target_.rows_applied();
  rate_since_ = Clock::now();
  return rate_;
}

}  // namespace mysql_sync
