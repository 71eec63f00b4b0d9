#include "core/binlog/row_decoder.hpp"

#include <gtest/gtest.h>

#include "unit/binlog/binlog_file.hpp"
#include "unit/binlog/event_builder.hpp"

namespace mysql_sync::binlog {
namespace {

struct CellSpec {
  std::string declared, charset;
  uint8_t wire = 0;
  uint16_t metadata = 0;
};

struct OneColumn {
  TableMapEvent map;
  TableSchema schema;

  explicit OneColumn(const CellSpec& spec) {
    map.columns.push_back({spec.wire, spec.metadata, true});
    schema = make_schema("d", "t", {{"c", spec.declared, spec.charset}});
  }
};

RowsEvent insert_event(const std::string& rows, std::string_view present = "\xff") {
  RowsEvent event;
  event.column_count = 1;
  event.present_before = present;
  event.rows = rows;
  return event;
}

/// The value of a row of one column, or the message of what went wrong.
std::string cell(const CellSpec& spec, const std::string& bytes) {
  const OneColumn table(spec);
  auto decoder = RowDecoder::create(table.map, table.schema);
  if (!decoder.ok()) return decoder.status().message();
  const std::string rows = std::string(1, '\0') + bytes;
  const Status started = decoder->start(insert_event(rows));
  if (!started.ok()) return started.message();
  RowChange change;
  const auto more = decoder->next(&change);
  return more.ok() ? row_text(change.after) : more.status().message();
}

constexpr char kOtherType[] = "table d.t, column c: the binlog has another type than the known schema";

// MySQL 5.5 and older, and tables of theirs that were never rebuilt.
TEST(RowDecoder, TemporalTypesBeforeMysql56) {
  EXPECT_EQ(cell({"time", "", 11, 0}, le(8385959, 3)), "3020399000000us");
  EXPECT_EQ(cell({"time", "", 11, 0}, le(static_cast<uint64_t>(-10000), 3)), "-3600000000us");
  EXPECT_EQ(cell({"datetime", "", 12, 0}, le(20200010000000, 8)), "2020-00-10 00:00:00.000000");
  EXPECT_EQ(cell({"timestamp", "", 7, 0}, le(4294967295, 4)), "@4294967295000000");
}

TEST(RowDecoder, TimestampsOfMariadb115GoBeyond2038) {
  EXPECT_EQ(cell({"timestamp", "", 17, 0}, std::string("\xff\xff\xff\xff", 4)), "@4294967295000000");
}

TEST(RowDecoder, CharOfMoreThan255BytesHasTwoLengthBytes) {
  EXPECT_EQ(cell({"char(255)", "utf8mb4", 254, 1020}, le(3, 2) + "abc"), "'abc'");
  EXPECT_EQ(cell({"char(10)", "utf8mb4", 254, 40}, le(3, 1) + "abc"), "'abc'");
}

TEST(RowDecoder, BinaryGetsItsZerosBack) {
  EXPECT_EQ(cell({"binary(4)", "", 254, 4}, counted("ab")), "x61620000");
  EXPECT_EQ(cell({"binary(4)", "", 254, 4}, counted("abcde")),
            "malformed row of table d.t in the binlog: the value of column c (binary(4)) is malformed");
}

TEST(RowDecoder, TextIsConverted) {
  EXPECT_EQ(cell({"varchar(20)", "latin1", 15, 20}, counted("Z\xfcrich")), "'Zürich'");
  EXPECT_EQ(cell({"text", "latin1", 252, 2}, le(1, 2) + "\xe9"), "'é'");
}

TEST(RowDecoder, EnumAndSet) {
  EXPECT_EQ(cell({"enum('a','b')", "utf8", 247, 1}, le(0, 1)), "''");
  EXPECT_EQ(cell({"enum('a','b')", "utf8", 247, 1}, le(2, 1)), "'b'");
  EXPECT_EQ(cell({"enum('a','b')", "utf8", 247, 2}, le(1, 2)), "'a'");
  EXPECT_NE(cell({"enum('a','b')", "utf8", 247, 1}, le(3, 1)).find("malformed"), std::string::npos);
  EXPECT_EQ(cell({"set('a','b','c')", "utf8", 248, 1}, le(5, 1)), "'a,c'");
  EXPECT_NE(cell({"set('a','b','c')", "utf8", 248, 1}, le(8, 1)).find("malformed"), std::string::npos);
}

TEST(RowDecoder, UuidsOfMariadb) {
  const std::string as_is("\x01\x8b\xcf\xe5\x68\x7b\x7c\x3e\x9d\x5f\x00\x00\x00\x00\x01\x00", 16);
  EXPECT_EQ(cell({"uuid", "", 254, 16}, counted(as_is)), "'018bcfe5-687b-7c3e-9d5f-000000000100'");
  const std::string reversed("\x42\x66\x55\x44\x00\x00\xa4\x56\x12\xd3\xe8\x9b\x12\x3e\x45\x67", 16);
  EXPECT_EQ(cell({"uuid", "", 254, 16}, counted(reversed)), "'123e4567-e89b-12d3-a456-426655440000'");
}

TEST(RowDecoder, TypesMustAgree) {
  EXPECT_EQ(cell({"int", "", 8, 0}, ""), kOtherType);
  EXPECT_EQ(cell({"decimal(10,2)", "", 246, 12 << 8 | 2}, ""), kOtherType);
  EXPECT_EQ(cell({"datetime(3)", "", 18, 6}, ""), kOtherType);
  EXPECT_EQ(cell({"text", "utf8", 245, 4}, ""), kOtherType);
  EXPECT_EQ(cell({"blob", "", 252, 5}, ""), kOtherType);
  EXPECT_EQ(cell({"decimal(10,2)", "", 0, 0}, ""),
            "table d.t, column c: type decimal(10,2) is not supported");
}

TEST(RowDecoder, MetadataOfTheSourceMustAgree) {
  OneColumn table({"int", "", 3, 0});
  table.map.column_names = {"C"};
  table.map.is_unsigned = {false};
  EXPECT_TRUE(RowDecoder::create(table.map, table.schema).ok());
  table.map.is_unsigned = {true};
  EXPECT_EQ(RowDecoder::create(table.map, table.schema).status().code(), ErrorCode::kConflict);
  table.map.is_unsigned = {false};
  table.map.column_names = {"d"};
  EXPECT_EQ(RowDecoder::create(table.map, table.schema).status().code(), ErrorCode::kConflict);
}

TEST(RowDecoder, ColumnCountsMustAgree) {
  OneColumn table({"int", "", 3, 0});
  table.map.columns.push_back({8, 0, true});
  const auto decoder = RowDecoder::create(table.map, table.schema);
  ASSERT_FALSE(decoder.ok());
  EXPECT_EQ(decoder.status().code(), ErrorCode::kConflict);
  EXPECT_EQ(decoder.status().detail(), "The schema has 1 (c int), the binlog 2 (LONG, LONGLONG).");
}

TEST(RowDecoder, HiddenColumnsAreLeftOut) {
  OneColumn table({"int", "", 3, 0});
  table.map.columns.push_back({8, 0, true});
  table.map.hidden_columns = 1;
  auto decoder = RowDecoder::create(table.map, table.schema);
  ASSERT_TRUE(decoder.ok()) << decoder.status().message();
  RowsEvent event = insert_event("");
  event.column_count = 2;
  const std::string rows = le(0, 1) + le(7, 4) + le(99, 8) + le(2, 1) + le(8, 4);  // the second has no hash
  event.rows = rows;
  ASSERT_TRUE(decoder->start(event).ok());
  std::string found;
  RowChange change;
  for (auto more = decoder->next(&change); more.ok() && *more; more = decoder->next(&change))
    found += row_text(change.after) + ";";
  EXPECT_EQ(found, "7;8;");
}

TEST(RowDecoder, ImagesMustFitTheTable) {
  const OneColumn table({"int", "", 3, 0});
  auto decoder = RowDecoder::create(table.map, table.schema);
  ASSERT_TRUE(decoder.ok());
  RowsEvent old = insert_event("");
  old.pre_release = true;
  EXPECT_EQ(decoder->start(old).code(), ErrorCode::kUnsupported);
  RowsEvent other = insert_event("");
  other.column_count = 2;
  EXPECT_EQ(decoder->start(other).code(), ErrorCode::kCorrupt);
}

/// A table (id int primary key, n int, j json, k json); bit i of a bitmap is its column i.
struct PartialTable {
  TableMapEvent map;
  TableSchema schema;
  PartialTable() {
    map.columns = {{3, 0, false}, {3, 0, true}, {245, 4, true}, {245, 4, true}};
    schema =
        make_schema("d", "t", {{"id", "int", ""}, {"n", "int", ""}, {"j", "json", ""}, {"k", "json", ""}});
    schema.primary_key = {0};
    schema.columns[0].nullable = false;
    schema.columns[1].default_value.kind = ColumnDefault::Kind::kLiteral;
    schema.columns[1].default_value.literal = "7";
  }

