// Why a stream ends by itself. The target transaction that was open is undone then, and another stream can
// begin from what is committed once the reason is dealt with.
#pragma once

#include <string>
#include <variant>

#include "bgworker/target/target_session.hpp"
#include "core/binlog/position.hpp"

namespace mysql_sync {

/// Row events were applied that the source logged and took back: all of a transaction, or those since a
/// savepoint. The next stream has to be told to pass them over; see binlog::VoidRows.
struct VoidRowsApplied {
  BinlogPosition transaction;  ///< begins here
  uint64_t first = 0, last = 0;
};

/// An XA transaction commits that the stream has not seen being prepared. What is before it is committed. Its
/// prepare has to be looked up, see prepared_lookup.hpp.
struct UnknownPrepared {
  std::string xid;
  BinlogPosition commit;
};

using StreamEnd = std::variant<VoidRowsApplied, UnknownPrepared, SourceIsAhead>;

/// Carries the reason from where it is found to ChangeStream::run(), which returns it.
struct StreamEnded {
  StreamEnd end;
};

}  // namespace mysql_sync
