// Waiting for a socket such that a cancel, a termination or the end of the server ends the wait.
#pragma once

namespace mysql_sync::pg {

/// Waits until `fd` is readable (or writable), at most `timeout_ms` (-1: for ever). Returns 1 ready, 0 timed
/// out, -1 give up: an interrupt is pending, which CHECK_FOR_INTERRUPTS() will then raise. Never throws and
/// never leaves by longjmp. Fits source::WaitHook.
int wait_for_socket(int fd, bool for_read, int timeout_ms) noexcept;

}  // namespace mysql_sync::pg
