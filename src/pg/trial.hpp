// Work that only looks, and gives back the locks it took; or that may fail, and leaves nothing of itself
// then.
#pragma once

#include "pg/guard.hpp"

namespace mysql_sync::pg {

/// A subtransaction that is rolled back, its locks included, unless it is kept. Needs a transaction.
class Trial {
 public:
  Trial();
  ~Trial();
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  /// What was done becomes part of the transaction. Nothing may follow in the trial.
  void keep();

 private:
  void leave();

  bool open_ = true;
  MemoryContext caller_;
  ResourceOwner owner_;
};

}  // namespace mysql_sync::pg
