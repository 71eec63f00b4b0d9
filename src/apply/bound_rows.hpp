// Rows on their way to a set-based statement: cut into chunks, converted to parameters.
#pragma once

#include "apply/set_statements.hpp"

namespace mysql_sync::apply {

/// Some changes of one phase, for one statement.
struct Chunk {
  const NetChange* const* changes;
  size_t count;
  RowSource source;
};

/// The longest chunk from `begin` on that keeps the limits of a statement in rows and bytes.
Chunk next_chunk(const std::vector<const NetChange*>& changes, size_t begin);

/// The columns of a phase, and where their cells are: in the row or in the key.
struct Phase {
  const char* verb;
  bool by_key;
  std::vector<SetParameter> parameters;
};

/// The parameters of one statement, in the memory that was current.
struct BoundRows {
  Oid* types;
  Datum* values;
  char* nulls;
};

/// Backend code: runs inside guard(). `changed` counts values that a policy replaced.
BoundRows bind_rows(const Phase& phase, const Chunk& chunk, ApplyContext* context, uint64* changed);

}  // namespace mysql_sync::apply
