#include "core/ddl/client_text.hpp"

#include <gtest/gtest.h>

namespace mysql_sync::ddl {
namespace {

std::string in_utf8(std::string_view sql, std::string_view charset, LexerOptions options = {}) {
  const auto converter = CharsetConverter::create(charset);
  EXPECT_TRUE(converter.ok());
  return client_text_to_utf8(sql, {*converter, charset == "binary", options});
}

TEST(ClientText, LeavesPlainTextAlone) {
  for (const char* charset : {"utf8mb4", "latin1", "gbk", "binary"})
    EXPECT_EQ(in_utf8("ALTER TABLE t ADD c ENUM('a\\'b', \"c\") /* x */", charset),
              "ALTER TABLE t ADD c ENUM('a\\'b', \"c\") /* x */");
  EXPECT_EQ(in_utf8("CREATE TABLE é (a ENUM('ü'))", "utf8mb4"), "CREATE TABLE é (a ENUM('ü'))");
}

TEST(ClientText, ConvertsNamesAndLiterals) {
  EXPECT_EQ(in_utf8("ALTER TABLE `\xE9`` x` ADD \xE9 ENUM('\xE9''\\'')", "latin1"),
            "ALTER TABLE `é`` x` ADD é ENUM('é''''')");
  EXPECT_EQ(in_utf8("DEFAULT '\xE9' -- \xE9'\n, 'x'", "latin1"), "DEFAULT 'é' -- é'\n, 'x'");
}

TEST(ClientText, KnowsBytesThatArePartOfACharacter) {
  // The second bytes are those of a backslash and of a backquote.
  EXPECT_EQ(in_utf8("ENUM('\x95\x5C','b')", "sjis"), "ENUM('表','b')");
  EXPECT_EQ(in_utf8("ADD `\x83\x60` INT DEFAULT '\x81\x5F'", "sjis"), "ADD `チ` INT DEFAULT '\\\\'");
  EXPECT_EQ(in_utf8("ENUM('\xA5\x5C','b')", "big5"), "ENUM('功','b')");
  EXPECT_EQ(in_utf8("ENUM('\x81\x5C','b')", "gbk"), "ENUM('乗','b')");
}

TEST(ClientText, KnowsSetsWhoseAsciiIsNone) {
  // Swedish of seven bits: letters stand where brackets are, but quotes stay quotes.
  EXPECT_EQ(in_utf8("ADD [r INT DEFAULT '{]'", "swe7"), "ADD `[r` INT DEFAULT 'äÅ'");
  EXPECT_EQ(in_utf8("a@b, @c, c AS (\\N | ~) `|@\\`", "swe7"), "a@b, @c, c AS (\\N | `~`) `öÉÖ`");
}

TEST(ClientText, KeepsBytesOfLiteralsWithoutACharacterSet) {
  EXPECT_EQ(
      in_utf8("a ENUM('\xD2\xBB', 'b') CHARACTER SET gbk DEFAULT '\xD2\xBB' COMMENT '\xC3\xA9'", "binary"),
      "a ENUM(x'D2BB', 'b') CHARACTER SET gbk DEFAULT x'D2BB' COMMENT 'é'");
  EXPECT_EQ(in_utf8("DEFAULT '\xD2' '\xBB'", "binary"), "DEFAULT x'D2BB'");
  EXPECT_EQ(in_utf8("DEFAULT '\xE4\x5C\x27'", "binary"), "DEFAULT x'E427'");
}

TEST(ClientText, KeepsBytesBehindAnIntroducer) {
  EXPECT_EQ(in_utf8("DEFAULT _gbk'\xD2\xBB'", "utf8mb4"), "DEFAULT _gbk x'D2BB'");
  EXPECT_EQ(in_utf8("DEFAULT _latin1 'a'", "utf8mb4"), "DEFAULT _latin1 'a'");
}

TEST(ClientText, LeavesWhatIsBroken) {
  EXPECT_EQ(in_utf8("DEFAULT '\xE9", "latin1"), "DEFAULT 'é");
  EXPECT_EQ(in_utf8("`\xE9", "latin1"), "`é");
  EXPECT_EQ(in_utf8("/* \xE9", "latin1"), "/* é");
}

}  // namespace
}  // namespace mysql_sync::ddl
