// A statement in the source's binlog, and what its session was like: all that carrying it depends on beside
// the statement itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mysql_sync {

struct StatementContext {
  std::string text;       ///< in UTF-8; empty if something else than a statement is the reason
  uint32_t time = 0;      ///< when it began: seconds since 1970, by the source's clock
  int64_t time_us = 0;    ///< the same in microseconds
  std::string time_zone;  ///< the session's, where the statement used it; empty: the source's global one
  uint32_t thread = 0;    ///< of the session
  uint16_t error = 0;     ///< with which it ended; rows may have been changed before
  /// The source marks what it logs of temporary tables, and all that a routine does once it has used one.
  bool may_be_of_temporary = false;
  /// Its place in the binlog, for messages: after its event, and the transaction that it is in.
  std::string position, gtid;
  /// By the statement, and by its triggers and functions; nothing: the source does not tell.
  std::optional<std::vector<std::string>> used_databases;
};

}  // namespace mysql_sync
