// Events kept for later as one stream of bytes, which is cut into pieces of bounded size wherever the bound
// falls: neither side needs the memory of more than a piece and an event.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/status.hpp"

namespace mysql_sync::binlog {

/// Gathers events. Not thread-safe.
class EventPieces {
 public:
  using Write = std::function<void(const std::string& piece)>;

  /// `limit`: bytes of a piece, more than 0.
  explicit EventPieces(size_t limit) : limit_(limit) {}

  /// Adds Event::bytes of a decoded event, in the form for EventDecoder::decode_embedded(). Each time a piece
  /// is full it is given to `write`.
  void append(std::string_view event, const Write& write);
  /// What is not written yet: fewer bytes than the limit.
  const std::string& rest() const { return rest_; }
  void clear() { rest_.clear(); }
  /// Forgets what was appended after rest() had this many bytes.
  void cut(size_t size) { rest_.resize(size); }
  /// rest(), which is empty then.
  std::string take() { return std::exchange(rest_, std::string()); }

 private:
  void append_bytes(std::string_view bytes, const Write& write);

  size_t limit_;
  std::string rest_;
};

/// Takes the events out again. Not thread-safe.
class PieceReader {
 public:
  /// The pieces one after another; nothing after the last.
  using NextPiece = std::function<std::optional<std::string>()>;

  explicit PieceReader(NextPiece next_piece) : next_piece_(std::move(next_piece)) {}
  /// All events are in one piece.
  explicit PieceReader(std::string piece) : buffer_(std::move(piece)) {}

  /// The next event, for EventDecoder::decode_embedded(); it lives until the next call. False after the last
  /// one. kCorrupt if the pieces do not add up to events.
  Result<bool> next(std::string_view* event);

 private:
  bool fill(size_t wanted);

  NextPiece next_piece_;
  std::string buffer_;
  size_t at_ = 0;  // where the next event begins
};

}  // namespace mysql_sync::binlog
