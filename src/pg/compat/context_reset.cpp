#include "pg/compat/context_reset.hpp"

extern "C" {
#include "utils/resowner.h"
}

namespace mysql_sync::pg::compat {

struct ResetAction {
  void (*action)(void*);
  void* argument;
#if PG_VERSION_NUM >= 90500
  MemoryContextCallback callback;
#else
  ResourceOwner owner;
  ResetAction* next;
#endif
};

namespace {

void run_once(ResetAction* action) {
  auto* const call = action->action;
  action->action = nullptr;
  if (call != nullptr) call(action->argument);
}

}  // namespace

void disarm(ResetAction* action) { action->action = nullptr; }

#if PG_VERSION_NUM >= 90500

// The action is allocated in the context it waits for: it goes right after it was called.
ResetAction* on_context_reset(MemoryContext context, void (*action)(void*), void* argument) {
  auto* result = static_cast<ResetAction*>(MemoryContextAllocZero(context, sizeof(ResetAction)));
  result->action = action;
  result->argument = argument;
  result->callback.func = [](void* self) { run_once(static_cast<ResetAction*>(self)); };
  result->callback.arg = result;
  MemoryContextRegisterResetCallback(context, &result->callback);
  return result;
}

#else

namespace {

ResetAction* first_action = nullptr;

/// Takes the actions of an owner out of the list before it runs them.
void on_owner_release(ResourceReleasePhase phase, bool, bool is_top_level, void*) {
  if (phase != RESOURCE_RELEASE_AFTER_LOCKS) return;
  ResetAction** link = &first_action;
  while (*link != nullptr) {
    ResetAction* action = *link;
    if (action->owner != CurrentResourceOwner && !is_top_level) {
      link = &action->next;
      continue;
    }
    *link = action->next;
    run_once(action);
    pfree(action);
  }
}

}  // namespace

ResetAction* on_context_reset(MemoryContext, void (*action)(void*), void* argument) {
  static bool registered = false;
  if (!registered) RegisterResourceReleaseCallback(on_owner_release, nullptr);
  registered = true;
  auto* result = static_cast<ResetAction*>(MemoryContextAllocZero(TopMemoryContext, sizeof(ResetAction)));
  result->action = action;
  result->argument = argument;
  result->owner = CurrentResourceOwner;
  result->next = first_action;
  first_action = result;
  return result;
}

#endif

}  // namespace mysql_sync::pg::compat
