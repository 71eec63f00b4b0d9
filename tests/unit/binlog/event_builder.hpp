// For tests: events made byte by byte.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace mysql_sync::binlog {

/// `width` bytes of a number, least significant first.
inline std::string le(uint64_t number, size_t width) {
  std::string bytes;
  for (size_t i = 0; i < width; ++i) bytes += static_cast<char>(i < 8 ? number >> 8 * i : 0);
  return bytes;
}

inline std::string counted(std::string_view text) { return le(text.size(), 1) + std::string(text); }

struct EventSpec {
  uint8_t type = 0;
  uint16_t flags = 0;
  uint32_t next_offset = 1000;
  bool checksum = false;
};

inline std::string build_event(const EventSpec& spec, std::string_view body) {
  const size_t size = 19 + body.size() + (spec.checksum ? 4 : 0);
  std::string event = le(1700000000, 4) + le(spec.type, 1) + le(7, 4) + le(size, 4) +
                      le(spec.next_offset, 4) + le(spec.flags, 2) + std::string(body);
  if (spec.checksum) {
    event += le(crc32_z(0, reinterpret_cast<const Bytef*>(event.data()), event.size()), 4);
  }
  return event;
}

/// A format description; `algorithm` -1: of a server that knows no checksums.
inline std::string build_format(const std::string& version, int algorithm, std::string lengths = {}) {
  if (lengths.empty()) lengths = std::string(40, '\0');
  std::string body =
      le(4, 2) + version + std::string(50 - version.size(), '\0') + le(0, 4) + le(19, 1) + lengths;
  if (algorithm >= 0) body += static_cast<char>(algorithm);
  EventSpec spec;
  spec.type = 15;
  spec.checksum = algorithm >= 0;
  return build_event(spec, body);
}

}  // namespace mysql_sync::binlog
