// A source may be a replica itself: what it receives is in its binlog only where it is told to log that.
#pragma once

#include <string>

#include "source/connection.hpp"

namespace mysql_sync::source {

struct ReplicaLogging {
  enum class Kind {
    kComplete,  ///< it logs what it receives, or receives nothing
    kLacking,   ///< it receives changes and does not log them
    kUnknown    ///< it would not log them, and the account may not see whether it receives any
  };
  Kind kind = Kind::kComplete;
  std::string detail;
};
Result<ReplicaLogging> read_replica_logging(Connection& connection);

/// What to do about kLacking, and about kUnknown.
constexpr const char* kHintReplicaLogging =
    "Set log_slave_updates (MySQL 8.0.26 and later: log_replica_updates) on the source and restart it, or take its "
    "primary as the source. If it is no replica any more: RESET SLAVE ALL there (RESET REPLICA ALL).";
constexpr const char* kHintReplicaStatus =
    "Grant the account REPLICATION CLIENT, on MariaDB from 10.5 on SLAVE MONITOR.";

}  // namespace mysql_sync::source
