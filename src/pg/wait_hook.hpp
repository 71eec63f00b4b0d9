// Waiting for a socket such that a cancel, a termination or the end of the server ends the wait.
#pragma once

#include <csignal>

namespace mysql_sync::pg {

/// Waits until `fd` is readable (or writable), at most `timeout_ms` (-1: for ever). Returns 1 ready, 0 timed
/// out, -1 give up: an interrupt is pending, which CHECK_FOR_INTERRUPTS() will then raise, or give_up_waiting
/// is set. Never throws and never leaves by longjmp. Fits source::WaitHook.
int wait_for_socket(int fd, bool for_read, int timeout_ms) noexcept;

/// Set by a worker's signal handler (which also sets the latch): every wait of this process ends.
extern volatile std::sig_atomic_t give_up_waiting;

}  // namespace mysql_sync::pg
