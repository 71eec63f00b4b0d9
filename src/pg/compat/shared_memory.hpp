// A piece of the server's shared memory for a preloaded library.
#pragma once

#include "pg/compat/postgres_headers.hpp"

namespace mysql_sync::compat {

/// While the library is preloaded: reserves `size` bytes. `*place` points to them in every process, once the
/// server is up; `initialize` is called for them at its start, and after a crash. Once in a process.
void reserve_shared_memory(const char* name, Size size, void (*initialize)(void*), void** place);

}  // namespace mysql_sync::compat