  /// The rows, or what went wrong.
  std::string rows(RowsEvent::Kind kind, char before, char after, const std::string& bytes,
                   bool partial = false) {
    auto decoder = RowDecoder::create(map, schema);
    if (!decoder.ok()) return decoder.status().message();
    const std::string present = {before, after};
    RowsEvent event;
    event.kind = kind;
    event.partial_json = partial;
    event.column_count = 4;
    event.present_before = std::string_view(present).substr(0, 1);
    event.present_after = std::string_view(present).substr(1);
    event.rows = bytes;
    const Status started = decoder->start(event);
    if (!started.ok()) return started.message();
    std::string text;
    RowChange change;
    for (auto more = decoder->next(&change); !more.ok() || *more; more = decoder->next(&change)) {
      if (!more.ok()) return text + more.status().message();
      text +=
          change_text(change) + (change.complete ? ";" : " incomplete;") + (change.names_key ? " key;" : "");
    }
    return text;
  }
};

const std::string kOne = le(1, 4);

TEST(RowDecoder, InsertsAreCompletedByDefaults) {
  PartialTable table;
  using Kind = RowsEvent::Kind;
  EXPECT_EQ(table.rows(Kind::kInsert, 1, 0, le(0, 1) + kOne + le(0, 1) + le(2, 4)),
            "+ 1|7|NULL|NULL;+ 2|7|NULL|NULL;");
  EXPECT_EQ(table.rows(Kind::kInsert, 3, 0, le(2, 1) + kOne), "+ 1|NULL|NULL|NULL;");
  table.schema.columns[1].default_value.kind = ColumnDefault::Kind::kOther;
  EXPECT_EQ(table.rows(Kind::kInsert, 1, 0, le(0, 1) + kOne), "+ 1|-|NULL|NULL incomplete;");
  table.schema.columns[1].default_value.kind = ColumnDefault::Kind::kNone;
  table.schema.columns[1].nullable = false;
  EXPECT_EQ(table.rows(Kind::kInsert, 1, 0, le(0, 1) + kOne), "+ 1|0|NULL|NULL;");
}

// INSERT INTO t VALUES () where the key has a default, too: a row of no bytes at all.
TEST(RowDecoder, AnInsertOfNothingButDefaults) {
  PartialTable table;
  EXPECT_EQ(table.rows(RowsEvent::Kind::kInsert, 0, 0, ""), "+ 0|7|NULL|NULL;");
  EXPECT_EQ(table.rows(RowsEvent::Kind::kInsert, 0, 0, "x"),
            "malformed row of table d.t in the binlog: rows without columns have bytes");
}

TEST(RowDecoder, UpdatesKeepWhatTheyLack) {
  PartialTable table;
  using Kind = RowsEvent::Kind;
  EXPECT_EQ(table.rows(Kind::kUpdate, 1, 2, le(0, 1) + kOne + le(0, 1) + le(5, 4)),
            "< 1|-|-|-\n> 1|5|-|- incomplete;");
  EXPECT_EQ(table.rows(Kind::kUpdate, 3, 3, le(0, 1) + kOne + le(4, 4) + le(2, 1) + kOne),
            "< 1|4|-|-\n> 1|NULL|-|- incomplete; key;");
  EXPECT_EQ(table.rows(Kind::kUpdate, 15, 2, le(12, 1) + kOne + le(4, 4) + le(0, 1) + le(5, 4)),
            "< 1|4|NULL|NULL\n> 1|5|NULL|NULL;");
  EXPECT_EQ(table.rows(Kind::kDelete, 1, 0, le(0, 1) + kOne), "- 1|-|-|-;");
}

TEST(RowDecoder, RowsWithoutTheirKeyCannotBeFound) {
  PartialTable table;
  EXPECT_EQ(table.rows(RowsEvent::Kind::kDelete, 2, 0, le(0, 1) + kOne),
            "table d.t: a row in the binlog lacks its primary key");
  table.schema.primary_key.clear();
  EXPECT_EQ(table.rows(RowsEvent::Kind::kDelete, 3, 0, le(0, 1) + kOne),
            "table d.t: row without all columns in the binlog, and without a key to find it by");
}

/// As a cell of a partial update.
std::string diff_cell(const std::string& diffs) { return le(diffs.size(), 4) + diffs; }
const std::string kSetA = std::string("\0\3$.a", 5) + std::string("\3\5\2\0", 4);  // replace by 2

TEST(RowDecoder, PartialJson) {
  PartialTable table;
  using Kind = RowsEvent::Kind;
  const std::string document("\0\1\0\14\0\13\0\1\0\5\1\0a", 13);  // {"a": 1}
  const std::string before = le(0, 1) + kOne + le(document.size(), 4) + document;
  // Bit 0 of the partial bits is j, bit 1 is k, whether the image has them or not.
  EXPECT_EQ(table.rows(Kind::kUpdate, 5, 4, before + le(1, 1) + le(1, 1) + le(0, 1) + diff_cell(kSetA), true),
            "< 1|-|'{\"a\": 1}'|-\n> 1|-|'{\"a\": 2}'|- incomplete;");
  EXPECT_EQ(table.rows(Kind::kUpdate, 1, 8,
                       le(0, 1) + kOne + le(1, 1) + le(2, 1) + le(0, 1) + diff_cell(kSetA), true),
            "< 1|-|-|-\n> 1|-|-|diff x0003242e6103050200 incomplete;");
  EXPECT_EQ(table.rows(Kind::kUpdate, 1, 4, le(0, 1) + kOne + le(0, 1) + le(1, 1), true),
            "< 1|-|-|-\n> 1|-|NULL|- incomplete;");
  EXPECT_NE(table.rows(Kind::kUpdate, 1, 4, le(0, 1) + kOne + le(2, 1) + le(1, 1), true).find("malformed"),
            std::string::npos);
  EXPECT_NE(table.rows(Kind::kUpdate, 1, 4, le(0, 1) + kOne + le(1, 1) + le(1, 1) + le(0, 1) + le(9, 4), true)
                .find("malformed"),
            std::string::npos);
  EXPECT_NE(table
                .rows(Kind::kUpdate, 5, 4,
                      le(2, 1) + kOne + le(1, 1) + le(1, 1) + le(0, 1) + diff_cell(kSetA), true)
                .find("a partial JSON update of a value that is no JSON"),
            std::string::npos);
}

TEST(RowDecoder, RowsEndWhereTheEventEnds) {
  const OneColumn table({"int", "", 3, 0});
  auto decoder = RowDecoder::create(table.map, table.schema);
  ASSERT_TRUE(decoder.ok());
  const std::string rows = le(0, 1) + le(1, 4) + le(1, 1) + le(0, 1) + le(2, 4);
  for (int pass = 0; pass < 2; ++pass) {
    ASSERT_TRUE(decoder->start(insert_event(rows)).ok());
    std::string text;
    RowChange change;
    while (*decoder->next(&change)) text += row_text(change.after) + " ";
    EXPECT_EQ(text, "1 NULL 2 ");
  }
  const std::string cut = rows.substr(0, rows.size() - 1);
  ASSERT_TRUE(decoder->start(insert_event(cut)).ok());
  RowChange change;
  EXPECT_TRUE(*decoder->next(&change));
  EXPECT_TRUE(*decoder->next(&change));
  EXPECT_EQ(decoder->next(&change).status().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace mysql_sync::binlog
