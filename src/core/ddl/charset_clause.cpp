#include "core/ddl/charset_clause.hpp"

#include <algorithm>
#include <iterator>

#include "core/base/arena.hpp"
#include "core/types/charset.hpp"
#include "core/types/text_policy.hpp"

namespace mysql_sync::ddl {

namespace {

/// information_schema.character_sets; those that are not here have one byte a character.
struct WideCharset {
  std::string_view name;
  CharacterSize size;
  bool unicode = false;
};

constexpr WideCharset kWideCharsets[] = {
    {"utf8mb4", {1, 4}, true}, {"utf8mb3", {1, 3}, true}, {"utf8", {1, 3}, true},  {"ucs2", {2, 2}, true},
    {"utf16", {2, 4}, true},   {"utf16le", {2, 4}, true}, {"utf32", {4, 4}, true}, {"big5", {1, 2}},
    {"cp932", {1, 2}},         {"eucjpms", {1, 3}},       {"euckr", {1, 2}},       {"gb18030", {1, 4}},
    {"gb2312", {1, 2}},        {"gbk", {1, 2}},           {"sjis", {1, 2}},        {"ujis", {1, 3}},
};

constexpr std::string_view kNarrowCharsets[] = {
    "latin1",  "latin2", "latin5", "latin7", "ascii",    "cp1250",   "cp1251",  "cp1256", "cp1257",
    "cp850",   "cp852",  "cp866",  "dec8",   "hp8",      "armscii8", "geostd8", "greek",  "hebrew",
    "keybcs2", "koi8r",  "koi8u",  "macce",  "macroman", "swe7",     "tis620"};

const WideCharset* find_wide(const std::string& charset) {
  const auto* found = std::find_if(std::begin(kWideCharsets), std::end(kWideCharsets),
                                   [&](const WideCharset& row) { return row.name == charset; });
  return found == std::end(kWideCharsets) ? nullptr : found;
}

}  // namespace

bool accept_charset_keyword(SqlCursor& cursor) {
  return cursor.accept("CHARSET") || cursor.accept({"CHARACTER", "SET"}) || cursor.accept({"CHAR", "SET"});
}

Result<std::string> parse_charset_name(SqlCursor& cursor) {
  cursor.accept_symbol('=');
  std::string name;
  if (cursor.peek().kind == TokenKind::kString) {
    MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_string(&name));
    return to_lower(name);
  }
  if (cursor.accept("DEFAULT")) return name;
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_name(&name));
  return to_lower(name);
}

std::string charset_of_collation(const std::string& collation) {
  const std::string prefix = collation.substr(0, collation.find('_'));
  return prefix == "uca1400" ? std::string() : prefix;
}

bool same_charset(const std::string& a, const std::string& b) {
  const auto plain = [](const std::string& name) { return name == "utf8" ? std::string("utf8mb3") : name; };
  return plain(to_lower(a)) == plain(to_lower(b));
}

bool charset_text(const std::string& bytes, const std::string& charset, std::string* text) {
  Arena scratch;
  const Result<CharsetConverter> converter = CharsetConverter::create(charset);
  // The servers put zeros in front of what is less than a character.
  const size_t unit = std::max(1U, character_size(charset).smallest);
  const std::string whole = std::string((unit - bytes.size() % unit) % unit, '\0') + bytes;
  const bool converts = converter.ok() && !converter->is_utf8();
  TextScanner scanner(converts ? converter->to_utf8(whole, scratch) : whole, converts);
  text->clear();
  bool all = true;
  for (TextPiece piece; scanner.next(&piece);) {
    const bool good = piece.kind == TextPiece::Kind::kText;
    text->append(good ? piece.text : "?");
    all = all && good;
  }
  return all;
}

CharacterSize character_size(const std::string& charset) {
  const std::string name = to_lower(charset);
  if (const WideCharset* wide = find_wide(name)) return wide->size;
  const bool narrow =
      std::find(std::begin(kNarrowCharsets), std::end(kNarrowCharsets), name) != std::end(kNarrowCharsets);
  return narrow ? CharacterSize{1, 1} : CharacterSize{};
}

bool is_unicode(const std::string& charset) {
  const WideCharset* wide = find_wide(to_lower(charset));
  return wide != nullptr && wide->unicode;
}

}  // namespace mysql_sync::ddl
