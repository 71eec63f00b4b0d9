// A transaction of a background worker, with an active snapshot.
#pragma once

#include "pg/guard.hpp"

namespace mysql_sync::pg {

/// Starts on construction; aborts on destruction unless committed. Not nested, not for backends that serve a
/// client (they have a transaction already).
class Transaction {
 public:
  Transaction();
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Commits. A failed commit leaves as PgError with the transaction aborted.
  void commit();
  /// Makes what this transaction did so far, and what others committed, visible to the next statement.
  void refresh_snapshot();

 private:
  bool open_ = false;
};

}  // namespace mysql_sync::pg
