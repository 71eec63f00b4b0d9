// Connections of foreign scans, kept for the next statement: logging in costs more than a small query, with
// TLS many times more.
#pragma once

#include "pg/guard.hpp"

#include "fdw/fdw_options.hpp"
#include "source/connection.hpp"

namespace mysql_sync::fdw {

struct KeptConnection;

/// A connection out of those kept, in use by one scan. Dropped without give_back() it is closed, and what the
/// source still runs for it is ended there. Not thread-safe.
class ScanConnection {
 public:
  /// One that is kept for this server and user mapping, or a new one. Text of results comes as it is stored,
  /// in the character set of its column. pg::StatusError if the source refuses.
  static ScanConnection take(Oid server, Oid user);
  ScanConnection(ScanConnection&&) noexcept;
  ScanConnection& operator=(ScanConnection&&) noexcept;
  ~ScanConnection();

  source::Connection& operator*();
  source::Connection* operator->() { return &**this; }
  /// After `error`: it was kept and is lost. Mostly the source had closed it meanwhile, or was restarted, so
  /// that the same may be tried again with another. Not after a cancel, which loses it as well.
  bool was_lost_while_kept(const Status& error);
  /// Keeps it for the next scan, where it is still good for that. Only after everything asked for was read,
  /// or answered by an error.
  static void give_back(ScanConnection connection);
  /// Gives it back with a result that is not read to its end: reads a short rest, ends a long one at the
  /// source.
  static void give_back(ScanConnection connection, source::ResultStream unfinished);
  /// The same where nothing may wait and nothing may fail: as a transaction is rolled back. There need not be
  /// a result.
  static void give_back_after_error(ScanConnection connection,
                                    std::optional<source::ResultStream> unfinished) noexcept;

 private:
  explicit ScanConnection(std::unique_ptr<KeptConnection> kept);
  std::unique_ptr<KeptConnection> kept_;
};

/// Calls work(connection) with a connection to the server; again with another one where the source had closed
/// it before. `work` reads its results to their ends, or drops them, which costs the connection.
template <typename Work>
auto with_connection(Oid server, Oid user, Work work) {
  for (;;) {
    ScanConnection connection = ScanConnection::take(server, user);
    try {
      auto result = work(*connection);
      ScanConnection::give_back(std::move(connection));
      return result;
    } catch (const pg::StatusError& error) {
      if (connection.was_lost_while_kept(error.status())) continue;
      ScanConnection::give_back(std::move(connection));
      throw;
    } catch (...) {
      ScanConnection::give_back(std::move(connection));
      throw;
    }
  }
}

/// From here on, however this process ends short of a kill -9, no statement of its connections is left at a
/// source.
void end_statements_at_exit();

/// A connection of this session's scans.
struct ConnectionListing {
  Oid server, user;  ///< user: of the mapping, InvalidOid for PUBLIC
  bool valid;        ///< server and mapping have not changed since
  bool in_use;
  std::string thread;  ///< its number at the source
};
std::vector<ConnectionListing> list_connections();

/// Closes the idle ones, of one server or (InvalidOid) all. False if there was none. A WARNING where some
/// are in use.
bool close_connections(Oid server);

/// Throws what became of a failed call: the pending cancel where there is one, else the status.
void check_source(const Status& status);

template <typename T>
T source_value(Result<T> result) {
  if (!result.ok()) check_source(result.status());
  return *std::move(result);
}

}  // namespace mysql_sync::fdw
