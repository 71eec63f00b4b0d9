#include "core/binlog/inflate.hpp"

#include <zlib.h>

#include "core/base/byte_reader.hpp"

namespace mysql_sync::binlog {

namespace {

constexpr uint64_t kMaxInflated = uint64_t{1} << 30;
constexpr uint64_t kMaxRatio = 1032;  // of deflate, by zlib's documentation

}  // namespace

bool is_plausible_inflated_size(uint64_t size, size_t compressed) {
  return size <= (uint64_t{compressed} + 1) * kMaxRatio;
}

bool inflate_exactly(std::string_view compressed, bool raw, char* to, size_t size) {
  if (compressed.size() > UINT32_MAX || size > UINT32_MAX) return false;
  z_stream stream{};
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(to);
  stream.avail_out = static_cast<uInt>(size);
  if (inflateInit2(&stream, raw ? -MAX_WBITS : MAX_WBITS) != Z_OK) return false;
  const int result = inflate(&stream, Z_FINISH);
  const bool whole = result == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  return whole;
}

Result<std::shared_ptr<const std::string>> inflate_event_part(std::string_view part) {
  ByteReader reader(part);
  const uint8_t head = reader.u8();
  const size_t width = head & 7;
  if ((head & 0x80) == 0 || width == 0 || width > 4) reader.fail();
  const uint64_t size = reader.unsigned_be(width);
  if (reader.failed() || !is_plausible_inflated_size(size, reader.remaining())) {
    return Status(ErrorCode::kCorrupt, "malformed compressed event in the binlog");
  }
  if ((head & 0x70) != 0) {
    return Status(ErrorCode::kUnsupported, "unknown compression of a MariaDB binlog event");
  }
  if (size > kMaxInflated) return Status(ErrorCode::kUnsupported, "binlog event of more than 1 GiB");
  auto inflated = std::make_shared<std::string>(static_cast<size_t>(size), '\0');
  if (!inflate_exactly(reader.rest(), false, inflated->data(), inflated->size())) {
    return Status(ErrorCode::kCorrupt, "malformed compressed event in the binlog");
  }
  return std::shared_ptr<const std::string>(std::move(inflated));
}

}  // namespace mysql_sync::binlog
