// Bytes of one event -> Event. Keeps what later events need: whether the file has checksums.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/status.hpp"
#include "core/binlog/event.hpp"

namespace mysql_sync::binlog {

/// Decodes the events of one stream in order. Not thread-safe.
class EventDecoder {
 public:
  /// `packet`: one whole event as in the file (no protocol status byte). Verifies the CRC32 where there is
  /// one. The views in the result point into `packet`. kCorrupt if the bytes do not follow the format;
  /// kUnsupported if they do and we do not carry it.
  Result<Event> decode(std::string_view packet);

  /// `event`: one event of a PayloadReader. It has no checksum; the rest as for decode().
  Result<Event> decode_embedded(std::string_view event);

 private:
  Result<Event> decode_format_description(const EventHeader& header, std::string_view packet);
  Result<Event> decode_body(const EventHeader& header, std::string_view event) const;
  Result<std::string_view> strip_checksum(const EventHeader& header, std::string_view packet) const;
  uint8_t post_header_length(uint8_t type) const;

  bool checksums_ = false;
  bool pre_release_codes_ = false;
  bool mariadb_ = false;
  std::string post_header_lengths_;  // of each event code, from code 1; by the last format description
};

/// Reads only the 19 bytes of the header. kCorrupt when there are fewer.
Result<EventHeader> decode_header(std::string_view packet);

}  // namespace mysql_sync::binlog
