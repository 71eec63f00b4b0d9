// Table maps without metadata and rows as MySQL 5.1 packed them before 5.1.18, made byte by byte after
// sql/rpl_record_old.cc and sql/field.cc of MySQL 5.1. Real ones are read by tests/golden.
#include "core/binlog/pre_release.hpp"

#include "unit/binlog/binlog_file.hpp"
#include "unit/binlog/event_builder.hpp"

namespace mysql_sync::binlog {
namespace {

/// A table map of before 5.1.18 ends after the types.
TableMapEvent bare_map(const std::string& types) {
  EventDecoder decoder;
  EventSpec spec;
  spec.type = 19;
  const std::string packet = build_event(
      spec, le(5, 6) + le(0, 2) + counted("d") + le(0, 1) + counted("t") + le(0, 1) + counted(types));
  const auto event = decoder.decode(packet);
  EXPECT_TRUE(event.ok());
  return std::get<TableMapEvent>(event->body);
}

RowsEvent rows_event(uint8_t type, std::string_view rows, size_t columns) {
  RowsEvent event;
  event.kind = type == 20   ? RowsEvent::Kind::kInsert
               : type == 21 ? RowsEvent::Kind::kUpdate
                            : RowsEvent::Kind::kDelete;
  event.pre_release = true;
  event.column_count = columns;
  event.present_before = event.present_after = std::string_view("\xff\xff").substr(0, (columns + 7) / 8);
  event.rows = rows;
  return event;
}

std::string decode(const std::string& types, const std::vector<ColumnSpec>& columns, uint8_t type,
                   std::string_view rows, const std::vector<size_t>& not_null = {}) {
  TableSchema schema = make_schema("d", "t", columns);
  for (const size_t column : not_null) schema.columns[column].nullable = false;
  auto decoder = RowDecoder::create(bare_map(types), schema);
  Status status = decoder.ok() ? decoder->start(rows_event(type, rows, columns.size())) : decoder.status();
  std::string text;
  RowChange change;
  while (status.ok()) {
    const auto more = decoder->next(&change);
    status = more.status();
    if (!more.ok() || !*more) break;
    text += change_text(change) + "\n";
  }
  return status.ok() ? text : text + status.message();
}

TEST(PreReleaseRows, NullColumnsHaveAValueAllTheSame) {
  // A record of fixed size: bit 0 marks deleted records, bits 1 and 2 are the columns', the rest is set.
  const std::string rows = le(0xf9, 1) + le(7, 4) + counted("one") + le(0xfb, 1) + le(0, 4) + counted("two") +
                           le(0xfd, 1) + le(9, 4) + counted("");
  EXPECT_EQ(decode("\x03\xfe", {{"a", "int", ""}, {"b", "char(50)", "latin1"}}, 20, rows),
            "+ 7|'one'\n+ NULL|'two'\n+ 9|NULL\n");
}

TEST(PreReleaseRows, OnlyNullableColumnsHaveABit) {
  const std::string rows = le(0xff, 1) + le(7, 4) + counted("") + le(0xfd, 1) + le(8, 4) + counted("x");
  EXPECT_EQ(decode("\x03\xfe", {{"a", "int", ""}, {"b", "char(50)", "latin1"}}, 21, rows, {0}),
            "< 7|NULL\n> 8|'x'\n");
}

TEST(PreReleaseRows, RecordsThatVaryHaveNoMark) {
  const std::string rows = le(0xfd, 1) + le(7, 4) + le(3, 2) + "abc";
  EXPECT_EQ(decode("\x03\x0f", {{"a", "int", ""}, {"b", "varchar(100)", "utf8"}}, 22, rows),
            "- NULL|'abc'\n");
  const std::string without_bits = le(7, 4) + counted("abc");
  EXPECT_EQ(decode("\x03\x0f", {{"a", "int", ""}, {"b", "varchar(50)", "utf8"}}, 22, without_bits, {0, 1}),
            "- 7|'abc'\n");
}

TEST(PreReleaseRows, TheSchemaGivesWhatTheMapLacks) {
  const std::string types("\xfe\xfe\xfe\xf6\xfc\xfc\xff\x10\x08", 9);
  const std::vector<ColumnSpec> columns = {{"e", "enum('a','b')", "latin1"},
                                           {"s", "set('x','y','z')", "latin1"},
                                           {"c", "char(100)", "utf8"},
                                           {"d", "decimal(5,2)", ""},
                                           {"t", "tinytext", "latin1"},
                                           {"l", "longblob", ""},
                                           {"g", "geometry", ""},
                                           {"b", "bit(16)", ""},
                                           {"n", "bigint unsigned", ""}};
  const std::string rows = le(0, 1) + le(0xfe, 1) + le(2, 1) + le(5, 1) + le(2, 2) + "\xc3\xa4" +
                           std::string("\x80\x7b\x2d", 3) + counted("tiny") + le(2, 4) + "lb" + le(1, 4) +
                           "g" + std::string("\x01\x02", 2) + le(UINT64_MAX, 8);
  EXPECT_EQ(decode(types, columns, 20, rows),
            "+ 'b'|'x,z'|'\xc3\xa4'|123.45|'tiny'|x6c62|x67|258|18446744073709551615\n");
}

TEST(PreReleaseRows, WhatCannotBeKnownIsRefused) {
  EXPECT_EQ(decode("\xfe", {{"b", "binary(3)", ""}}, 20, ""),
            "table d.t: column b (binary(3)) cannot be read from row events of releases before MySQL 5.1.18");
  EXPECT_EQ(decode("\x10", {{"b", "bit(3)", ""}}, 20, ""),
            "table d.t: column b (bit(3)) cannot be read from row events of releases before MySQL 5.1.18");
  const std::vector<ColumnSpec> one = {{"a", "int", ""}};
  EXPECT_EQ(
      decode("\x03", one, 20, le(0xfc, 1) + le(7, 4)),
      "malformed row of table d.t in the binlog: its record format is not the one that the columns give");
  EXPECT_EQ(
      decode("\x03", one, 20, le(0x7d, 1) + le(7, 4)),
      "malformed row of table d.t in the binlog: its record format is not the one that the columns give");
  EXPECT_EQ(decode("\x03", {{"a", "bigint", ""}}, 20, ""),
            "table d.t, column a: the binlog has another type than the known schema");
}

TEST(PreReleaseRows, MapAndRowsMustBeOfOneRelease) {
  auto decoder = RowDecoder::create(bare_map("\x03"), make_schema("d", "t", {{"a", "int", ""}}));
  ASSERT_TRUE(decoder.ok());
  RowsEvent rows = rows_event(20, "", 1);
  rows.pre_release = false;
  EXPECT_EQ(decoder->start(rows).code(), ErrorCode::kUnsupported);
}

TEST(PreReleaseCodes, DevelopmentBuildsNumberedOtherwise) {
  EventDecoder decoder;
  std::string lengths(40, '\0');
  lengths[16 - 1] = 6;  // of their table map: the id has four bytes
  ASSERT_TRUE(decoder.decode(build_format("5.2.2-a_drop6p13-debug-log", -1, lengths)).ok());
  EventSpec spec;
  spec.type = 16;
  const std::string map = build_event(
      spec, le(9, 4) + le(0, 2) + counted("d") + le(0, 1) + counted("t") + le(0, 1) + counted("\x03"));
  const auto event = decoder.decode(map);
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(event->header.type, 19);
  EXPECT_EQ(std::get<TableMapEvent>(event->body).table_id, 9U);
  spec.type = 20;
  EXPECT_EQ(std::get<XidEvent>(decoder.decode(build_event(spec, le(4, 8)))->body).xid, 4U);
  EXPECT_EQ(from_pre_release_code(17), 20);
  EXPECT_EQ(from_pre_release_code(22), 18);
  EXPECT_EQ(from_pre_release_code(2), 2);
  EXPECT_FALSE(has_pre_release_codes("5.1.17-beta-log"));
}

TEST(PreReleaseCodes, FilesOfOlderServersAreRefused) {
  EventDecoder decoder;
  EventSpec spec;
  spec.type = 1;
  const Status status = decoder.decode(build_event(spec, le(3, 2) + std::string(54, '\0'))).status();
  EXPECT_EQ(status.code(), ErrorCode::kUnsupported);
  EXPECT_EQ(status.message(), "binlog file of a server older than MySQL 5.0");
}

}  // namespace
}  // namespace mysql_sync::binlog
