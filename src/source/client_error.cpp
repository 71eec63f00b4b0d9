#include "source/client_error.hpp"

#include <algorithm>
#include <iterator>

namespace mysql_sync::source {
namespace {

struct KnownError {
  unsigned number;
  ErrorCode code;
  const char* hint;
};

constexpr const char* kHintLogin =
    "Check username and password of the user mapping, and the hosts this account may connect from.";
constexpr const char* kHintPlugin =
    "Give the account an authentication method that the client library knows: mysql_native_password or "
    "caching_sha2_password.";
constexpr const char* kHintUnreachable =
    "Check host and port of the server, that the source is up, and firewalls between.";
constexpr const char* kHintBusy =
    "Raise max_connections or max_user_connections on the source, or use fewer workers.";
constexpr const char* kHintLost =
    "The source was stopped, the session was killed there, or the network broke.";
constexpr const char* kHintTls =
    "Check ssl_mode, ssl_ca, ssl_cert and ssl_key of the server, and the certificate of the source.";
constexpr const char* kHintRights =
    "The account needs SELECT on the tables, REPLICATION SLAVE and REPLICATION CLIENT (MariaDB: BINLOG "
    "MONITOR).";
constexpr const char* kHintLimit = "Raise the time limit for statements of this account on the source.";

/// Sorted by number. What is not here is kSource from the server and kConnection from the client library.
constexpr KnownError kKnownErrors[] = {
    {1040, ErrorCode::kConnection, kHintBusy},       // too many connections
    {1042, ErrorCode::kConnection, ""},              // cannot get the client's host name
    {1043, ErrorCode::kConnection, ""},              // bad handshake
    {1044, ErrorCode::kPermission, kHintRights},     // access denied to a database
    {1045, ErrorCode::kAuthentication, kHintLogin},  // access denied
    {1049, ErrorCode::kNotFound, ""},                // unknown database
    {1051, ErrorCode::kNotFound, ""},                // unknown table
    {1053, ErrorCode::kConnection, kHintLost},       // shutdown in progress
    {1054, ErrorCode::kNotFound, ""},                // unknown column
    {1077, ErrorCode::kConnection, kHintLost},       // normal shutdown
    {1079, ErrorCode::kConnection, kHintLost},       // shutdown complete
    {1080, ErrorCode::kConnection, kHintLost},       // forcing close of a thread
    {1109, ErrorCode::kNotFound, ""},                // unknown table in a clause
    {1129, ErrorCode::kAuthentication, "Run FLUSH HOSTS on the source."},  // host is blocked
    {1130, ErrorCode::kAuthentication, kHintLogin},                        // host may not connect
    {1142, ErrorCode::kPermission, kHintRights},                           // command denied on a table
    {1143, ErrorCode::kPermission, kHintRights},                           // command denied on a column
    {1146, ErrorCode::kNotFound, ""},                                      // no such table
    {1152, ErrorCode::kConnection, kHintLost},                             // aborted connection
    {1158, ErrorCode::kConnection, kHintLost},                             // network read error
    {1159, ErrorCode::kConnection, kHintLost},                             // network read timeout
    {1160, ErrorCode::kConnection, kHintLost},                             // network write error
    {1161, ErrorCode::kConnection, kHintLost},                             // network write timeout
    {1184, ErrorCode::kConnection, kHintLost},                             // aborted new connection
    {1203, ErrorCode::kConnection, kHintBusy},                             // too many connections of a user
    {1205, ErrorCode::kLocked, ""},                                        // lock wait timeout
    {1213, ErrorCode::kLocked, ""},                                        // deadlock
    {1226, ErrorCode::kConnection, kHintBusy},                             // resource limit of a user
    {1227, ErrorCode::kPermission, kHintRights},                           // a privilege is needed
    {1251, ErrorCode::kAuthentication, kHintPlugin},  // client does not support the protocol asked for
    {1317, ErrorCode::kConnection, "The statement was killed on the source."},
    {1370, ErrorCode::kPermission, kHintRights},      // command denied on a routine
    {1524, ErrorCode::kAuthentication, kHintPlugin},  // plugin not loaded on the server
    {1698, ErrorCode::kAuthentication, kHintLogin},   // access denied, no password
    {1820, ErrorCode::kAuthentication, "Set a new password for the account on the source."},
    {1862, ErrorCode::kAuthentication, "Set a new password for the account on the source."},
    {1873, ErrorCode::kAuthentication, kHintLogin},    // access denied trying to change user
    {1927, ErrorCode::kConnection, kHintLost},         // MariaDB: connection was killed
    {1969, ErrorCode::kSource, kHintLimit},            // MariaDB: max_statement_time exceeded
    {2002, ErrorCode::kConnection, kHintUnreachable},  // cannot connect
    {2003, ErrorCode::kConnection, kHintUnreachable},  // cannot connect
    {2004, ErrorCode::kConnection, ""},                // cannot create a socket
    {2005, ErrorCode::kConnection,
     "Check the host option of the server, and name resolution on this machine."},
    {2006, ErrorCode::kConnection, kHintLost},  // server has gone away
    {2007, ErrorCode::kUnsupported, "The source is too old for the client library."},
    {2008, ErrorCode::kInternal, ""},           // out of memory
    {2012, ErrorCode::kConnection, kHintLost},  // error in the server handshake
    {2013, ErrorCode::kConnection, kHintLost},  // lost connection
    {2014, ErrorCode::kInternal, ""},           // commands out of sync
    {2020, ErrorCode::kSource, "A row or event is larger than the client library can take (1 GB)."},
    {2026, ErrorCode::kConnection, kHintTls},
    {2027, ErrorCode::kCorrupt, ""},                  // malformed packet
    {2047, ErrorCode::kUnsupported, ""},              // unknown protocol
    {2049, ErrorCode::kAuthentication, kHintPlugin},  // authentication from before 4.1
    {2054, ErrorCode::kAuthentication, kHintPlugin},  // server asks for an unknown method
    {2055, ErrorCode::kConnection, kHintLost},        // lost connection, extended text
    {2058, ErrorCode::kAuthentication, kHintPlugin},  // plugin cannot be initialised
    {2059, ErrorCode::kAuthentication, kHintPlugin},  // plugin cannot be loaded
    {2061, ErrorCode::kAuthentication, kHintPlugin},  // plugin reported an error
    {3024, ErrorCode::kSource, kHintLimit},           // max_execution_time exceeded
    {3118, ErrorCode::kAuthentication, "The account is locked on the source."},
    {3168, ErrorCode::kConnection, kHintLost},  // server is not available
    {3169, ErrorCode::kConnection, kHintLost},  // session was killed
    {4031, ErrorCode::kConnection, kHintLost},  // disconnected for inactivity
    {4151, ErrorCode::kAuthentication, "The account is locked on the source."},  // MariaDB
};

bool is_client_side(unsigned number) {
  return (number >= 2000 && number < 3000) || (number >= 5000 && number < 6000);
}

/// On one line, without the last period; a NUL cannot be in it.
std::string tidy(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < ' '; }, ' ');
  while (!line.empty() && (line.back() == '.' || line.back() == ' ')) line.pop_back();
  return line.empty() ? "unknown error" : line;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// These numbers stand for everything that can end a dump; only the text tells what it was.
bool ends_dump(unsigned number) { return number == 1236 || number == 4052; }

Status dump_error(std::string_view text, std::string message) {
  if (contains(text, "same server_uuid/server_id") || contains(text, "same server_id"))
    return Status(ErrorCode::kSource, std::move(message), {},
                  "Another replica or task uses the same server_id on this source: give each its own (option "
                  "server_id of the server).");
  if (contains(text, "Binary log is not open"))
    return Status(ErrorCode::kSource, std::move(message), {},
                  "Switch on log_bin on the source and restart it.");
  if (contains(text, "server_id was not set") || contains(text, "server id was not set"))
    return Status(ErrorCode::kSource, std::move(message), {}, "Set a server_id other than 0 on the source.");
  return Status(ErrorCode::kPositionLost, std::move(message), {},
                "The source no longer has this binlog position: it was purged or reset, or this is another "
                "server. Call mysql_sync.reset_task(), then start_task(): all tables are loaded again.");
}

}  // namespace

Status client_error(unsigned number, std::string_view text) {
  std::string message = tidy(text) + " (MySQL error " + std::to_string(number) + ")";
  if (ends_dump(number)) return dump_error(text, std::move(message));
  const auto* known =
      std::lower_bound(std::begin(kKnownErrors), std::end(kKnownErrors), number,
                       [](const KnownError& entry, unsigned wanted) { return entry.number < wanted; });
  if (known != std::end(kKnownErrors) && known->number == number)
    return Status(known->code, std::move(message), {}, known->hint);
  return Status(is_client_side(number) ? ErrorCode::kConnection : ErrorCode::kSource, std::move(message));
}

}  // namespace mysql_sync::source
