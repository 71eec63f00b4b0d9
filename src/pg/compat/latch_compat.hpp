// Waiting for the process latch or a socket, on every server.
#pragma once

#include "pg/compat/postgres_headers.hpp"

extern "C" {
#include "storage/proc.h"
#if PG_VERSION_NUM >= 140000
#include "utils/wait_event.h"
#elif PG_VERSION_NUM >= 100000
#include "pgstat.h"
#endif
}

namespace mysql_sync::pg::compat {

#if PG_VERSION_NUM >= 90500
inline Latch* process_latch() { return MyLatch; }
#else
inline volatile Latch* process_latch() { return &MyProc->procLatch; }
#endif

inline int wait_latch_or_socket(int events, int socket, long timeout_ms) {
#if PG_VERSION_NUM >= 100000
  return WaitLatchOrSocket(process_latch(), events, socket, timeout_ms, PG_WAIT_EXTENSION);
#else
  return WaitLatchOrSocket(process_latch(), events, socket, timeout_ms);
#endif
}

}  // namespace mysql_sync::pg::compat
