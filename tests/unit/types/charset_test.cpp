#include "core/types/charset.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace mysql_sync {
namespace {

using namespace std::string_literals;

/// The conversion, or the message of what went wrong.
std::string convert(const std::string& charset, std::string_view bytes) {
  const Result<CharsetConverter> converter = CharsetConverter::create(charset);
  if (!converter.ok()) return converter.status().message();
  Arena arena;
  std::string_view utf8;
  const Status status = converter->to_utf8(bytes, arena, &utf8);
  return status.ok() ? std::string(utf8) : status.message();
}

TEST(CharsetTest, HandsOnWhatIsUtf8) {
  for (const char* name : {"", "binary", "utf8", "utf8mb3", "utf8mb4", "ascii", "UTF8MB4"}) {
    const Result<CharsetConverter> converter = CharsetConverter::create(name);
    ASSERT_TRUE(converter.ok()) << name;
    EXPECT_TRUE(converter->is_utf8()) << name;
    Arena arena;
    const std::string_view bytes = "Gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80";
    std::string_view utf8;
    ASSERT_TRUE(converter->to_utf8(bytes, arena, &utf8).ok());
    EXPECT_EQ(utf8.data(), bytes.data());
    EXPECT_EQ(arena.used(), 0u);
  }
}

TEST(CharsetTest, Latin1IsCp1252WithoutHoles) {
  EXPECT_EQ(convert("latin1", "\x80\xFC"), "€ü");
  EXPECT_EQ(convert("latin1", "\x81\x8D\x8F\x90\x9D"), "\xC2\x81\xC2\x8D\xC2\x8F\xC2\x90\xC2\x9D");
  EXPECT_EQ(convert("latin1", "\xC3\xC2"), "\xC3\x83\xC3\x82");
}

TEST(CharsetTest, PlainAsciiIsNotCopied) {
  const Result<CharsetConverter> converter = CharsetConverter::create("latin1");
  ASSERT_TRUE(converter.ok());
  EXPECT_FALSE(converter->is_utf8());
  Arena arena;
  const std::string_view bytes = "plain\0text";
  std::string_view utf8;
  ASSERT_TRUE(converter->to_utf8(bytes, arena, &utf8).ok());
  EXPECT_EQ(utf8.data(), bytes.data());
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

TEST(CharsetTest, BytesOutsideOfTheSetAreNamed) {
  EXPECT_EQ(convert("cp1251", "ab\x98"), "byte 0x98 at offset 2 is not valid in character set cp1251");
  EXPECT_EQ(convert("gbk", "ab\xFF\xFF"), "byte 0xFF at offset 2 is not valid in character set gbk");
  EXPECT_EQ(convert("sjis", "\x81\x5F\x83"), "byte 0x83 at offset 2 is not valid in character set sjis");
  EXPECT_EQ(convert("utf16", "\x20"s), "byte 0x20 at offset 0 is not valid in character set utf16");
  EXPECT_EQ(convert("utf16", "\x20\xAC\xD8\x3D"s),
            "byte 0xD8 at offset 2 is not valid in character set utf16");
}

TEST(CharsetTest, AnErrorDoesNotSpoilTheNext) {
  const Result<CharsetConverter> converter = CharsetConverter::create("gbk");
  ASSERT_TRUE(converter.ok());
  Arena arena;
  std::string_view utf8;
  EXPECT_EQ(converter->to_utf8("\xC4", arena, &utf8).code(), ErrorCode::kCorrupt);
  ASSERT_TRUE(converter->to_utf8("\xC4\xE3", arena, &utf8).ok());
  EXPECT_EQ(utf8, "你");
}

TEST(CharsetTest, UnknownSetsAreUnsupported) {
  const Result<CharsetConverter> converter = CharsetConverter::create("keybcs2");
  ASSERT_FALSE(converter.ok());
  EXPECT_EQ(converter.status().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(converter.status().message(), "character set \"keybcs2\" is not supported");
  EXPECT_FALSE(charset_is_known("klingon"));
  EXPECT_TRUE(charset_is_known("Latin1"));
}

TEST(CharsetTest, Moves) {
  Result<CharsetConverter> created = CharsetConverter::create("gbk");
  ASSERT_TRUE(created.ok());
  CharsetConverter converter = *std::move(created);
  Result<CharsetConverter> other = CharsetConverter::create("latin1");
  ASSERT_TRUE(other.ok());
  *other = std::move(converter);
  Arena arena;
  std::string_view utf8;
  ASSERT_TRUE(other->to_utf8("\xC4\xE3", arena, &utf8).ok());
  EXPECT_EQ(utf8, "你");
}

}  // namespace
}  // namespace mysql_sync
