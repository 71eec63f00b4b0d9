// MySQL's character sets -> UTF-8. Load and binlog both get text in the column's own character set and
// convert it here. Where glibc's iconv and MySQL differ, MySQL wins; what MySQL has no character for is left
// to iconv.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/arena.hpp"
#include "core/base/status.hpp"
#include "core/types/text_policy.hpp"

namespace mysql_sync {

/// Converts the bytes of one MySQL character set to UTF-8. Owns an iconv descriptor and what it has said so
/// far; movable; not for several threads.
class CharsetConverter {
 public:
  /// `mysql_charset` as MySQL names it, in any case ("latin1", "utf8mb4"). "" and "binary" pass through.
  /// kUnsupported, with the name, for a set that neither MySQL nor iconv has under that name.
  static Result<CharsetConverter> create(std::string_view mysql_charset);

  CharsetConverter(CharsetConverter&&) noexcept;
  CharsetConverter& operator=(CharsetConverter&&) noexcept;
  ~CharsetConverter();

  /// True if bytes are handed on as they are (utf8mb4, utf8mb3, utf8, binary): they are not checked.
  bool is_utf8() const { return rows_ == nullptr; }

  /// True if bytes below 0x80 are those characters, unless they are part of another one.
  bool keeps_ascii() const { return rows_ == nullptr || keeps_ascii_; }
  /// Bytes of the character at `at`, for sets that a client can have: bytes below 0x80 may be part of it. 1
  /// in UTF-8, where they never are.
  size_t character_width(std::string_view bytes, size_t at) const;

  /// The text of `bytes` in UTF-8: a view of `bytes` where nothing had to change, else of a copy in
  /// `scratch`. Bytes that are no character of the set become escapes (text_policy.hpp), which are not valid
  /// UTF-8: whoever uses the text has to look for them. At most three bytes for each of `bytes`.
  std::string_view to_utf8(std::string_view bytes, Arena& scratch) const;

 private:
  struct Utf8Char {
    uint8_t length = 0;
    char bytes[3] = {};
  };
  struct Progress {
    size_t next;
    char* end;
  };
  struct Descriptor;
  struct Rows;
  using Table = std::array<Utf8Char, 256>;

  CharsetConverter();
  Status open(const struct CharsetRow& row);
  Utf8Char look_up(std::array<uint8_t, 2> bytes, size_t width) const;
  const Table& row_of(uint8_t lead) const;
  char* convert_unit(std::string_view unit, char* to) const;
  Progress convert_single(std::string_view bytes, size_t at, size_t stop, char* to) const;
  Progress convert(std::string_view bytes, size_t at, size_t stop, char* to) const;

  bool keeps_ascii_ = false;  ///< bytes below 0x80 are those characters
  const struct CharsetRow* row_ = nullptr;
  std::unique_ptr<Descriptor> descriptor_;
  std::unique_ptr<Rows> rows_;  ///< null where bytes pass through; filled by and by
};

/// The character set of each collation, by the number that events name it with: those that a source says it
/// has.
using CollationCharsets = std::unordered_map<uint64_t, std::string>;

/// True if text of both sets reads alike: one set under two names, or two of UTF-8. Nothing reads like
/// "binary" but itself.
bool reads_alike(std::string_view mysql_charset, std::string_view other);

/// True if CharsetConverter hands bytes of this set on as they are.
bool is_utf8_charset(std::string_view mysql_charset);

/// True if CharsetConverter::create() would succeed; opens nothing that stays.
bool charset_is_known(std::string_view mysql_charset);

}  // namespace mysql_sync
