// Connections of foreign scans. Those whose query came to its end wait for the next scan of the transaction,
// so that planning and running a query need one connection, not two.
#pragma once

#include "source/connection.hpp"

namespace mysql_sync::fdw {

/// A connection that knows how to go back. One scan at a time; not for several threads.
class ScanConnection {
 public:
  /// Text of results comes as it is stored, in the character set of its column.
  /// A kept connection with the same options, or a new one. pg::StatusError where the source refuses.
  static ScanConnection take(const source::ConnectionOptions& options);
  /// Always a new one.
  static ScanConnection open(const source::ConnectionOptions& options);

  source::Connection& operator*() { return connection_; }
  source::Connection* operator->() { return &connection_; }
  bool was_kept() const { return was_kept_; }
  /// Keeps it for the next scan. Only after everything asked for was read.
  static void give_back(ScanConnection connection);

 private:
  ScanConnection(source::ConnectionOptions options, source::Connection connection, bool was_kept)
      : options_(std::move(options)), connection_(std::move(connection)), was_kept_(was_kept) {}

  source::ConnectionOptions options_;
  source::Connection connection_;
  bool was_kept_;
};

/// Throws what became of a failed call: the pending cancel where there is one, else the status.
void check_source(const Status& status);

template <typename T>
T source_value(Result<T> result) {
  if (!result.ok()) check_source(result.status());
  return *std::move(result);
}

}  // namespace mysql_sync::fdw
