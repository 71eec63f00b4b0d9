#include "core/binlog/event_pieces.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"

namespace mysql_sync::binlog {

namespace {

constexpr size_t kHeaderSize = 19;
constexpr size_t kSizeOffset = 9;  // of the event's size in its header
constexpr size_t kSizeWidth = 4;

std::string size_field(size_t size) {
  std::string bytes;
  for (size_t i = 0; i < kSizeWidth; ++i) bytes += static_cast<char>(size >> 8 * i);
  return bytes;
}

}  // namespace

void EventPieces::append(std::string_view event, const Write& write) {
  append_bytes(event.substr(0, kSizeOffset), write);
  append_bytes(size_field(event.size()), write);  // the header's counts the checksum, which is gone
  append_bytes(event.substr(kSizeOffset + kSizeWidth), write);
}

void EventPieces::append_bytes(std::string_view bytes, const Write& write) {
  while (!bytes.empty()) {
    const size_t length = std::min(limit_ - rest_.size(), bytes.size());
    rest_ += bytes.substr(0, length);
    bytes.remove_prefix(length);
    if (rest_.size() < limit_) return;
    write(rest_);
    rest_.clear();
  }
}

/// Makes `wanted` bytes available from at_ on; false if there are not so many.
bool PieceReader::fill(size_t wanted) {
  while (buffer_.size() - at_ < wanted) {
    std::optional<std::string> piece = next_piece_ ? next_piece_() : std::nullopt;
    if (!piece) return false;
    buffer_.erase(0, at_);
    at_ = 0;
    if (buffer_.empty())
      buffer_ = *std::move(piece);
    else
      buffer_ += *piece;
  }
  return true;
}

Result<bool> PieceReader::next(std::string_view* event) {
  const Status broken(ErrorCode::kCorrupt, "the stored events of a transaction are not complete");
  if (!fill(kHeaderSize)) {
    if (at_ == buffer_.size()) return false;
    return broken;
  }
  const size_t size = ByteReader{std::string_view{buffer_}.substr(at_ + kSizeOffset)}.u32();
  if (size < kHeaderSize || !fill(size)) return broken;
  *event = std::string_view{buffer_}.substr(at_, size);
  at_ += size;
  return true;
}

}  // namespace mysql_sync::binlog
