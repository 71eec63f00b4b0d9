#include "core/binlog/wire_charsets.hpp"

#include "unit/binlog/binlog_file.hpp"
#include "unit/binlog/event_builder.hpp"
#include "unit/binlog/golden_schema.hpp"

namespace mysql_sync::binlog {
namespace {

using std::string_literals::operator""s;

constexpr uint8_t kLong = 3, kVarchar = 15, kEnum = 247, kSet = 248, kBlob = 252, kGeometry = 255;

/// (i int, a varchar latin1, b varbinary, g geometry, t text utf8mb4, e enum latin1, s set utf8mb4)
struct Table {
  TableMapEvent map;
  TableSchema schema = make_schema("d", "t",
                                   {{"i", "int", ""},
                                    {"a", "varchar(9)", "latin1"},
                                    {"b", "varbinary(9)", ""},
                                    {"g", "geometry", ""},
                                    {"t", "text", "utf8mb4"},
                                    {"e", "enum('x')", "latin1"},
                                    {"s", "set('x')", "utf8mb4"}});

  Table() {
    for (const uint8_t type : {kLong, kVarchar, kVarchar, kGeometry, kBlob, kEnum, kSet})
      map.columns.push_back({type, 0, true});
  }
  Status check() const { return check_wire_charsets(map, schema, golden_charsets()); }
  Status check_text(const std::string& bytes, bool has_default) {
    map.text_charsets = {bytes, has_default};
    return check();
  }
};

TEST(WireCharsets, OfOneColumnAfterAnother) {
  EXPECT_TRUE(Table().check_text("\x08\x3f\x2d", false).ok());
  EXPECT_TRUE(Table().check_text("\x08\x3f\xfc\xff\x00"s, false).ok());
  const Status status = Table().check_text("\x2d\x3f\x2d", false);
  EXPECT_EQ(status.code(), ErrorCode::kConflict);
  EXPECT_EQ(status.message(),
            "table d.t, column a: the binlog has another character set than the known schema");
  EXPECT_EQ(status.detail(), "The schema says varchar(9) in latin1, the binlog says it is in utf8mb4.");
}

TEST(WireCharsets, OfMostColumnsAndThoseThatDiffer) {
  EXPECT_TRUE(Table().check_text("\x08\x01\x3f\x02\x2d", true).ok());
  EXPECT_TRUE(Table().check_text("\x3f\x00\x08\x02\x21"s, true).ok());
  EXPECT_EQ(Table().check_text("\x08\x01\x3f", true).code(), ErrorCode::kConflict);
}

TEST(WireCharsets, OfGeometryOnMariadbOnly) {
  Table table;
  table.map.mariadb = true;
  EXPECT_TRUE(table.check_text("\x08\x3f\x3f\x2d", false).ok());
  EXPECT_EQ(table.check_text("\x08\x3f\x2d", false).code(), ErrorCode::kCorrupt);
}

TEST(WireCharsets, OfLabels) {
  Table table;
  table.map.label_charsets = {"\x08\x2d", false};
  EXPECT_TRUE(table.check().ok());
  table.map.label_charsets = {"\x2d\x00\x08"s, true};
  EXPECT_TRUE(table.check().ok());
  table.map.label_charsets = {"\x2d", true};
  EXPECT_EQ(table.check().code(), ErrorCode::kConflict);
}

TEST(WireCharsets, TextIsNotBytes) {
  EXPECT_EQ(Table().check_text("\x3f\x3f\x2d", false).code(), ErrorCode::kConflict);
  EXPECT_EQ(Table().check_text("\x08\x08\x2d", false).code(), ErrorCode::kConflict);
}

TEST(WireCharsets, WhatNobodyKnowsIsNoConflict) {
  EXPECT_TRUE(Table().check().ok());
  EXPECT_TRUE(Table().check_text("\xf0\xf1\xf2", false).ok());
  EXPECT_TRUE(Table().check_text("\xfe\xff\xff\xff\xff\xff\xff\xff\xff", true).ok());
  Table table;
  table.schema.columns.resize(1);  // the others are the source's own
  EXPECT_TRUE(table.check_text("\x2d\x2d\x08", false).ok());
}

TEST(WireCharsets, MalformedBytesAreRefused) {
  for (const std::string& bytes : {"\x08\x3f"s, "\x08\x3f\x2d\x08"s, "\x08\x3f\xfc\xff"s, "\x08\x3f\xff"s})
    EXPECT_EQ(Table().check_text(bytes, false).code(), ErrorCode::kCorrupt) << hex(bytes);
  for (const std::string& bytes :
       {"\x08\x01"s, "\x08\x03\x3f"s, "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x08"s, "\xfc\x08"s,
        "\x08\xfb\x3f"s})
    EXPECT_EQ(Table().check_text(bytes, true).code(), ErrorCode::kCorrupt) << hex(bytes);
}

/// What servers send: each file has metadata in full.
class GoldenMetadata : public testing::TestWithParam<const char*> {
 protected:
  std::string problem(const std::string& column, const std::string& declared, const std::string& charset) {
    TableSchema schema = strings_schema();
    const auto index = schema.find_column(column);
    schema.columns[*index].type = *parse_column_type(declared, charset);
    return changes(schema).substr(0, 80);
  }
  static std::string changes(const TableSchema& schema) {
    return table_changes(DecodedBinlog(GetParam()), schema);
  }
};

INSTANTIATE_TEST_SUITE_P(Servers, GoldenMetadata,
                         testing::Values("binlog/mariadb-10.11.19/binlog.000001",
                                         "binlog/mysql-9.7.4/binlog.000001"));

TEST_P(GoldenMetadata, ShowsAnotherCharacterSet) {
  for (const auto& [column, declared, charset] :
       {std::tuple("l1", "varchar(20)", "utf8mb4"), std::tuple("v20", "varchar(20)", "latin1"),
        std::tuple("tx", "text", "latin1"), std::tuple("lt", "longblob", ""),
        std::tuple("lb", "longtext", "utf8mb4"), std::tuple("b8", "char(8)", "utf8mb4"),
        std::tuple("s9", "set('1','2','3','4','5','6','7','8','9')", "latin1")}) {
    const std::string expected =
        std::string("! table golden.strings, column ") + column + ": the binlog has another";
    EXPECT_EQ(problem(column, declared, charset).substr(0, expected.size()), expected);
  }
  EXPECT_EQ(problem("v20", "varchar(20)", "utf8mb4").substr(0, 2), "+ ");
}

TEST_P(GoldenMetadata, ShowsOtherLabels) {
  EXPECT_EQ(problem("s", "set('x','z','y')", "utf8").substr(0, 70),
            "! table golden.strings, column s: the binlog has another label than th");
  EXPECT_EQ(problem("e", "enum('a','b''c','?')", "utf8").substr(0, 2), "+ ");
}

TEST_P(GoldenMetadata, ShowsAnotherKey) {
  TableSchema schema = strings_schema();
  schema.primary_key = {0};
  EXPECT_EQ(changes(schema).substr(0, 2), "+ ");
  schema.primary_key = {0, 3};
  EXPECT_EQ(
      changes(schema),
      "! table golden.strings: the binlog has another primary key than the known schema The schema has (id, "
      "v20), the binlog (id).\n");
}

}  // namespace
}  // namespace mysql_sync::binlog
