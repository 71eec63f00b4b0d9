// The binlog as a stream of raw events: registers as a replica and dumps from a position.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/status.hpp"
#include "core/binlog/position.hpp"
#include "source/connection.hpp"

namespace mysql_sync::source {

struct StreamOptions {
  uint32_t server_id = 0;          ///< ours; must differ from every replica's of the source
  double heartbeat_seconds = 1.0;  ///< the source speaks at least that often
};

/// Takes over a connection. Not thread-safe. After the first error it is only good for destruction.
/// The source ends an older stream of the same server_id when a new one is opened: one left over by a crash
/// as well as one of another task that was given the same number, which gets kSource with a hint (kConnection
/// before MySQL 5.7).
class BinlogStream {
 public:
  /// Announces checksums, heartbeat and MariaDB capability, registers as a replica (COM_REGISTER_SLAVE), then
  /// sends COM_BINLOG_DUMP and waits for the first event. kPositionLost if the source no longer has the
  /// file (a bad offset may show only in next()), kPermission without REPLICATION SLAVE.
  /// From beyond 4 GiB of a file the events before are read and dropped here (1 GB/s); the file's format
  /// description then comes with its own offset, followed by an artificial rotate event with the true one.
  static Result<BinlogStream> open(Connection connection, const BinlogPosition& from,
                                   const StreamOptions& options);

  BinlogStream(BinlogStream&&) noexcept;
  BinlogStream& operator=(BinlogStream&&) noexcept;
  ~BinlogStream();

  /// True when an event can be had without waiting (some bytes of it have arrived), or the stream has ended.
  /// With TLS it may be false after a large event although the beginning of the next one lies decrypted in
  /// the TLS layer.
  bool ready();
  /// The next event's bytes (no protocol status byte), waiting for them. Valid until the next call.
  /// kConnection when the source went away or stayed silent for `silence_limit_s` (or three heartbeats, if
  /// longer; MySQL before 5.5 sends none and may be silent); kPositionLost; kCancelled when the wait hook
  /// gave up.
  Result<std::string_view> next();

  static constexpr uint32_t silence_limit_s = 30;

 private:
  struct Impl;
  explicit BinlogStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mysql_sync::source
