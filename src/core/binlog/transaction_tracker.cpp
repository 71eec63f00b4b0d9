#include "core/binlog/transaction_tracker.hpp"

#include <cctype>

namespace mysql_sync::binlog {

namespace {

using Kind = TransactionStep::Kind;

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && (std::isspace(static_cast<unsigned char>(text.back())) || text.back() == ';'))
    text.remove_suffix(1);
  return text;
}

bool is_word(std::string_view text, std::string_view word) {
  if (text.size() != word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i)
    if (std::toupper(static_cast<unsigned char>(text[i])) != word[i]) return false;
  return true;
}

Kind kind_of(XaStatement::Kind kind) {
  switch (kind) {
    case XaStatement::Kind::kStart:
      return Kind::kXaBegin;
    case XaStatement::Kind::kCommit:
      return Kind::kXaCommit;
    case XaStatement::Kind::kRollback:
      return Kind::kXaRollback;
    case XaStatement::Kind::kEnd:
      return Kind::kXaEnd;
    case XaStatement::Kind::kNone:
      break;
  }
  return Kind::kStatement;
}

Kind kind_of(SavepointStatement::Kind kind) {
  return kind == SavepointStatement::Kind::kSet ? Kind::kSavepoint : Kind::kRollbackTo;
}

Result<TransactionStep> read_statement(const QueryEvent& event) {
  static constexpr std::pair<std::string_view, Kind> kWords[] = {
      {"BEGIN", Kind::kBegin}, {"COMMIT", Kind::kCommit}, {"ROLLBACK", Kind::kRollback}};
  const std::string_view sql = trim(event.sql);
  for (const auto& [word, kind] : kWords)
    if (is_word(sql, word)) return TransactionStep{kind, {}};
  SavepointStatement savepoint = parse_savepoint(sql);
  if (savepoint.kind != SavepointStatement::Kind::kNone)
    return TransactionStep{kind_of(savepoint.kind), std::move(savepoint.name)};
  MYSQL_SYNC_ASSIGN_OR_RETURN(const XaStatement xa, parse_xa_statement(sql));
  const bool is_xa = xa.kind != XaStatement::Kind::kNone;
  return TransactionStep{kind_of(xa.kind), is_xa ? xa.xid.to_string() : std::string()};
}

}  // namespace

TransactionTracker::TransactionTracker(BinlogPosition start, GtidSet gtids, const VoidRows* void_rows)
    : next_(start),
      boundary_(start),
      committed_(std::move(start)),
      gtids_(std::move(gtids)),
      void_rows_(void_rows) {}

Result<TransactionStep> TransactionTracker::take(const Event& event) {
  advance(event.header);
  follow_file(event);
  return take_embedded(event);
}

/// The header has 32 bits of an offset; files grow beyond that in large transactions. Events that a source
/// makes up when a stream begins may carry offsets that lie behind: those say nothing.
void TransactionTracker::advance(const EventHeader& header) {
  if (header.next_offset == 0 || (header.flags & EventHeader::kArtificial) != 0) return;
  next_.advance(header.next_offset);
}

/// What tells a position by itself.
void TransactionTracker::follow_file(const Event& event) {
  if (const auto* rotate = std::get_if<RotateEvent>(&event.body)) next_ = {rotate->file, rotate->offset};
  const auto* heartbeat = std::get_if<HeartbeatEvent>(&event.body);
  if (heartbeat == nullptr || is_inside() || heartbeat->file != next_.file) return;
  if (heartbeat->offset > next_.offset) next_.offset = heartbeat->offset;
}

Result<TransactionStep> TransactionTracker::take_embedded(const Event& event) {
  if (const auto* gtid = std::get_if<GtidEvent>(&event.body)) return begin(*gtid);
  if (std::holds_alternative<TableMapEvent>(event.body)) return change(false);
  if (const auto* rows = std::get_if<RowsEvent>(&event.body)) return change(rows->statement_end);
  if (std::holds_alternative<XidEvent>(event.body)) return TransactionStep{Kind::kCommit, {}};
  if (const auto* prepare = std::get_if<XaPrepareEvent>(&event.body))
    return TransactionStep{prepare->one_phase ? Kind::kXaCommitOnePhase : Kind::kXaPrepare, {}};
  // Each file begins with one, and so does each stream.
  if (std::holds_alternative<FormatDescriptionEvent>(event.body) && is_inside())
    return TransactionStep{Kind::kTorn, {}};
  const auto* query = std::get_if<QueryEvent>(&event.body);
  if (query == nullptr) return TransactionStep();
  MYSQL_SYNC_ASSIGN_OR_RETURN(TransactionStep step, read_statement(*query));
  if (step.kind == Kind::kBegin || step.kind == Kind::kXaBegin) open();
  return step;
}

/// MariaDB's GTID takes the place of BEGIN; MySQL's is followed by one, or by DDL.
TransactionStep TransactionTracker::begin(const GtidEvent& event) {
  using Phase = GtidEvent::AlterPhase;
  gtid_ = event.gtid;
  statement_is_void_ = event.alter_phase == Phase::kStart || event.alter_phase == Phase::kRollback;
  const bool opens = event.gtid && event.gtid->mariadb && !event.standalone;
  state_ = opens || event.prepares_xa ? State::kOpen : State::kAnnounced;
  if (event.prepares_xa) return {Kind::kXaBegin, event.prepares_xa->to_string()};
  return {};
}

TransactionStep TransactionTracker::change(bool statement_end) {
  if (!is_open()) state_ = State::kStatement;
  return {statement_end && !is_open() ? Kind::kLastChange : Kind::kChange, {}};
}

void TransactionTracker::end(const EventHeader& header) {
  if (gtid_) gtids_.add(*gtid_);
  boundary_time_ = header.timestamp;
  drop();
}

void TransactionTracker::drop() {
  state_ = State::kOutside;
  gtid_.reset();
  statement_is_void_ = false;
  row_events_ = 0;
}

void TransactionTracker::settle() {
  if (!is_inside()) boundary_ = next_;
}

bool TransactionTracker::is_void(uint64_t first, uint64_t last) const {
  return void_rows_ != nullptr && void_rows_->contain(boundary_, first, last);
}

}  // namespace mysql_sync::binlog
