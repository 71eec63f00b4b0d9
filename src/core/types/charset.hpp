// MySQL's character sets -> UTF-8. Load and binlog both get text in the column's own character set and
// convert it here. Where glibc's iconv and MySQL differ, MySQL wins; what MySQL has no character for is left
// to iconv.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/arena.hpp"
#include "core/base/status.hpp"
#include "core/types/text_policy.hpp"

namespace mysql_sync {

/// Converts the bytes of one MySQL character set to UTF-8. Owns an iconv descriptor or a table of 256
/// characters; movable; not for several threads.
class CharsetConverter {
 public:
  /// `mysql_charset` as MySQL names it, in any case ("latin1", "utf8mb4"). "" and "binary" pass through.
  /// kUnsupported, with the name, for a set that neither MySQL nor iconv has under that name.
  static Result<CharsetConverter> create(std::string_view mysql_charset);

  CharsetConverter(CharsetConverter&&) noexcept;
  CharsetConverter& operator=(CharsetConverter&&) noexcept;
  ~CharsetConverter();

  /// True where bytes are handed on as they are (utf8mb4, utf8mb3, utf8, binary): they are not checked.
  bool is_utf8() const { return kind_ == Kind::kPassThrough; }

  /// The text of `bytes` in UTF-8: a view of `bytes` where nothing had to change, else of a copy in
  /// `scratch`. Bytes that are no character of the set become escapes (text_policy.hpp), which are not valid
  /// UTF-8: whoever uses the text has to look for them. At most three bytes for each of `bytes`.
  std::string_view to_utf8(std::string_view bytes, Arena& scratch) const;

 private:
  enum class Kind : uint8_t { kPassThrough, kSingleByte, kMultiByte };
  struct Utf8Char {
    uint8_t length = 0;
    char bytes[3] = {};
  };
  struct Descriptor;
  using Table = std::array<Utf8Char, 256>;

  CharsetConverter();
  Status open_multi_byte(const struct CharsetRow& row);
  Status open_single_byte(const struct CharsetRow& row);
  std::string_view convert_by_table(std::string_view bytes, Arena& scratch) const;
  std::string_view convert_by_iconv(std::string_view bytes, Arena& scratch) const;
  void append_run(std::string_view whole, size_t from, size_t to, std::string* out) const;

  Kind kind_ = Kind::kPassThrough;
  bool keeps_ascii_ = false;  ///< bytes below 0x80 are those characters
  const struct CharsetRow* row_ = nullptr;
  std::unique_ptr<Table> table_;            ///< kSingleByte
  std::unique_ptr<Descriptor> descriptor_;  ///< kMultiByte
};

/// True where CharsetConverter hands bytes of this set on as they are.
bool is_utf8_charset(std::string_view mysql_charset);

/// True where CharsetConverter::create() would succeed; opens nothing that stays.
bool charset_is_known(std::string_view mysql_charset);

}  // namespace mysql_sync
