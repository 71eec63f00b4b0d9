#include "core/binlog/wire_labels.hpp"

#include <gtest/gtest.h>

#include "event_builder.hpp"

namespace mysql_sync::binlog {
namespace {

Column column(const char* declared, const char* charset) {
  Column made;
  made.name = declared;
  auto type = parse_column_type(declared, charset);
  EXPECT_TRUE(type.ok());
  if (type.ok()) made.type = *std::move(type);
  return made;
}

TableSchema schema() {
  TableSchema made;
  made.columns = {column("int", ""), column("enum('?','b')", "utf8mb4"), column("set('?')", "utf16"),
                  column("enum('?')", "latin1")};
  return made;
}

TEST(WireLabelsTest, TakeThePlaceOfTheCatalogs) {
  TableMapEvent map;
  map.enum_labels = le(2, 1) + counted("\xf0\x9f\x98\x80") + counted("b") + le(1, 1) + counted("\xe4");
  map.set_labels = le(1, 1) + counted(std::string_view("\xd8\x3d\xde\x00", 4));
  TableSchema table = schema();
  ASSERT_TRUE(take_wire_labels(map, &table).ok());
  EXPECT_EQ(table.columns[1].type.members, (std::vector<std::string>{"\xf0\x9f\x98\x80", "b"}));
  EXPECT_EQ(table.columns[2].type.members, (std::vector<std::string>{"\xf0\x9f\x98\x80"}));
  EXPECT_EQ(table.columns[3].type.members, (std::vector<std::string>{"\xc3\xa4"}));
}

TEST(WireLabelsTest, AreOftenNotThere) {
  TableSchema table = schema();
  ASSERT_TRUE(take_wire_labels(TableMapEvent(), &table).ok());
  EXPECT_EQ(table.columns[1].type.members, (std::vector<std::string>{"?", "b"}));
}

TEST(WireLabelsTest, MustBeAsManyAsKnown) {
  TableMapEvent map;
  map.enum_labels = le(3, 1) + counted("a") + counted("b") + counted("c") + le(1, 1) + counted("d");
  TableSchema table = schema();
  EXPECT_EQ(take_wire_labels(map, &table).code(), ErrorCode::kConflict);
}

TEST(WireLabelsTest, MustBeThoseKnownWhereThatIsCertain) {
  const auto is_conflict = [](const char* known, const std::string& label) {
    TableMapEvent map;
    map.enum_labels = le(1, 1) + counted(label);
    TableSchema table;
    table.columns = {column(known, "latin1")};
    const Status status = take_wire_labels(map, &table);
    return !status.ok() && status.code() == ErrorCode::kConflict;
  };
  EXPECT_TRUE(is_conflict("enum('a')", "b"));
  EXPECT_TRUE(is_conflict("enum('a')", "A"));
  EXPECT_FALSE(is_conflict("enum('a')", "a"));
  EXPECT_FALSE(is_conflict("enum('a')", "\xe4"));
  EXPECT_FALSE(is_conflict("enum('ä')", "?"));
  EXPECT_FALSE(is_conflict("enum('a?')", "ab"));
}

TEST(WireLabelsTest, MalformedBytesAreRefused) {
  const std::string whole = le(2, 1) + counted("a") + counted("b") + le(1, 1) + counted("c");
  for (size_t size = 1; size < whole.size(); ++size) {
    TableMapEvent map;
    map.enum_labels = whole.substr(0, size);
    TableSchema table = schema();
    EXPECT_EQ(take_wire_labels(map, &table).code(), ErrorCode::kCorrupt) << size;
  }
  TableMapEvent map;
  map.enum_labels = whole + "x";
  TableSchema table = schema();
  EXPECT_EQ(take_wire_labels(map, &table).code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace mysql_sync::binlog
