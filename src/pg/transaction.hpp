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

 private:
  bool open_ = false;
};

}  // namespace mysql_sync::pg
