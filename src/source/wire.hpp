// Bytes as MySQL's protocol writes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace mysql_sync::source {

/// The low `width` bytes of `value`, least significant first.
inline void append_le(std::string& bytes, uint64_t value, size_t width) {
  for (size_t i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
}

/// One byte of length and the text, at most 255 bytes of it.
inline void append_counted(std::string& bytes, const std::string& text) {
  const std::string fitting = text.substr(0, 255);
  append_le(bytes, fitting.size(), 1);
  bytes += fitting;
}

}  // namespace mysql_sync::source
