#include "bgworker/stream/prepared_lookup.hpp"

#include <algorithm>
#include <set>

#include "bgworker/stream/routed_tables.hpp"
#include "core/binlog/event_decoder.hpp"
#include "core/binlog/payload.hpp"
#include "core/binlog/savepoints.hpp"
#include "core/binlog/transaction_tracker.hpp"
#include "pg/transaction.hpp"

namespace mysql_sync {

namespace {

// So many bytes of events behind a savepoint are held back until it is known whether they are rolled back.
constexpr size_t kMaxHeld = size_t{64} << 20;

enum class Outcome { kAbsent, kPrepared, kFinished };

/// One file of the binlog, read for what became of one xid in it.
class FileScan {
 public:
  /// Events of the wanted transaction go to `prepared`. What is known of others at the end of the file goes
  /// to `others`, which may be null.
  FileScan(std::string wanted, RoutedTables& tables, const ForeignKeys& keys, PreparedTransactions& prepared,
           UnrelatedXids* others)
      : wanted_(std::move(wanted)), tables_(tables), keys_(keys), prepared_(prepared), others_(others) {}

  /// Reads `file` up to its end, or to `end` where that lies in it.
  Outcome run(source::BinlogStream stream, const std::string& file, const BinlogPosition& end) {
    transactions_ = binlog::TransactionTracker({file, 0});
    const auto is_over = [&] {
      const BinlogPosition& at = transactions_.next();
      return at.file != file || (file == end.file && at.offset >= end.offset);
    };
    while (!is_over()) {
      auto packet = stream.next();
      pg::guard([] { CHECK_FOR_INTERRUPTS(); });
      const binlog::Event event = pg::value_or_throw(decoder_.decode(pg::value_or_throw(std::move(packet))));
      follow(event, pg::value_or_throw(transactions_.take(event)));
    }
    if (prepared_.is_reading()) prepared_.discard();  // the source died while it wrote it
    if (outcome_ == Outcome::kPrepared) pg::check(obstacle_);
    return outcome_;
  }

 private:
  void handle_embedded(std::string_view bytes) {
    const binlog::Event event = pg::value_or_throw(decoder_.decode_embedded(bytes));
    follow(event, pg::value_or_throw(transactions_.take_embedded(event)));
  }

  void follow(const binlog::Event& event, const binlog::TransactionStep& step) {
    using Kind = binlog::TransactionStep::Kind;
    bytes_ = event.bytes;
    if (std::holds_alternative<binlog::GtidEvent>(event.body)) xid_.clear();
    if (!step.is_told()) return std::visit([&](const auto& body) { on(body); }, event.body);
    switch (step.kind) {
      case Kind::kSavepoint:
        return prepared_.is_reading() ? held_.set(step.name, 0) : void();
      case Kind::kRollbackTo:
        return prepared_.is_reading() ? roll_back_to(step.name) : void();
      case Kind::kXaBegin:
        return begin(step.name);
      case Kind::kXaPrepare:
      case Kind::kXaCommitOnePhase:
        return end_prepared(step.kind == Kind::kXaCommitOnePhase);
      case Kind::kXaCommit:
        return finish(step.name);
      case Kind::kXaRollback:
        // Of the wanted one it took no effect, as the source has let it be committed later: it died between
        // the log and the engine.
        return step.name != wanted_ ? finish(step.name) : void();
      default:
        return;
    }
  }

  void on(const binlog::TransactionPayloadEvent& event) {
    binlog::PayloadReader reader = pg::value_or_throw(binlog::PayloadReader::create(event));
    std::string_view inside;
    while (pg::value_or_throw(reader.next(&inside))) handle_embedded(inside);
  }
  void on(const binlog::TableMapEvent& event) {
    tables_.announce(event);
    const bool is_parent = keys_.is_parent(event.database, event.table);
    if (is_parent)
      parents_.insert(event.table_id);
    else
      parents_.erase(event.table_id);
    const bool is_ours = is_parent || tables_.find(event.database, event.table) != nullptr;
    if (!prepared_.is_reading() || !is_ours) return;
    if (holds()) return hold();
    prepared_.keep_table_map(bytes_);
  }
  void on(const binlog::RowsEvent& event) {
    if (xid_.empty()) return;
    const bool is_parent = parents_.count(event.table_id) > 0 && !event.ignores_foreign_keys;
    if (!is_parent && pg::value_or_throw(tables_.find(event.table_id)) == nullptr) return;
    touches_us_ = true;
    if (!prepared_.is_reading()) return;
    if (holds()) return hold();
    prepared_.keep_rows(bytes_);
  }
  void on(const binlog::UnknownEvent&) {
    if (prepared_.is_reading()) note_obstacle("has an event of an unknown kind", "");
  }
  template <typename Other>
  void on(const Other&) {}

  void begin(std::string xid) {
    xid_ = std::move(xid);
    touches_us_ = false;
    if (xid_ != wanted_) return;
    held_.clear();
    prepared_.begin(xid_, transactions_.next().to_string());
    obstacle_ = Status();
  }

