#include "core/types/charset.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace mysql_sync {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

/// The conversion, escaped bytes shown as <98>; or the message of what went wrong.
std::string convert(const std::string& charset, std::string_view bytes) {
  const Result<CharsetConverter> converter = CharsetConverter::create(charset);
  if (!converter.ok()) return converter.status().message();
  Arena arena;
  std::string shown;
  TextScanner scanner(converter->to_utf8(bytes, arena), true);
  for (TextPiece piece; scanner.next(&piece);) {
    const std::string hex = piece.kind == TextPiece::Kind::kNul ? "00" : piece.hex().digits;
    shown += piece.kind == TextPiece::Kind::kText ? std::string(piece.text) : "<" + hex + ">";
  }
  return shown;
}

TEST(CharsetTest, HandsOnWhatIsUtf8) {
  for (const char* name : {"", "binary", "utf8", "utf8mb3", "utf8mb4", "UTF8MB4"}) {
    const Result<CharsetConverter> converter = CharsetConverter::create(name);
    ASSERT_TRUE(converter.ok()) << name;
    EXPECT_TRUE(converter->is_utf8()) << name;
    EXPECT_TRUE(is_utf8_charset(name)) << name;
    Arena arena;
    const std::string_view bytes = "Gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80";
    EXPECT_EQ(converter->to_utf8(bytes, arena).data(), bytes.data());
    EXPECT_EQ(arena.used(), 0u);
  }
}

TEST(CharsetTest, Latin1IsCp1252WithoutHoles) {
  EXPECT_EQ(convert("latin1", "\x80\xFC"), "€ü");
  EXPECT_EQ(convert("latin1", "\x81\x8D\x8F\x90\x9D"), "\xC2\x81\xC2\x8D\xC2\x8F\xC2\x90\xC2\x9D");
  EXPECT_EQ(convert("latin1", "\xC3\xC2"), "\xC3\x83\xC3\x82");
}

TEST(CharsetTest, PlainAsciiIsNotCopied) {
  for (const char* name : {"latin1", "ascii", "gbk", "sjis"}) {
    const Result<CharsetConverter> converter = CharsetConverter::create(name);
    ASSERT_TRUE(converter.ok());
    EXPECT_FALSE(converter->is_utf8());
    EXPECT_FALSE(is_utf8_charset(name)) << name;
    Arena arena;
    const std::string_view bytes = "plain\0text"sv;
    EXPECT_EQ(converter->to_utf8(bytes, arena).data(), bytes.data());
  }
}

// Expected by SELECT HEX(CONVERT(_set x'…' USING utf8mb4)) on MariaDB 10.11 and, for gb18030, MySQL 9.7.
TEST(CharsetTest, FollowsMysqlWhereIconvDiffers) {
  EXPECT_EQ(convert("greek", "\xA1\xE1"), "ʽα");
  EXPECT_EQ(convert("hebrew", "\xAF\xE0"), "‾א");
  EXPECT_EQ(convert("cp866", "\xFC\xFD\x80"), "ⁿ²А");
  EXPECT_EQ(convert("koi8u", "\x95\xC1"), "•а");
  EXPECT_EQ(convert("sjis", "\\~\x81\x5F\x81\x60\xB1\x88\x9F"), "\\~\\〜ｱ亜");
  EXPECT_EQ(convert("ujis", "\xA1\xC0\xB0\xA1\x8F\xA2\xB7\x8E\xB1"), "\\亜~ｱ");
  EXPECT_EQ(convert("big5", "\xA1\x45\xC7\x40\xC7\x41\xA4\x40"), "•エォ一");
  EXPECT_EQ(convert("gb18030", "\xA6\xD9\x82\x35\x90\x37\x84\x31\x82\x36x"), "\xEE\x9E\x8D\u9FB4\uFE10x");
  EXPECT_EQ(convert("tis620", "\x80\xA1"), "\xC2\x80ก");
  EXPECT_EQ(convert("keybcs2", "\x80\x81\xAB\xB0\xFF"), "ČüŔ░\xC2\xA0");
  EXPECT_EQ(convert("swe7", "$[\\]"), "$ÄÖÅ");
}

