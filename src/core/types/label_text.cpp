#include "core/types/label_text.hpp"

#include "core/base/arena.hpp"
#include "core/types/charset.hpp"
#include "core/types/text_policy.hpp"

namespace mysql_sync {

namespace {

/// The servers put zeros in front of what is less than a character.
size_t smallest_character(std::string_view charset) {
  if (charset == "ucs2" || charset == "utf16" || charset == "utf16le") return 2;
  return charset == "utf32" ? 4 : 1;
}

}  // namespace

bool label_text(std::string_view bytes, std::string_view charset, std::string* text) {
  Arena scratch;
  const Result<CharsetConverter> converter = CharsetConverter::create(charset);
  const size_t unit = smallest_character(charset);
  const std::string whole = std::string((unit - bytes.size() % unit) % unit, '\0').append(bytes);
  const bool converts = converter.ok() && !converter->is_utf8();
  text->assign(converts ? converter->to_utf8(whole, scratch) : whole);
  TextScanner scanner(*text, converts);
  for (TextPiece piece; scanner.next(&piece);)
    if (piece.kind == TextPiece::Kind::kInvalid) return false;
  return true;
}

}  // namespace mysql_sync
