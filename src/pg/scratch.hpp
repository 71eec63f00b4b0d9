// Memory for a step of something that is repeated: what the step allocates goes when it ends.
#pragma once

#include <exception>

#include "pg/guard.hpp"

namespace mysql_sync::pg {

/// Allocates in a context to the end of a scope, and empties it there. After an error what was allocated
/// stays until the context goes, as the error may be in it.
class Scratch {
 public:
  explicit Scratch(MemoryContext context) : context_(context), caller_(MemoryContextSwitchTo(context)) {}
  ~Scratch() {
    MemoryContextSwitchTo(caller_);
    if (std::uncaught_exceptions() == 0) MemoryContextReset(context_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

 private:
  MemoryContext context_, caller_;
};

/// A context of its own, which goes with the object.
class ScratchMemory {
 public:
  ScratchMemory();
  ~ScratchMemory() { MemoryContextDelete(context_); }
  ScratchMemory(const ScratchMemory&) = delete;
  ScratchMemory& operator=(const ScratchMemory&) = delete;

  MemoryContext get() const { return context_; }

 private:
  MemoryContext context_;
};

}  // namespace mysql_sync::pg
