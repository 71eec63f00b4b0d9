// zlib, as MariaDB uses it in the binlog: compressed events and compressed columns.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/status.hpp"

namespace mysql_sync::binlog {

/// True if deflate can make `size` bytes out of `compressed` ones: asked before memory is allocated.
bool is_plausible_inflated_size(uint64_t size, size_t compressed);

/// Fills exactly `size` bytes at `to`. `raw`: without zlib's own header and trailer. False if the data is
/// not of that length or not deflate data.
bool inflate_exactly(std::string_view compressed, bool raw, char* to, size_t size);

/// A compressed part of a MariaDB event (MariaDB/server sql/log_event.cc, binlog_buf_compress): a byte 0x80 |
/// algorithm << 4 | bytes of the length, the length (most significant byte first), zlib data. kUnsupported
/// for another algorithm, or where more than 1 GiB comes out.
Result<std::shared_ptr<const std::string>> inflate_event_part(std::string_view part);

}  // namespace mysql_sync::binlog
