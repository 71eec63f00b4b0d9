#include "core/types/text_policy.hpp"

#include <gtest/gtest.h>

#include "core/types/cell_reader.hpp"

namespace mysql_sync {
namespace {

using namespace std::string_literals;

/// The pieces: text as it is, <00> for NUL, <98> for a byte that is no text.
std::string pieces(std::string_view text, bool escapes = false) {
  std::string shown;
  TextScanner scanner(text, escapes);
  for (TextPiece piece; scanner.next(&piece);) {
    const std::string hex = piece.kind == TextPiece::Kind::kNul ? "00" : piece.hex().digits;
    shown += piece.kind == TextPiece::Kind::kText ? std::string(piece.text) : "<" + hex + ">";
  }
  return shown;
}

TEST(TextPolicyTest, ReadsItsThreeForms) {
  EXPECT_EQ(TextPolicy::parse("error")->action, TextPolicy::Action::kError);
  EXPECT_EQ(TextPolicy::parse("strip")->action, TextPolicy::Action::kStrip);
  for (const char* character : {"?", " ", "\x7F", "ü", "\uFFFD", "😀"}) {
    const auto policy = TextPolicy::parse(character);
    ASSERT_TRUE(policy.has_value()) << character;
    EXPECT_EQ(policy->action, TextPolicy::Action::kReplace);
    EXPECT_EQ(policy->substitute(), character);
    EXPECT_EQ(policy->to_string(), character);
    EXPECT_TRUE(*TextPolicy::parse(policy->to_string()) == *policy);
  }
  EXPECT_EQ(TextPolicy::parse("strip")->substitute(), "");
}

TEST(TextPolicyTest, RefusesEverythingElse) {
  for (const std::string& text :
       {""s, "\0"s, "??"s, "Error"s, "replace"s, "\xC3"s, "\xED\xB0\x80"s, "\x98"s, "üü"s})
    EXPECT_FALSE(TextPolicy::parse(text).has_value()) << text;
}

TEST(TextPolicyTest, KnowsCleanText) {
  for (const char* text :
       {"", "plain", "Gr\xC3\xBC\xC3\x9F", "\x7F", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF",
        "\xEE\x80\x80", "long enough for words of eight bytes, \xE2\x82\xAC included"})
    EXPECT_TRUE(is_clean_text(text)) << text;
  // NUL; alone; cut off; overlong; surrogates; beyond U+10FFFF.
  for (const std::string& text : {"a\0b"s, "\x80"s, "\xC3"s, "\xE2\x82"s, "\xC0\x80"s, "\xC1\xBF"s,
                                  "\xE0\x9F\xBF"s, "\xF0\x8F\xBF\xBF"s, "\xED\xA0\x80"s, "\xED\xBF\xBF"s,
                                  "\xF4\x90\x80\x80"s, "\xF5\x80\x80\x80"s, "\xFF"s, "twelve bytes\xC3"s})
    EXPECT_FALSE(is_clean_text(text)) << text;
}

TEST(TextPolicyTest, TakesTextApart) {
  EXPECT_EQ(pieces("a\0ü"s), "a<00>ü");
  EXPECT_EQ(pieces("\xC3ü\x98"), "<C3>ü<98>");
  EXPECT_EQ(pieces("x\xED\xA0\x80y"), "x<EDA080>y");
  EXPECT_EQ(pieces("\xE2\x82"), "<E2><82>");
  EXPECT_EQ(count_characters("aü€😀"), 4u);
}

TEST(TextPolicyTest, EveryByteCanBeEscaped) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    char escape[kEscapeSize];
    write_escape(static_cast<uint8_t>(byte), true, escape);
    const std::string_view text(escape, sizeof(escape));
    EXPECT_FALSE(is_clean_text(text));
    TextScanner scanner(text, true);
    TextPiece piece;
    ASSERT_TRUE(scanner.next(&piece));
    EXPECT_EQ(piece.kind, TextPiece::Kind::kInvalid);
    ASSERT_EQ(piece.size, 1u);
    EXPECT_EQ(piece.bytes[0], byte);
    EXPECT_FALSE(scanner.next(&piece));
  }
}

/// In a UTF-8 column these bytes are what the source has.
TEST(TextPolicyTest, EscapesCountOnlyWhereTheyAreOurs) {
  EXPECT_EQ(pieces("\xED\xB2\x98", true), "<98>");
  EXPECT_EQ(pieces("\xED\xB2\x98", false), "<EDB298>");
  EXPECT_EQ(pieces("\xED\xB2", true), "<ED><B2>");
}

std::string read(const char* declared, const char* charset, std::string_view cell) {
  const Result<ColumnType> type = parse_column_type(declared, charset);
  if (!type.ok()) return type.status().message();
  const Result<CellReader> reader = CellReader::create(*type);
  if (!reader.ok()) return reader.status().message();
  Arena arena;
  Value value;
  const Status status = reader->read(cell, arena, value);
  if (!status.ok()) return status.message();
  return value.kind() == ValueKind::kText ? pieces(value.as_bytes(), true) : "not text";
}

TEST(CellReaderTest, ConvertsTextFromItsColumnsCharset) {
  EXPECT_EQ(read("varchar(9)", "latin1", "\xFC\x80"), "ü€");
  EXPECT_EQ(read("char(9)", "cp1251", "\xE6\x98"), "ж<98>");
  EXPECT_EQ(read("text", "ucs2", "\x20\xAC"), "€");
  EXPECT_EQ(read("text", "utf8mb4", "ü"), "ü");
  EXPECT_EQ(read("enum('ä','ж')", "cp1251", "\xE6"), "ж");
  EXPECT_EQ(read("set('日','b')", "ucs2", "\x65\xE5\x00,\x00"s + "b"), "日,b");
  EXPECT_EQ(read("json", "", "{\"a\": \"ü\"}"), "{\"a\": \"ü\"}");
  EXPECT_EQ(read("varchar(9)", "klingon", "x"), "character set \"klingon\" is not supported");
}

}  // namespace
}  // namespace mysql_sync
