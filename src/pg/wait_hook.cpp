#include "pg/wait_hook.hpp"

#include "pg/compat/latch_compat.hpp"
#include "pg/guard.hpp"

#include <poll.h>

#include <chrono>

namespace mysql_sync::pg {

namespace {

using Clock = std::chrono::steady_clock;

/// Asking the kernel once is much cheaper than setting up a wait for latch and socket, and mostly enough.
bool is_ready(int fd, bool for_read) {
  struct pollfd asked = {};
  asked.fd = fd;
  asked.events = for_read ? POLLIN : POLLOUT;
  return poll(&asked, 1, 0) > 0;
}

/// Interrupts other than a cancel (of a barrier, say) are served here, so that nobody waits for us. One that
/// raises an error becomes a cancel: the error cannot pass through the client library.
bool must_give_up() {
  if (!InterruptPending) return false;
  if (QueryCancelPending || ProcDiePending) return true;
  try {
    guard([] { CHECK_FOR_INTERRUPTS(); });
  } catch (...) {
    QueryCancelPending = true;
    InterruptPending = true;
    return true;
  }
  return false;
}

long remaining_ms(Clock::time_point begin, int timeout_ms) {
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
  return std::max<long>(0, timeout_ms - static_cast<long>(passed));
}

int wait_once(int fd, bool for_read, long timeout_ms) {
  const int events = WL_LATCH_SET | WL_POSTMASTER_DEATH |
                     (for_read ? WL_SOCKET_READABLE : WL_SOCKET_WRITEABLE) |
                     (timeout_ms >= 0 ? WL_TIMEOUT : 0);
  return guard([&] {
    const int happened = compat::wait_latch_or_socket(events, fd, timeout_ms);
    if ((happened & WL_LATCH_SET) != 0) ResetLatch(compat::process_latch());
    return happened;
  });
}

int wait_until_ready(int fd, bool for_read, int timeout_ms) {
  const Clock::time_point begin = Clock::now();
  for (;;) {
    if (must_give_up()) return -1;
    const long left = timeout_ms < 0 ? -1 : remaining_ms(begin, timeout_ms);
    const int happened = wait_once(fd, for_read, left);
    if ((happened & WL_POSTMASTER_DEATH) != 0 || must_give_up()) return -1;
    if ((happened & (WL_SOCKET_READABLE | WL_SOCKET_WRITEABLE)) != 0) return 1;
    if ((happened & WL_TIMEOUT) != 0) return 0;
  }
}

}  // namespace

int wait_for_socket(int fd, bool for_read, int timeout_ms) noexcept {
  try {
    if (is_ready(fd, for_read)) return 1;
    return wait_until_ready(fd, for_read, timeout_ms);
  } catch (...) {  // no more descriptors or memory for the wait
    return -1;
  }
}

}  // namespace mysql_sync::pg
