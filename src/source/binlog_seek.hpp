// Starting beyond 4 GiB of a binlog file. COM_BINLOG_DUMP has four bytes for the offset, but one large
// transaction makes a file longer than that; such a dump starts at the beginning of the file and is read up
// to the place.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/status.hpp"
#include "core/binlog/position.hpp"

namespace mysql_sync::source {

/// Follows a dump from offset 4 of a file up to `target`, which lies in the same file.
class BinlogSeek {
 public:
  explicit BinlogSeek(BinlogPosition target) : target_(std::move(target)) {}

  /// Takes the next event of the dump. kPositionLost once no event can start at the target any more.
  Status pass(std::string_view event);
  /// True when the next event of the dump is the one at the target.
  bool arrived() const { return offset_ == target_.offset; }
  /// Whether the reader needs `event` although it lies before the target: what describes the file.
  static bool is_needed(std::string_view event);
  /// An artificial rotate event that names the target, as a dump that starts there would begin with.
  std::string rotate_event() const;

 private:
  BinlogPosition target_;
  uint64_t offset_ = 4;
  bool checksums_ = false;
};

}  // namespace mysql_sync::source
