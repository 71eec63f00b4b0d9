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

/// Takes over a connection. Not for several threads.
class BinlogStream {
 public:
  /// Announces checksums, heartbeat and MariaDB capability, registers as a replica (COM_REGISTER_SLAVE), then
  /// sends COM_BINLOG_DUMP. kPositionLost where the source no longer has the position.
  static Result<BinlogStream> open(Connection connection, const BinlogPosition& from, const StreamOptions& options);

  BinlogStream(BinlogStream&&) noexcept;
  BinlogStream& operator=(BinlogStream&&) noexcept;
  ~BinlogStream();

  /// True when an event can be had without waiting (some bytes of it have arrived).
  bool ready();
  /// The next event's bytes (no protocol status byte), waiting for them. Valid until the next call.
  /// kConnection when the source went away or stayed silent for `silence_limit_s`; kPositionLost for error 1236;
  /// kCancelled when the wait hook gave up.
  Result<std::string_view> next();

  static constexpr uint32_t silence_limit_s = 30;

 private:
  struct Impl;
  explicit BinlogStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mysql_sync::source
