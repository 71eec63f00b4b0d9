// XA transactions between their prepare and their end.
//
// The source logs the rows of an XA transaction where it is prepared, and later, as a transaction of its own,
// whether it was committed. Until then the events that change selected tables are kept: in memory, and from
// the next commit of the target on in mysql_sync.prepared_transaction. So one that is soon committed never
// gets there, and what the committed position has passed is never lost. At the end they are read back, or
// forgotten.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/binlog/event_pieces.hpp"
#include "pg/spi.hpp"

namespace mysql_sync {

/// Xids of prepared transactions that changed no selected table. It outlives streams and is never stored: an
/// xid that is not in it is looked up in the binlog.
class UnrelatedXids {
 public:
  void add(const std::string& xid);
  void remove(const std::string& xid) { xids_.erase(xid); }
  bool contains(const std::string& xid) const { return xids_.count(xid) > 0; }

 private:
  std::unordered_set<std::string> xids_;
};

/// Xids are texts, see binlog::XaId. Not thread-safe. After a rollback of the target's transaction it
/// is only good for destruction.
class PreparedTransactions {
 public:
  /// Runs something in the target transaction that is open, or begins one.
  using WithinTransaction = std::function<void(const std::function<void(pg::SpiSession&)>&)>;

  PreparedTransactions(std::string task, UnrelatedXids& unrelated, WithinTransaction within);

  /// Reads which transactions are stored.
  void load(pg::SpiSession& spi);

  /// An XA transaction begins in the binlog, at `position`.
  void begin(std::string xid, std::string position);
  /// Whether one has begun, and has not ended by one of the two below.
  bool is_reading() const { return reading_.has_value(); }
  /// Keeps events of selected tables; see Event::bytes. Table maps alone are not worth keeping.
  void keep_table_map(std::string_view event) { keep(event); }
  void keep_rows(std::string_view event);
  /// It is prepared, and kept from here on, or known to be unrelated. Returns its xid.
  std::string prepare();
  /// It took no effect.
  void discard();

  /// Whether the transaction is kept.
  bool is_kept(const std::string& xid) const { return kept_.count(xid) > 0; }
  /// Whether it is known to have changed nothing that concerns us.
  bool is_unrelated(const std::string& xid) const { return unrelated_.contains(xid); }
  /// The events of one that is kept. Valid until forget().
  binlog::PieceReader read(const std::string& xid);
  /// It was committed or rolled back.
  void forget(const std::string& xid);

  /// Stores what is only in memory. Before each commit of the target.
  void save();

 private:
  struct Transaction {
    std::string position;
    int pieces = 0;    // in the catalog
    std::string rest;  // what follows them
  };
  void keep(std::string_view event);
  void store(const std::string& xid, Transaction& transaction, const std::string& piece);
  void remove_pieces(const std::string& xid, const Transaction& transaction);

  std::string task_;
  UnrelatedXids& unrelated_;
  WithinTransaction within_;
  std::map<std::string, Transaction> kept_;
  size_t unsaved_bytes_ = 0;

  std::optional<std::string> reading_;  // the xid of the one being read
  Transaction current_;
  binlog::EventPieces events_;
  bool has_rows_ = false;
};

}  // namespace mysql_sync
