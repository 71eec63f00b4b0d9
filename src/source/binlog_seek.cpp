#include "source/binlog_seek.hpp"

#include <zlib.h>

#include "core/base/byte_reader.hpp"
#include "source/wire.hpp"

namespace mysql_sync::source {
namespace {

constexpr uint8_t kRotate = 4;
constexpr uint8_t kFormatDescription = 15;
constexpr uint8_t kHeartbeat = 27;
constexpr uint8_t kHeartbeatV2 = 41;
constexpr uint16_t kArtificialFlag = 0x20;
constexpr size_t kHeaderSize = 19;
constexpr size_t kChecksumSize = 4;

struct Header {
  uint8_t type;
  uint32_t size;
  uint32_t next_offset;  // modulo 2^32
  uint16_t flags;
};

Header read_header(std::string_view event) {
  ByteReader reader(event);
  reader.skip(4);  // timestamp
  const uint8_t type = reader.u8();
  reader.skip(4);  // server_id
  const uint32_t size = reader.u32();
  const uint32_t next_offset = reader.u32();
  return {type, size, next_offset, reader.u16()};
}

/// Sent only while the source waits at the end of its binlog.
bool is_heartbeat(const Header& header) { return header.type == kHeartbeat || header.type == kHeartbeatV2; }

bool is_in_file(const Header& header) {
  const bool made_up = header.type == kRotate && header.next_offset == 0;
  return !made_up && (header.flags & kArtificialFlag) == 0;
}

}  // namespace

/// By the offsets in the headers rather than the sizes: MariaDB leaves out events that we did not ask for.
Status BinlogSeek::pass(std::string_view event) {
  if (event.size() < kHeaderSize) return Status(ErrorCode::kCorrupt, "binlog event shorter than its header");
  const Header header = read_header(event);
  if (!is_heartbeat(header) && !is_in_file(header)) {
    const size_t plain_rotate = kHeaderSize + 8 + target_.file.size();
    if (header.type == kRotate) checksums_ = event.size() == plain_rotate + kChecksumSize;
    return {};
  }
  const uint32_t advance = header.next_offset - static_cast<uint32_t>(offset_);
  offset_ += header.next_offset == 0 ? header.size : advance;
  const bool was_last = is_heartbeat(header) || header.type == kRotate;
  if (offset_ <= target_.offset && !was_last) return {};
  return Status(ErrorCode::kPositionLost, "no binlog event starts at " + target_.to_string(), {},
                "The source's binlog was reset, or this is another server. The tables must be loaded again.");
}

bool BinlogSeek::is_needed(std::string_view event) {
  return event.size() >= kHeaderSize && read_header(event).type == kFormatDescription;
}

std::string BinlogSeek::rotate_event() const {
  std::string bytes;
  append_le(bytes, 0, 4);
  append_le(bytes, kRotate, 1);
  append_le(bytes, 0, 4);
  append_le(bytes, kHeaderSize + 8 + target_.file.size() + (checksums_ ? kChecksumSize : 0), 4);
  append_le(bytes, 0, 4);
  append_le(bytes, kArtificialFlag, 2);
  append_le(bytes, target_.offset, 8);
  bytes += target_.file;
  if (checksums_)
    append_le(bytes,
              ::crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())), 4);
  return bytes;
}

}  // namespace mysql_sync::source
