// What becomes of characters that a target cannot hold, and how a Value marks bytes that are none.
//
// A CharsetConverter makes of each byte without a character the UTF-8 form of a lone surrogate, which is
// never valid UTF-8: U+DC00 + byte (as Python's "surrogateescape" does), and U+DD00 + byte for the further
// bytes of what has the form of one character. So the value still tells which bytes the source has: two
// values that differ there stay different, and the policy is applied in one place, where the value enters the
// target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mysql_sync {

/// Bytes of an escaped byte.
constexpr size_t kEscapeSize = 3;

/// Writes the escape of `byte`; `is_first`: what has the form of a character begins with it.
void write_escape(uint8_t byte, bool is_first, char* to);

/// What to do with a piece of text that the target cannot hold. Trivially copyable.
struct TextPolicy {
  enum class Action : uint8_t { kError, kStrip, kReplace };
  Action action = Action::kError;
  char replacement[5] = {};  ///< kReplace: one character in UTF-8, terminated

  /// "error", "strip", or one character other than NUL, in UTF-8. Nothing for any other text.
  static std::optional<TextPolicy> parse(std::string_view text);
  /// What parse() reads.
  std::string to_string() const;
  /// What stands for the piece in the target; empty for kStrip.
  std::string_view substitute() const { return action == Action::kReplace ? replacement : ""; }

  bool operator==(const TextPolicy& other) const {
    return action == other.action && substitute() == other.substitute();
  }
};

/// True if `utf8` is valid UTF-8 (no surrogates, nothing beyond U+10FFFF, nothing longer than needed) and
/// has no NUL.
bool is_clean_text(std::string_view utf8);

/// A run of good text, or what has the form of one character and is none: MySQL counts it as one, too.
struct TextPiece {
  enum class Kind : uint8_t { kText, kNul, kInvalid };
  Kind kind = Kind::kText;
  std::string_view text;  ///< kText
  uint8_t bytes[4] = {};  ///< kInvalid: as the source has them
  size_t size = 0;        ///< kInvalid: how many

  /// "C3A9", for messages; terminated.
  struct Hex {
    char digits[9];
  };
  Hex hex() const;
};

/// Takes a text apart, piece by piece. Trivially destructible: backend code may hold it.
class TextScanner {
 public:
  /// `escapes`: the text was made by a CharsetConverter, so it may hold escapes. Otherwise invalid UTF-8 is
  /// what the source has.
  TextScanner(std::string_view utf8, bool escapes) : rest_(utf8), escapes_(escapes) {}

  /// False at the end.
  bool next(TextPiece* piece);

 private:
  bool take_escape(bool first, TextPiece* piece);
  void take_invalid(TextPiece* piece);

  std::string_view rest_;
  bool escapes_;
};

/// Characters of valid UTF-8.
size_t count_characters(std::string_view utf8);

/// Bytes of the valid character that `utf8` begins with; 0 where it begins with none.
size_t valid_character(std::string_view utf8);

}  // namespace mysql_sync
