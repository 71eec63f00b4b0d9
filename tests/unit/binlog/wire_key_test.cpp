#include "core/binlog/wire_key.hpp"

#include "unit/binlog/binlog_file.hpp"
#include "unit/binlog/event_builder.hpp"

namespace mysql_sync::binlog {
namespace {

/// (a, b, c), key (c, a)
struct Table {
  TableMapEvent map;
  TableSchema schema = make_schema("d", "t", {{"a", "int", ""}, {"b", "int", ""}, {"c", "int", ""}});

  Table() {
    map.columns.resize(3);
    schema.primary_key = {2, 0};
  }
  Status check(const std::string& bytes, bool has_prefixes = false) {
    map.primary_key = WireKey{bytes, has_prefixes};
    return check_wire_key(map, schema);
  }
};

TEST(WireKey, IsThatOfTheSchema) {
  EXPECT_TRUE(Table().check(le(2, 1) + le(0, 1)).ok());
  EXPECT_TRUE(Table().check(le(2, 1) + le(10, 1) + le(0, 1) + le(0, 1), true).ok());
  EXPECT_EQ(Table().check(le(0, 1) + le(2, 1)).code(), ErrorCode::kConflict);
  const Status status = Table().check(le(2, 1));
  EXPECT_EQ(status.message(), "table d.t: the binlog has another primary key than the known schema");
  EXPECT_EQ(status.detail(), "The schema has (c, a), the binlog (c).");
}

TEST(WireKey, IsOftenNotThere) {
  Table table;
  EXPECT_TRUE(check_wire_key(table.map, table.schema).ok());
  table.map.column_names = {"a", "b", "c"};  // metadata in full: the table has none
  EXPECT_EQ(check_wire_key(table.map, table.schema).code(), ErrorCode::kConflict);
  table.schema.primary_key.clear();
  EXPECT_TRUE(table.check(le(1, 1)).ok());  // a unique key
}

TEST(WireKey, MalformedBytesAreRefused) {
  for (const std::string& bytes :
       {le(3, 1), le(255, 1), le(252, 1) + le(0, 1), le(0, 1) + le(0, 1) + le(0, 1) + le(0, 1)})
    EXPECT_EQ(Table().check(bytes).code(), ErrorCode::kCorrupt) << hex(bytes);
  EXPECT_EQ(Table().check(le(2, 1), true).code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace mysql_sync::binlog
