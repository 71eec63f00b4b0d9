// Work that only looks, and gives back the locks it took.
#pragma once

#include "pg/guard.hpp"

namespace mysql_sync::pg {

/// A subtransaction that is always rolled back: nothing of it stays, its locks included. Needs a transaction.
class Trial {
 public:
  Trial();
  ~Trial();
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

 private:
  MemoryContext caller_;
  ResourceOwner owner_;
};

}  // namespace mysql_sync::pg