  void end_prepared(bool one_phase) {
    if (xid_.empty()) return;
    if (one_phase)
      finish(xid_);
    else
      prepare();
    xid_.clear();
  }

  void prepare() {
    if (xid_ == wanted_) {
      let_go();
      prepared_.prepare();
      outcome_ = Outcome::kPrepared;
    } else if (others_ != nullptr && !touches_us_) {
      others_->add(xid_);
    } else if (others_ != nullptr) {
      others_->remove(xid_);
    }
  }

  void finish(const std::string& xid) {
    if (xid != wanted_) {
      if (others_ != nullptr) others_->remove(xid);
      return;
    }
    if (prepared_.is_reading()) prepared_.discard();
    prepared_.forget(xid);
    outcome_ = Outcome::kFinished;
  }

  /// Rows that were logged as a statement, which is judged where the transaction commits.
  void on(const binlog::QueryEvent& event) {
    if (xid_.empty()) return;
    ddl::SessionContext session;
    session.database = std::string(event.database);
    session.sql_mode = event.sql_mode;
    const auto parsed = ddl::parse(event.sql, session);
    if (!parsed.ok() || !std::holds_alternative<ddl::RowStatement>(*parsed)) return;
    touches_us_ = true;
    if (!prepared_.is_reading()) return;
    if (holds()) return hold();
    prepared_.keep_rows(bytes_);
  }

  /// As HeldRows does it.
  void roll_back_to(const std::string& savepoint) {
    const auto undone = held_.roll_back(savepoint);
    if (!undone || !undone->whole)
      note_obstacle("rolled back more of its changes of selected tables than can be held",
                    "To savepoint " + savepoint + ".");
  }

  bool holds() const { return held_.is_holding() && !lets_go_; }
  void hold() {
    held_.hold(bytes_);
    if (held_.bytes() > kMaxHeld) let_go();
  }
  void let_go() {
    lets_go_ = true;
    binlog::PieceReader events(held_.let_go());
    std::string_view bytes;
    while (pg::value_or_throw(events.next(&bytes))) handle_embedded(bytes);
    lets_go_ = false;
  }

  /// What keeps the transaction from being carried. It counts if no later one of the same xid is found.
  void note_obstacle(const std::string& what, std::string_view detail) {
    obstacle_ = Status(ErrorCode::kUnsupported, "XA transaction " + wanted_ + " " + what, std::string(detail),
                       kLoadAllAgain);
  }

  std::string wanted_;
  RoutedTables& tables_;
  const ForeignKeys& keys_;
  std::set<uint64_t> parents_;  // numbers of tables whose rows may cascade
  PreparedTransactions& prepared_;
  UnrelatedXids* others_;
  binlog::EventDecoder decoder_;
  binlog::TransactionTracker transactions_{BinlogPosition()};
  std::string_view bytes_;  // of the event being handled
  std::string xid_;         // of the transaction being read; empty: none of XA
  Status obstacle_;         // ok: the wanted one can be carried
  bool touches_us_ = false;
  binlog::HeldEvents held_;  // of the wanted one
  bool lets_go_ = false;
  Outcome outcome_ = Outcome::kAbsent;
};

[[noreturn]] void fail_lost(const UnknownPrepared& unknown, const std::vector<std::string>& files) {
  const std::string oldest = files.empty() ? "" : "The oldest file is " + files.front() + ". ";
  pg::fail(
      ErrorCode::kPositionLost,
      "XA transaction " + unknown.xid +
          " is committed, but where it was prepared is no longer in the source's "
          "binlog",
      oldest +
          "It was prepared before the task's first position, or while other tables were concerned, and may "
          "have changed selected tables.",
      kLoadAllAgain);
}

}  // namespace

void look_up_prepared(const std::string& task, std::vector<MappedTable> tables,
                      const UnknownPrepared& unknown, const LookupSource& source, UnrelatedXids& unrelated) {
  std::unique_ptr<pg::Transaction> transaction;
  PreparedTransactions prepared(task, unrelated, [&](const auto& work) {
    if (transaction == nullptr) transaction = std::make_unique<pg::Transaction>();
    pg::SpiSession spi;
    work(spi);
  });
  RoutedTables routed(std::move(tables), source.names, source.mariadb, {});
  auto outcome = Outcome::kAbsent;
  const auto newest = std::find(source.files.begin(), source.files.end(), unknown.commit.file);
  if (newest == source.files.end()) fail_lost(unknown, source.files);
  for (auto next = newest + 1; outcome == Outcome::kAbsent && next != source.files.begin();) {
    --next;
    // In older files what is not finished may have been so in a later one.
    FileScan scan(unknown.xid, routed, *source.foreign_keys, prepared, next == newest ? &unrelated : nullptr);
    outcome = scan.run(source.open({*next, 4}), *next, unknown.commit);
    routed.forget_announced();
  }
  if (outcome == Outcome::kAbsent) fail_lost(unknown, source.files);
  if (outcome == Outcome::kFinished) unrelated.add(unknown.xid);
  prepared.save();
  if (transaction != nullptr) transaction->commit();
}

}  // namespace mysql_sync
