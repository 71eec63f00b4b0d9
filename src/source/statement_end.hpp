// Ends at the source what a session of ours still runs there. A source that computes does not look whether
// its client is gone, and a statement holds its metadata lock to the end: so it has to be told, by another
// session.
#pragma once

#include <string>

#include "core/base/status.hpp"
#include "source/connection.hpp"

namespace mysql_sync::source {

class ClientSession;

/// Which of the source's sessions one is. `server` tells servers behind one address apart: a number of one
/// means somebody else on the other.
struct SessionPlace {
  std::string thread;  ///< CONNECTION_ID(); empty if the source does not tell
  std::string server;
};
Result<SessionPlace> read_place(ClientSession& session);

/// Ends the session at `place` by a second login with the same options. At most some seconds, where no host
/// name has to be resolved (see ClientSession::remember()); where the login is refused or another server
/// answers, nothing happens.
void end_thread(const ConnectionOptions& options, const SessionPlace& place) noexcept;

/// All sessions of this process, for end_running_statements().
void add_session(ClientSession* session);
void remove_session(ClientSession* session);

}  // namespace mysql_sync::source
