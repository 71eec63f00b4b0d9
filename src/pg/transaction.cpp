#include "pg/transaction.hpp"

#include "pg/compat/worker_compat.hpp"

namespace mysql_sync::pg {

namespace {

void abort_transaction() noexcept {
  try {
    guard([] { AbortCurrentTransaction(); });
  } catch (...) {  // an abort that fails leaves the backend in no known state
    proc_exit(1);
  }
}

}  // namespace

/// Where it is begun and has no snapshot, nobody else would end it: the next one could not begin.
Transaction::Transaction() {
  try {
    guard([] {
      SetCurrentStatementStartTimestamp();
      StartTransactionCommand();
      PushActiveSnapshot(GetTransactionSnapshot());
    });
  } catch (...) {
    abort_transaction();
    throw;
  }
  open_ = true;
}

Transaction::~Transaction() {
  if (open_) abort_transaction();
}

void Transaction::commit() {
  guard([] {
    PopActiveSnapshot();
    CommitTransactionCommand();
  });
  open_ = false;
  guard([] { compat::report_statistics(); });
}

}  // namespace mysql_sync::pg
