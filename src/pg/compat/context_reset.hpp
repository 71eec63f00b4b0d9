// C++ objects that live as long as a memory context: destroyed when a query ends, however it ends.
#pragma once

#include "pg/compat/postgres_headers.hpp"

namespace mysql_sync::pg::compat {

/// Calls action(argument) when `context` is reset or deleted; on Greenplum 6, whose contexts cannot tell,
/// when the current resource owner (of the portal or transaction) is released. The action must not raise
/// errors. Runs inside guard() or a backend callback. Returns what disarm() takes.
struct ResetAction;
ResetAction* on_context_reset(MemoryContext context, void (*action)(void*), void* argument);

/// The action will not be called any more.
void disarm(ResetAction* action);

}  // namespace mysql_sync::pg::compat
