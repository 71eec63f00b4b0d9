// A binlog position of which everything before can be read from the tables.
#pragma once

#include <chrono>
#include <memory>

#include "source/source_metadata.hpp"

namespace mysql_sync::source {

/// The end of the binlog, once every transaction before it is visible to readers. SHOW MASTER STATUS alone
/// will not do: a transaction is in the binlog before the engine commits it, for as long as the fsync, or a
/// semi-synchronous replica, takes. A load that read in between would miss it, and so would the stream from
/// that position.
///
/// MariaDB tells the position of a consistent snapshot. MySQL with GTIDs (5.7 and later) tells which
/// transactions are between the two: it is waited for those. Otherwise it is waited for commits that wait for
/// a semi-synchronous replica, and for two seconds more. Takes no lock. kConnection if commits hang for
/// longer than a minute.
Result<BinlogStatus> read_start_position(Connection& connection);

/// The same again and again, without waiting.
class VisibleHorizon {
 public:
  VisibleHorizon();
  ~VisibleHorizon();

  /// Looks once, some round trips. Returns the newest position known of which everything before is visible to
  /// queries that begin now; empty if none is known yet. Each call helps the next one: without GTIDs it
  /// lags two to four seconds behind, otherwise as long as commits take.
  Result<BinlogPosition> look(Connection& connection);

 private:
  struct Candidate;
  BinlogPosition visible_;
  std::unique_ptr<Candidate> candidate_;
};

}  // namespace mysql_sync::source
