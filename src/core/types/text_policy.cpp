#include "core/types/text_policy.hpp"

#include <cstring>

namespace mysql_sync {

namespace {

constexpr uint32_t kFirstByte = 0xDC00, kFurtherByte = 0xDD00;
constexpr uint64_t kHighBits = 0x8080808080808080;
constexpr uint64_t kLowBits = 0x0101010101010101;

uint8_t byte_at(std::string_view text, size_t at) { return static_cast<uint8_t>(text[at]); }
bool continues(std::string_view text, size_t at) { return (byte_at(text, at) & 0xC0) == 0x80; }

/// Bytes that a lead byte announces; 0 for one that begins no character.
size_t announced(uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

/// The second byte rules out what is longer than needed, surrogates, and what is beyond U+10FFFF.
bool second_byte_fits(uint8_t lead, uint8_t second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0;
    case 0xED:
      return second < 0xA0;
    case 0xF0:
      return second >= 0x90;
    case 0xF4:
      return second < 0x90;
    default:
      return true;
  }
}

/// The first byte of `text` at or after `at` that is not in 1..127.
size_t skip_plain(std::string_view text, size_t at) {
  for (; text.size() - at >= 8; at += 8) {
    uint64_t chunk;
    std::memcpy(&chunk, text.data() + at, 8);
    if (((chunk | (chunk - kLowBits)) & kHighBits) != 0) break;
  }
  while (at < text.size() && byte_at(text, at) - 1U < 127U) ++at;
  return at;
}

/// Bytes that `text` begins with and that are clean.
size_t clean_prefix(std::string_view text) {
  size_t at = 0;
  for (;;) {
    at = skip_plain(text, at);
    if (at == text.size() || text[at] == '\0') return at;
    const size_t size = valid_character(text.substr(at));
    if (size == 0) return at;
    at += size;
  }
}

}  // namespace

void write_escape(uint8_t byte, bool is_first, char* to) {
  const uint32_t code_point = (is_first ? kFirstByte : kFurtherByte) + byte;
  to[0] = static_cast<char>(0xE0 | code_point >> 12);
  to[1] = static_cast<char>(0x80 | (code_point >> 6 & 0x3F));
  to[2] = static_cast<char>(0x80 | (code_point & 0x3F));
}

std::optional<TextPolicy> TextPolicy::parse(std::string_view text) {
  TextPolicy policy;
  if (text == "error") return policy;
  policy.action = Action::kStrip;
  if (text == "strip") return policy;
  const bool one_character = !text.empty() && is_clean_text(text) && valid_character(text) == text.size();
  if (!one_character) return std::nullopt;
  policy.action = Action::kReplace;
  std::memcpy(policy.replacement, text.data(), text.size());
  return policy;
}

std::string TextPolicy::to_string() const {
  switch (action) {
    case Action::kError:
      return "error";
    case Action::kStrip:
      return "strip";
    case Action::kReplace:
      break;
  }
  return replacement;
}

size_t valid_character(std::string_view utf8) {
  if (utf8.empty()) return 0;
  const uint8_t lead = byte_at(utf8, 0);
  const size_t size = announced(lead);
  if (size == 0 || size > utf8.size()) return 0;
  for (size_t i = 1; i < size; ++i)
    if (!continues(utf8, i)) return 0;
  return size == 1 || second_byte_fits(lead, byte_at(utf8, 1)) ? size : 0;
}

bool is_clean_text(std::string_view utf8) { return clean_prefix(utf8) == utf8.size(); }

size_t count_characters(std::string_view utf8) {
  size_t count = 0;
  for (size_t i = 0; i < utf8.size(); ++i) count += continues(utf8, i) ? 0 : 1;
  return count;
}

TextPiece::Hex TextPiece::hex() const {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  Hex hex = {};
  for (size_t i = 0; i < size; ++i) {
    hex.digits[2 * i] = kDigits[bytes[i] >> 4];
    hex.digits[2 * i + 1] = kDigits[bytes[i] & 15];
  }
  return hex;
}

bool TextScanner::next(TextPiece* piece) {
  if (rest_.empty()) return false;
  *piece = TextPiece();
  const size_t clean = clean_prefix(rest_);
  if (clean > 0) {
    piece->text = rest_.substr(0, clean);
    rest_.remove_prefix(clean);
    return true;
  }
  piece->kind = rest_.front() == '\0' ? TextPiece::Kind::kNul : TextPiece::Kind::kInvalid;
  if (piece->kind == TextPiece::Kind::kNul) {
    rest_.remove_prefix(1);
  } else if (escapes_ && take_escape(true, piece)) {
    while (piece->size < sizeof(piece->bytes) && take_escape(false, piece)) {
    }
  } else {
    take_invalid(piece);
  }
  return true;
}

/// U+DC00 to U+DCFF are ED B0 80 to ED B3 BF, U+DD00 to U+DDFF ED B4 80 to ED B7 BF.
bool TextScanner::take_escape(bool first, TextPiece* piece) {
  if (rest_.size() < kEscapeSize || byte_at(rest_, 0) != 0xED ||
      (byte_at(rest_, 1) & 0xFC) != (first ? 0xB0 : 0xB4) || !continues(rest_, 2))
    return false;
  piece->bytes[piece->size++] =
      static_cast<uint8_t>((byte_at(rest_, 1) & 3) << 6 | (byte_at(rest_, 2) & 0x3F));
  rest_.remove_prefix(kEscapeSize);
  return true;
}

/// A surrogate, or what is longer than needed, has the form of one character; all else is bytes.
void TextScanner::take_invalid(TextPiece* piece) {
  const uint8_t lead = byte_at(rest_, 0);
  size_t size = lead < 0xC0 || lead > 0xF7 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  for (size_t i = 1; i < size; ++i)
    if (i >= rest_.size() || !continues(rest_, i)) size = 1;
  for (size_t i = 0; i < size; ++i) piece->bytes[piece->size++] = byte_at(rest_, i);
  rest_.remove_prefix(size);
}

}  // namespace mysql_sync