TEST(CharsetTest, ConvertsTheOthers) {
  EXPECT_EQ(convert("latin2", "\xA3"), "Ł");
  EXPECT_EQ(convert("latin5", "\xFD"), "ı");
  EXPECT_EQ(convert("latin7", "\xD0"), "Š");
  EXPECT_EQ(convert("cp1250", "\x8A"), "Š");
  EXPECT_EQ(convert("cp1251", "\xCF\xF0"), "Пр");
  EXPECT_EQ(convert("cp1256", "\xC7"), "ا");
  EXPECT_EQ(convert("cp1257", "\xE0"), "ą");
  EXPECT_EQ(convert("cp850", "\x81"), "ü");
  EXPECT_EQ(convert("cp852", "\x9D"), "Ł");
  EXPECT_EQ(convert("koi8r", "\xC1"), "а");
  EXPECT_EQ(convert("gbk", "\xC4\xE3"), "你");
  EXPECT_EQ(convert("gb2312", "\xC4\xE3"), "你");
  EXPECT_EQ(convert("gb18030", "\xC4\xE3\x94\x39\xFC\x36"), "你😀");
  EXPECT_EQ(convert("cp932", "\x81\x60"), "～");
  EXPECT_EQ(convert("eucjpms", "\xA1\xC1"), "～");
  EXPECT_EQ(convert("euckr", "\xB0\xA1\x81\x41"), "가갂");
  EXPECT_EQ(convert("ucs2", "\x20\xAC"s), "€");
  EXPECT_EQ(convert("utf16", "\xD8\x3D\xDE\x00"s), "😀");
  EXPECT_EQ(convert("utf16le", "\x3D\xD8\x00\xDE"s), "😀");
  EXPECT_EQ(convert("utf32", "\x00\x01\xF6\x00"s), "😀");
  EXPECT_EQ(convert("macroman", "\x8A"), "ä");
  EXPECT_EQ(convert("armscii8", "\xB2"), "Ա");
  EXPECT_EQ(convert("geostd8", "\xC0\x80"), "ა€");
}

TEST(CharsetTest, LongTextConvertsWhole) {
  std::string bytes, expected;
  for (int i = 0; i < 5000; ++i) {
    bytes += "\x83\x41\x81\x5Fx";
    expected += "ア\\x";
  }
  EXPECT_EQ(convert("sjis", bytes), expected);
}

TEST(CharsetTest, BytesWithoutACharacterAreEscaped) {
  EXPECT_EQ(convert("cp1251", "ab\x98\xE6"), "ab<98>ж");
  EXPECT_EQ(convert("ascii", "a\xC3\xA9"), "a<C3><A9>");
  EXPECT_EQ(convert("gbk", "ab\xFF\xFFz"), "ab<FF><FF>z");
  EXPECT_EQ(convert("sjis", "\x81\x5F\x83"), "\\<83>");
  EXPECT_EQ(convert("utf16", "\x20"s), "<20>");
  EXPECT_EQ(convert("utf16", "\x20\xAC\xD8\x3D\x00\x41"s), "€<D83D>A");
  EXPECT_EQ(convert("ucs2", "\xD8\x3D\x20\xAC"s), "<D83D>€");
  EXPECT_EQ(convert("utf32", "\x00\x11\x00\x00\x00\x00\x00\x41"s), "<00110000>A");
  EXPECT_EQ(convert("tis620", "\xDB\xA1"), "<DB>ก");
}

/// A sequence that looks like a character goes as a whole; what follows a stray lead byte is read for itself.
TEST(CharsetTest, ReadsOnBehindWhatIsNoCharacter) {
  EXPECT_EQ(convert("gb2312", "\xA2\xA1\xC4\xE3"), "<A2A1>你");
  EXPECT_EQ(convert("gbk",
                    "\x81"
                    "1\xC4\xE3"),
            "<81>1你");
  EXPECT_EQ(convert("sjis", "\xFF\x81\x5F"), "<FF>\\");
  EXPECT_EQ(convert("ujis", "\x8F!\xB0\xA1"), "<8F>!亜");
  EXPECT_EQ(convert("gb18030", "\x81\x30\xC4\xE3"), "<81>0你");
}

TEST(CharsetTest, WhatDiffersStaysDifferent) {
  EXPECT_NE(convert("cp1251", "\x98"), convert("cp1251", "?"));
  EXPECT_NE(convert("ascii", "\x80"), convert("ascii", "\x81"));
}

TEST(CharsetTest, UnknownSetsAreUnsupported) {
  const Result<CharsetConverter> converter = CharsetConverter::create("klingon");
  ASSERT_FALSE(converter.ok());
  EXPECT_EQ(converter.status().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(converter.status().message(), "character set \"klingon\" is not supported");
  EXPECT_FALSE(charset_is_known("klingon"));
  EXPECT_FALSE(is_utf8_charset("klingon"));
  EXPECT_TRUE(charset_is_known("Latin1"));
}

TEST(CharsetTest, NamesOfOneSetReadAlike) {
  EXPECT_TRUE(reads_alike("utf8", "utf8mb4"));
  EXPECT_TRUE(reads_alike("utf8mb3", "UTF8"));
  EXPECT_TRUE(reads_alike("Latin1", "latin1"));
  EXPECT_TRUE(reads_alike("klingon", "klingon"));
  for (const char* other : {"utf8mb4", "latin2", "binary", "cp932", "klingon"})
    EXPECT_FALSE(reads_alike("latin1", other)) << other;
  EXPECT_FALSE(reads_alike("binary", "utf8mb4"));
  EXPECT_FALSE(reads_alike("sjis", "cp932"));
}

TEST(CharsetTest, Moves) {
  Result<CharsetConverter> created = CharsetConverter::create("gbk");
  ASSERT_TRUE(created.ok());
  CharsetConverter converter = *std::move(created);
  Result<CharsetConverter> other = CharsetConverter::create("latin1");
  ASSERT_TRUE(other.ok());
  *other = std::move(converter);
  Arena arena;
  EXPECT_EQ(other->to_utf8("\xC4\xE3", arena), "你");
}

}  // namespace
}  // namespace mysql_sync
