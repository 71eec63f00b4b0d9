#include "pg/trial.hpp"

#include "pg/compat/spi_compat.hpp"

namespace mysql_sync::pg {

Trial::Trial() : caller_(CurrentMemoryContext), owner_(CurrentResourceOwner) {
  guard([&] {
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(caller_);
  });
}

Trial::~Trial() {
  try {
    guard([&] {
      RollbackAndReleaseCurrentSubTransaction();
      compat::restore_spi();
    });
  } catch (...) {  // a rollback that fails leaves the backend in no known state
    proc_exit(1);
  }
  MemoryContextSwitchTo(caller_);
  CurrentResourceOwner = owner_;
}

}  // namespace mysql_sync::pg
