#include "pg/compat/shared_memory.hpp"

extern "C" {
#include "storage/lwlock.h"
#include "storage/shmem.h"
}

namespace mysql_sync::compat {

namespace {

// What the hooks are about, and those that were set before: PostgreSQL chains hooks like this.
struct Reservation {
  const char* name;
  Size size;
  void (*initialize)(void*);
  void** place;
} reservation;
shmem_startup_hook_type previous_startup_hook = nullptr;

void startup() {
  if (previous_startup_hook != nullptr) previous_startup_hook();
  bool found = false;
  LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
  *reservation.place = ShmemInitStruct(reservation.name, reservation.size, &found);
  if (!found) reservation.initialize(*reservation.place);
  LWLockRelease(AddinShmemInitLock);
}

#if PG_VERSION_NUM >= 150000
shmem_request_hook_type previous_request_hook = nullptr;

void request() {
  if (previous_request_hook != nullptr) previous_request_hook();
  RequestAddinShmemSpace(reservation.size);
}
#endif

}  // namespace

void reserve_shared_memory(const char* name, Size size, void (*initialize)(void*), void** place) {
  reservation = {name, MAXALIGN(size), initialize, place};
#if PG_VERSION_NUM >= 150000
  previous_request_hook = shmem_request_hook;
  shmem_request_hook = request;
#else
  RequestAddinShmemSpace(reservation.size);
#endif
  previous_startup_hook = shmem_startup_hook;
  shmem_startup_hook = startup;
}

}  // namespace mysql_sync::compat
