// Where a reader of the binlog is: in which transaction, at which positions, and what each event means to the
// transaction it is in. Knows all dialects:
//
//   MySQL           [GTID] BEGIN, rows, XID or COMMIT; [GTID] DDL; [GTID] XA START, rows, XA END, XA PREPARE
//   MariaDB         GTID (takes the place of BEGIN, or is "standalone" before DDL), rows, XID or COMMIT
//   before GTIDs    the same without them; rows of engines without transactions with nothing around them
//   compressed      GTID, one payload event that holds all from BEGIN to XID
//
// A GTID belongs to what follows it, so a reader can begin again at boundary() only: after the last complete
// transaction. An event is given to take() first, then handled, and where it ends the transaction its user
// says so by end(): until then messages can tell which transaction it was.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/status.hpp"
#include "core/binlog/event.hpp"
#include "core/binlog/gtid.hpp"
#include "core/binlog/position.hpp"
#include "core/binlog/savepoints.hpp"

namespace mysql_sync::binlog {

/// What an event means to the transaction that it is in.
struct TransactionStep {
  enum class Kind : uint8_t {
    kOther,             ///< nothing
    kTorn,              ///< the source died in the midst of the transaction before, which took no effect
    kBegin,             ///< BEGIN
    kChange,            ///< a table map, or rows
    kLastChange,        ///< rows that no commit follows: with them the transaction ends
    kStatement,         ///< a statement, which may end the transaction: see TransactionTracker::is_open()
    kSavepoint,         ///< SAVEPOINT `name`
    kRollbackTo,        ///< ROLLBACK TO `name`
    kCommit,            ///< ends the transaction
    kRollback,          ///< likewise, and it took no effect
    kXaBegin,           ///< XA transaction `name` begins: MySQL cannot say yet whether it will be prepared
    kXaEnd,             ///< XA END, behind its last row
    kXaPrepare,         ///< ends it: XA COMMIT or XA ROLLBACK will tell whether it takes effect
    kXaCommitOnePhase,  ///< ends it, and it takes effect
    kXaCommit,          ///< a transaction of its own: the one prepared as `name` takes effect
    kXaRollback         ///< likewise: it takes none
  };
  Kind kind = Kind::kOther;
  std::string name;  ///< of a savepoint; of an XA transaction: XaId::to_string()

  /// The step says all that the event does.
  bool is_told() const { return kind == Kind::kBegin || kind >= Kind::kSavepoint; }
};

/// Not thread-safe.
class TransactionTracker {
 public:
  /// Begins at `start`, a boundary, up to which `gtids` were executed. `void_rows` may be null and must
  /// outlive the tracker.
  explicit TransactionTracker(BinlogPosition start, GtidSet gtids = {}, const VoidRows* void_rows = nullptr);

  /// The next event of the binlog. kCorrupt if it names an XA transaction in a form that no server logs.
  Result<TransactionStep> take(const Event& event);
  /// An event that stands inside another one, or that was kept and is read again. Positions stay.
  Result<TransactionStep> take_embedded(const Event& event);

  /// What was taken last ends the transaction.
  void end(const EventHeader& header);
  /// The transaction was torn: it ends, and its GTID is none of those executed.
  void drop();
  /// All events up to the last one were handled. Outside of a transaction the boundary is there.
  void settle();
  /// A transaction is open though no BEGIN was logged: only a commit or a rollback ends it.
  void open() { state_ = State::kOpen; }

  /// False if the next event begins a transaction.
  bool is_inside() const { return state_ != State::kOutside; }
  /// True if a statement does not end the transaction.
  bool is_open() const { return state_ == State::kOpen; }

  /// After the event that was taken last.
  const BinlogPosition& next() const { return next_; }
  /// After the last complete transaction.
  const BinlogPosition& boundary() const { return boundary_; }
  /// The boundary when mark_committed() was called last; at first where the tracker began.
  const BinlogPosition& committed() const { return committed_; }
  /// The target has all before the boundary.
  void mark_committed() { committed_ = boundary_; }

  /// Of the transaction being read.
  const std::optional<Gtid>& gtid() const { return gtid_; }
  /// The same as text; empty: none.
  std::string gtid_text() const { return gtid_ ? gtid_->to_string() : std::string(); }
  /// All up to the boundary.
  const GtidSet& gtids() const { return gtids_; }
  /// When the last complete transaction was executed: seconds since 1970 by the source's clock; 0: unknown.
  uint32_t boundary_time() const { return boundary_time_; }

  /// A row event, or a statement that stands for rows, of the transaction being read.
  void count_row_event() { ++row_events_; }
  /// How many have been counted.
  uint64_t row_events() const { return row_events_; }
  /// Whether all from the `first` to the one counted last took no effect.
  bool are_void_from(uint64_t first) const { return is_void(first, row_events_); }
  /// Whether the one counted last took no effect.
  bool is_row_event_void() const { return is_void(row_events_, row_events_); }
  /// Whether the whole transaction is known to take no effect.
  bool is_transaction_void() const { return is_void(1, VoidRows::kLast); }
  /// The statement of this GTID takes no effect: MariaDB logs some ALTER TABLE twice, when they start and
  /// when they are done.
  bool is_statement_void() const { return statement_is_void_; }

 private:
  /// Rows may come without an announcement: MySQL 5.6 logs those of the first statement on a MEMORY table
  /// after a restart so, older ones all of engines without transactions.
  enum class State : uint8_t {
    kOutside,
    kAnnounced,  // by a GTID: a statement or rows follow, and end it
    kStatement,  // rows without BEGIN: the end of their statement ends it
    kOpen        // by BEGIN or what takes its place
  };
  void advance(const EventHeader& header);
  void follow_file(const Event& event);
  TransactionStep begin(const GtidEvent& event);
  TransactionStep change(bool statement_end);
  bool is_void(uint64_t first, uint64_t last) const;

  BinlogPosition next_, boundary_, committed_;
  GtidSet gtids_;
  const VoidRows* void_rows_;
  State state_ = State::kOutside;
  std::optional<Gtid> gtid_;
  uint64_t row_events_ = 0;
  bool statement_is_void_ = false;
  uint32_t boundary_time_ = 0;
};

}  // namespace mysql_sync::binlog
