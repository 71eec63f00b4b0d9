#include "pg/trial.hpp"

#include "pg/compat/spi_compat.hpp"

namespace mysql_sync::pg {

Trial::Trial() : caller_(CurrentMemoryContext), owner_(CurrentResourceOwner) {
  guard([&] {
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(caller_);
  });
}

void Trial::keep() {
  guard([] { ReleaseCurrentSubTransaction(); });
  leave();
}

void Trial::leave() {
  open_ = false;
  MemoryContextSwitchTo(caller_);
  CurrentResourceOwner = owner_;
}

Trial::~Trial() {
  if (!open_) return;
  try {
    guard([&] {
      RollbackAndReleaseCurrentSubTransaction();
      compat::restore_spi();
    });
  } catch (...) {  // a rollback that fails leaves the backend in no known state
    proc_exit(1);
  }
  leave();
}

}  // namespace mysql_sync::pg
