#include "pg/transaction.hpp"

#include "pg/compat/worker_compat.hpp"

namespace mysql_sync::pg {

Transaction::Transaction() {
  guard([] {
    SetCurrentStatementStartTimestamp();
    StartTransactionCommand();
    PushActiveSnapshot(GetTransactionSnapshot());
  });
  open_ = true;
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    guard([] { AbortCurrentTransaction(); });
  } catch (...) {  // an abort that fails leaves the backend in no known state
    proc_exit(1);
  }
}

void Transaction::commit() {
  guard([] {
    PopActiveSnapshot();
    CommitTransactionCommand();
  });
  open_ = false;
  guard([] { compat::report_statistics(); });
}

void Transaction::refresh_snapshot() {
  guard([] {
    CommandCounterIncrement();
    PopActiveSnapshot();
    PushActiveSnapshot(GetTransactionSnapshot());
  });
}

}  // namespace mysql_sync::pg
