#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/ddl/sql_lexer.hpp"

namespace mysql_sync::ddl {
namespace {

std::vector<std::string> tokens(std::string_view sql, LexerOptions options = {}) {
  static const char kKinds[] = "EXWQSNHB$";  // in the order of TokenKind
  std::vector<std::string> result;
  SqlLexer lexer(sql, options);
  for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
    result.push_back(kKinds[static_cast<size_t>(token.kind)] + std::string(token.text));
    if (token.kind == TokenKind::kBroken) break;
  }
  return result;
}

using Tokens = std::vector<std::string>;

TEST(SqlLexer, TellsKindsApart) {
  EXPECT_EQ(
      tokens("a `b``c` 'd''e' \"f\" 1.5 0x1F x'4D' b'01' N'g' ;"),
      (Tokens{"Wa", "Q`b``c`", "S'd''e'", "S\"f\"", "N1.5", "H0x1F", "Hx'4D'", "Bb'01'", "SN'g'", "$;"}));
}

TEST(SqlLexer, TellsNumbersFromNames) {
  EXPECT_EQ(tokens("1 1a 1e5 1e+5 .5 2e-3x"), (Tokens{"N1", "W1a", "N1e5", "N1e+5", "N.5", "N2e-3", "Wx"}));
  EXPECT_EQ(tokens("a.1 a.1e5"), (Tokens{"Wa", "$.", "W1", "Wa", "$.", "W1e5"}));
  EXPECT_EQ(tokens("1.2.3"), (Tokens{"N1.2", "N.3"}));
}

TEST(SqlLexer, SkipsComments) {
  EXPECT_EQ(tokens("a -- b\nc --d # e"), (Tokens{"Wa", "Wc", "$-", "$-", "Wd"}));
  EXPECT_EQ(tokens("a--"), Tokens{"Wa"});
  EXPECT_EQ(tokens("/* x */a/*+ hint */"), Tokens{"Wa"});
  EXPECT_EQ(tokens("/*!50100 a*//*!123456b*/ */"), (Tokens{"Wa", "Wb", "$*", "$/"}));
  EXPECT_EQ(tokens("/*M!100100 a*/"), Tokens{});
  LexerOptions mariadb;
  mariadb.mariadb = true;
  EXPECT_EQ(tokens("/*M!100100 a*/", mariadb), Tokens{"Wa"});
}

TEST(SqlLexer, NoticesMissingEnds) {
  for (const char* sql : {"'a", "`a", "\"a", "x'4", "/* a", "'a\\'", "'a''", "/*!50100 "}) {
    const Tokens found = tokens(sql);
    ASSERT_FALSE(found.empty()) << sql;
    EXPECT_EQ(found.back().front(), 'X') << sql;
  }
}

TEST(SqlLexer, ResolvesEscapes) {
  const auto text = [](std::string_view sql, bool backslash) {
    LexerOptions options;
    options.no_backslash_escapes = !backslash;
    return string_text(SqlLexer(sql, options).next(), options);
  };
  EXPECT_EQ(text("'a\\0\\n\\Z\\\\\\'\\%\\q'", true), std::string("a\0\n\x1A\\'\\%q", 9));
  EXPECT_EQ(text("'a\\n''b'", false), "a\\n'b");
  EXPECT_EQ(text("N'x'", true), "x");
}

TEST(SqlLexer, ReadsBinaryLiterals) {
  const auto bytes = [](std::string_view sql) {
    std::string result;
    return binary_literal(SqlLexer(sql, {}).next(), &result) ? result : "bad";
  };
  EXPECT_EQ(bytes("x'4142'"), "AB");
  EXPECT_EQ(bytes("0x141"), "\x01\x41");
  EXPECT_EQ(bytes("b'101000001'"), "\x01\x41");
  EXPECT_EQ(bytes("x''"), "");
  EXPECT_EQ(bytes("b'2'"), "bad");
  EXPECT_EQ(bytes("x'4G'"), "bad");
}

}  // namespace
}  // namespace mysql_sync::ddl
