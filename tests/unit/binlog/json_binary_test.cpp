#include "core/binlog/json_binary.hpp"

#include <gtest/gtest.h>

#include "unit/binlog/event_builder.hpp"

namespace mysql_sync::binlog {
namespace {

std::string text_of(const std::string& binary) {
  std::string text;
  const Status status = append_json_text(binary, &text);
  return status.ok() ? text : "error";
}

std::string double_text(double number) {
  std::string text;
  append_json_double(number, &text);
  return text;
}

/// A small array of arrays, `depth` deep, the innermost empty.
std::string nested(unsigned depth) {
  std::string inner = le(0, 2) + le(4, 2);
  for (unsigned i = 1; i < depth; ++i) {
    inner = le(1, 2) + le(7 + inner.size(), 2) + le(2, 1) + le(7, 2) + inner;
  }
  return le(2, 1) + inner;
}

TEST(JsonBinary, Scalars) {
  EXPECT_EQ(text_of(""), "null");
  EXPECT_EQ(text_of(le(4, 1) + le(1, 1)), "true");
  EXPECT_EQ(text_of(le(5, 1) + le(0xffff, 2)), "-1");
  EXPECT_EQ(text_of(le(7, 1) + le(0x80000000, 4)), "-2147483648");
  EXPECT_EQ(text_of(le(10, 1) + le(UINT64_MAX, 8)), "18446744073709551615");
  EXPECT_EQ(text_of(le(12, 1) + counted("a\"\x1f")), "\"a\\\"\\u001f\"");
}

TEST(JsonBinary, Doubles) {
  EXPECT_EQ(double_text(0), "0.0");
  EXPECT_EQ(double_text(-0.0), "-0.0");
  EXPECT_EQ(double_text(0.1), "0.1");
  EXPECT_EQ(double_text(100), "100.0");
  EXPECT_EQ(double_text(1e15), "1e15");
  EXPECT_EQ(double_text(999999999999999), "999999999999999.0");
  EXPECT_EQ(double_text(-1.5e-20), "-1.5e-20");
  EXPECT_EQ(double_text(1e-15), "0.000000000000001");
  EXPECT_EQ(double_text(1e-16), "1e-16");
  EXPECT_EQ(double_text(1.7976931348623157e308), "1.7976931348623157e308");
  EXPECT_EQ(double_text(5e-324), "5e-324");
  EXPECT_EQ(double_text(-2.2250738585072014e-308), "-2.2250738585072014e-308");
}

// CAST(CAST(-99999999999999999999999999999999999.123456789012345678901234567890 AS DECIMAL(65,30)) AS JSON),
// as MySQL 9.7 writes it: with 66 digits.
TEST(JsonBinary, DecimalsMayBeLongerThanThoseOfColumns) {
  const std::string packed(
      "\x42\x1e\x7a\x0a\x1f\x00\xc4\x65\x36\x00\xc4\x65\x36\x00\xc4\x65\x36\x00\xf8\xa4\x32\xea\xff\x43\x9e\xb1\xca"
      "\x48\x40\x78\xfc\x85",
      32);
  EXPECT_EQ(text_of(le(15, 1) + le(246, 1) + counted(packed)),
            "-99999999999999999999999999999999999.123456789012345678901234567890");
}

TEST(JsonBinary, DepthIsThatOfMysql) {
  EXPECT_EQ(text_of(nested(100)), std::string(100, '[') + std::string(100, ']'));
  EXPECT_EQ(text_of(nested(101)), "error");
}

/// An array whose two elements are both the array that follows, and so on: 2^50 values if they were followed.
TEST(JsonBinary, SharedBytesDoNotUnfold) {
  std::string inner = le(0, 2) + le(4, 2);
  for (int i = 0; i < 50; ++i) {
    inner = le(2, 2) + le(10 + inner.size(), 2) + le(2, 1) + le(10, 2) + le(2, 1) + le(10, 2) + inner;
  }
  EXPECT_EQ(text_of(le(2, 1) + inner), "error");
}

TEST(JsonBinary, RefusesWhatIsMalformed) {
  EXPECT_EQ(text_of(le(13, 1)), "error");                                              // no such type
  EXPECT_EQ(text_of(le(4, 1) + le(3, 1)), "error");                                    // no such literal
  EXPECT_EQ(text_of(le(9, 1) + le(1, 4)), "error");                                    // cut off
  EXPECT_EQ(text_of(le(12, 1) + le(200, 1)), "error");                                 // length goes on
  EXPECT_EQ(text_of(le(2, 1) + le(1, 2) + le(7, 2) + le(12, 1) + le(7, 2)), "error");  // offset at the end
  EXPECT_EQ(text_of(le(2, 1) + le(60000, 2) + le(4, 2)), "error");        // more elements than bytes
  EXPECT_EQ(text_of(le(15, 1) + le(246, 1) + counted("\x05")), "error");  // no decimal
}

}  // namespace
}  // namespace mysql_sync::binlog
