// Savepoints in the binlog. A source logs every SAVEPOINT; a ROLLBACK TO it logs where it cannot cut the
// changes since then out of the transaction's log: MariaDB and MySQL 5.6 once a temporary table or a table of
// an engine without transactions was written in between. The row events since the savepoint then stand in the
// binlog and took no effect. mysql/mysql-server sql/binlog.cc, binlog_savepoint_set() and
// binlog_savepoint_rollback().
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/binlog/event_pieces.hpp"
#include "core/binlog/position.hpp"

namespace mysql_sync::binlog {

struct SavepointStatement {
  enum class Kind : uint8_t { kNone, kSet, kRollBack };
  Kind kind = Kind::kNone;
  std::string name;
};

/// kNone: it is another statement.
SavepointStatement parse_savepoint(std::string_view sql);

/// The row events of a transaction from its first SAVEPOINT on, held back until it is known which of them
/// took effect. Not thread-safe.
class HeldEvents {
 public:
  /// What a ROLLBACK TO takes back.
  struct Undone {
    uint64_t first = 0;         ///< number in the transaction of the first row event after the savepoint
    bool whole = true;          ///< nothing of it was let go before
    std::set<uint32_t> tables;  ///< those touched since the savepoint
  };

  /// From the first savepoint of a transaction on.
  bool is_holding() const { return !savepoints_.empty(); }
  /// SAVEPOINT; `row_events`: how many the transaction has had so far. One of the same name is forgotten.
  void set(std::string name, uint64_t row_events);
  /// A row event changes this table. Only while it is holding.
  void touch(uint32_t table) { savepoints_.back().tables.insert(table); }
  /// Tables touched since the first savepoint that is still there.
  std::set<uint32_t> touched() const;
  /// Keeps an event, as EventPieces does. Only while it is holding.
  void hold(std::string_view event);
  /// ROLLBACK TO: forgets what is held since. Nothing if no savepoint has the name.
  std::optional<Undone> roll_back(const std::string& name);

  /// Of the events held.
  size_t bytes() const { return events_.rest().size(); }
  /// The events held, in one piece for PieceReader. Savepoints stay, but what was let go cannot be forgotten.
  std::string let_go();
  /// The transaction is over.
  void clear();

 private:
  struct Savepoint {
    std::string name;
    uint64_t row_events = 0;  // before it
    size_t held = 0;          // bytes held before it
    bool whole = true;        // all events since are held
    std::set<uint32_t> tables;
  };
  std::vector<Savepoint>::iterator find(const std::string& name);

  EventPieces events_{SIZE_MAX};
  std::vector<Savepoint> savepoints_;  // oldest first
};

/// Row events, and statements that stand for rows, that took no effect: the transaction they are in, by the
/// position at which it begins, and their numbers in it, from 1.
class VoidRows {
 public:
  static constexpr uint64_t kLast = UINT64_MAX;  ///< to the end of the transaction

  void add(const BinlogPosition& transaction, uint64_t first, uint64_t last);
  /// Transactions that begin before this position are not read again.
  void forget_before(const BinlogPosition& position);
  /// Whether one of the ranges that were added holds all of these.
  bool contain(const BinlogPosition& transaction, uint64_t first, uint64_t last) const;

 private:
  struct Range {
    uint64_t first = 0, last = 0;
  };
  std::map<BinlogPosition, std::vector<Range>> ranges_;
};

}  // namespace mysql_sync::binlog
