#include "core/binlog/json_diff.hpp"

#include <gtest/gtest.h>

#include "core/binlog/json_document.hpp"

namespace mysql_sync::binlog {
namespace {

enum : char { kReplace = 0, kInsert = 1, kRemove = 2 };

std::string counted(const std::string& text) { return std::string(1, static_cast<char>(text.size())) + text; }

/// Binary JSON of a short string.
std::string string_value(const std::string& text) { return counted("\x0c" + counted(text)); }

std::string diff(char operation, const std::string& path, const std::string& value = {}) {
  return std::string(1, operation) + counted(path) + (operation == kRemove ? "" : string_value(value));
}

/// The value after the diffs, or what went wrong.
std::string applied(const std::string& before, const std::string& diffs) {
  std::string after;
  const Status status = apply_json_diffs(diffs, before, &after);
  if (status.ok()) return after;
  return status.code() == ErrorCode::kConflict ? "conflict" : "! " + status.message();
}

constexpr char kDocument[] = R"({"a": [1, 2.50, {"x": null}], "bb": "]}\"", "ccc": {"d": 1e100}})";

TEST(JsonDiff, Replaces) {
  EXPECT_EQ(applied(kDocument, ""), kDocument);
  EXPECT_EQ(applied(kDocument, diff(kReplace, "$.a[1]", "v")),
            R"({"a": [1, "v", {"x": null}], "bb": "]}\"", "ccc": {"d": 1e100}})");
  EXPECT_EQ(applied(kDocument, diff(kReplace, "$.a[last].x", "v")),
            R"({"a": [1, 2.50, {"x": "v"}], "bb": "]}\"", "ccc": {"d": 1e100}})");
  EXPECT_EQ(applied(kDocument, diff(kReplace, "$.a[last-2]", "v") + diff(kReplace, "$.ccc", "w")),
            R"({"a": ["v", 2.50, {"x": null}], "bb": "]}\"", "ccc": "w"})");
  EXPECT_EQ(applied("[[1]]", diff(kReplace, "$[0][0]", "\n")), R"([["\n"]])");
}

TEST(JsonDiff, InsertsMembersInOrder) {
  EXPECT_EQ(applied("{}", diff(kInsert, "$.b", "1") + diff(kInsert, "$.aa", "2") + diff(kInsert, "$.a", "3") +
                              diff(kInsert, "$.c", "4")),
            R"({"a": "3", "b": "1", "c": "4", "aa": "2"})");
  EXPECT_EQ(applied(R"({"ü": 1})", diff(kInsert, R"($."a b")", "1") + diff(kInsert, R"($."q\"")", "2")),
            R"({"q\"": "2", "ü": 1, "a b": "1"})");
  EXPECT_EQ(applied(R"({"a": 1})", diff(kInsert, "$.a", "2")), "conflict");
}

TEST(JsonDiff, InsertsElements) {
  EXPECT_EQ(applied("[1, 2]", diff(kInsert, "$[0]", "a")), R"(["a", 1, 2])");
  EXPECT_EQ(applied("[1, 2]", diff(kInsert, "$[1]", "a")), R"([1, "a", 2])");
  EXPECT_EQ(applied("[1, 2]", diff(kInsert, "$[7]", "a")), R"([1, 2, "a"])");
  EXPECT_EQ(applied("[]", diff(kInsert, "$[0]", "a")), R"(["a"])");
  EXPECT_EQ(applied("[1, 2]", diff(kInsert, "$[last]", "a")), R"([1, "a", 2])");
}

TEST(JsonDiff, Removes) {
  EXPECT_EQ(applied(kDocument, diff(kRemove, "$.a") + diff(kRemove, "$.ccc.d")),
            R"({"bb": "]}\"", "ccc": {}})");
  EXPECT_EQ(applied("[1, [2], 3]", diff(kRemove, "$[1]") + diff(kRemove, "$[last]")), "[1]");
  EXPECT_EQ(applied(R"({"": 1, "b": 2})", diff(kRemove, R"($."")")), R"({"b": 2})");
}

TEST(JsonDiff, KeysAreComparedAsTheirCharacters) {
  EXPECT_EQ(applied(R"({"\u0001\n": 1})", diff(kReplace, "$.\"\\u0001\\n\"", "x")), R"({"\u0001\n": "x"})");
  EXPECT_EQ(applied("{\"\xf0\x9f\x98\x80\": 1}", diff(kReplace, R"($."\ud83d\ude00")", "x")),
            "{\"\xf0\x9f\x98\x80\": \"x\"}");
}

TEST(JsonDiff, WhatDoesNotFitIsAConflict) {
  for (const char* path : {"$", "$.x", "$.a[3]", "$.a.x", "$.bb[0]", "$.ccc[0]", "$.x.y", "$.a[last-3]"}) {
    EXPECT_EQ(applied(kDocument, diff(kReplace, path, "v")), "conflict") << path;
    EXPECT_EQ(applied(kDocument, diff(kRemove, path)), "conflict") << path;
  }
  EXPECT_EQ(applied(kDocument, diff(kInsert, "$.x.y", "v")), "conflict");
  EXPECT_EQ(applied("1", diff(kInsert, "$[1]", "v")), "conflict");
}

TEST(JsonDiff, MalformedDiffsAndValues) {
  const std::string malformed = "! malformed partial JSON update in the binlog";
  const std::string whole = diff(kReplace, "$.a", "v");
  for (size_t size = 1; size < whole.size(); ++size)
    EXPECT_EQ(applied(kDocument, whole.substr(0, size)), malformed) << size;
  EXPECT_EQ(applied(kDocument, diff(3, "$.a", "v")), malformed);
  EXPECT_EQ(applied(kDocument, std::string("\0\3$.a\1\x7f", 7)), "! malformed binary JSON in the binlog");
  for (const char* before :
       {"", "{", "[1", "{\"a\" 1}", "{\"a\": }", "[1,]", "[,1]", "{\"a\": 1,}", "{1: 2}"})
    EXPECT_EQ(applied(before, diff(kReplace, "$.a", "v")), "! the value to be changed is not JSON") << before;
}

TEST(JsonPath, Malformed) {
  for (const char* path : {"", "a", "$x", "$.", "$[", "$[]", "$[1", "$[a]", "$[-1]", "$.*", "$[*]", "$**.a",
                           "$[1 to 2]", "$.\"a", "$.\"\\x\"", "$.\"\\ud800\"", "$[last-]", "$[12345678901]"})
    EXPECT_EQ(parse_json_path(path).status().code(), ErrorCode::kCorrupt) << path;
  std::string deep = "$";
  for (int i = 0; i < 101; ++i) deep += "[0]";
  EXPECT_FALSE(parse_json_path(deep).ok());
  EXPECT_EQ(parse_json_path(deep.substr(0, deep.size() - 3))->size(), 100U);
}

}  // namespace
}  // namespace mysql_sync::binlog
