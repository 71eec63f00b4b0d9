// MySQL's character sets -> UTF-8, for what the binlog holds in a column's own character set. The load has
// the server convert; both must give the same text, so where glibc's iconv and MySQL differ, MySQL wins.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/arena.hpp"
#include "core/base/status.hpp"

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

  /// True where bytes are handed on as they are (utf8mb4, utf8mb3, utf8, ascii, binary): they are not
  /// checked.
  bool is_utf8() const { return kind_ == Kind::kPassThrough; }

  /// The text of `bytes` in UTF-8: a view of `bytes` where nothing had to change, else of a copy in
  /// `scratch`. kCorrupt, with the set and the offset of the offending byte, where the bytes are not of the
  /// set.
  Status to_utf8(std::string_view bytes, Arena& scratch, std::string_view* utf8) const;

 private:
  enum class Kind : uint8_t { kPassThrough, kSingleByte, kMultiByte };
  struct Utf8Char {
    uint8_t length = 0;  ///< 0: the byte stands for no character
    char bytes[3] = {};
  };
  struct Descriptor;
  using Table = std::array<Utf8Char, 256>;

  CharsetConverter();
  Status open_multi_byte(const struct CharsetRow& row);
  Status open_single_byte(const struct CharsetRow& row);
  Status convert_by_table(std::string_view bytes, Arena& scratch, std::string_view* utf8) const;
  Status convert_by_iconv(std::string_view bytes, Arena& scratch, std::string_view* utf8) const;
  Status append_run(std::string_view whole, size_t from, size_t to, std::string* out) const;
  Status bad_byte(std::string_view bytes, size_t offset) const;

  Kind kind_ = Kind::kPassThrough;
  const struct CharsetRow* row_ = nullptr;
  std::unique_ptr<Table> table_;            ///< kSingleByte
  std::unique_ptr<Descriptor> descriptor_;  ///< kMultiByte
};

/// True where CharsetConverter::create() would succeed; opens nothing that stays.
bool charset_is_known(std::string_view mysql_charset);

}  // namespace mysql_sync
