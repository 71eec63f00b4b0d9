// Bytes of one event -> Event. Keeps what later events need: whether the file has checksums.
#pragma once

#include <string_view>

#include "core/base/status.hpp"
#include "core/binlog/event.hpp"

namespace mysql_sync::binlog {

/// Decodes the events of one stream in order. Not for several threads.
class EventDecoder {
 public:
  /// `packet`: one whole event as in the file (no protocol status byte). Verifies the CRC32 where there is one.
  /// The views in the result point into `packet`. kCorrupt where the bytes do not follow the format;
  /// kUnsupported where they do and we do not carry it.
  Result<Event> decode(std::string_view packet);

  /// Events inside a Transaction_payload: no checksum, the same post-header lengths. `at` moves past the event.
  Result<Event> decode_embedded(std::string_view* at);

 private:
  Result<Event> decode_body(std::string_view event, bool has_checksum);
  bool checksums_ = false;
  bool table_ids_of_four_bytes_ = false;  // very old files (post-header of table maps is 6)
  std::vector<uint8_t> post_header_lengths_;
};

/// Reads only the 19 bytes of the header. kCorrupt when there are fewer.
Result<EventHeader> decode_header(std::string_view packet);

}  // namespace mysql_sync::binlog
