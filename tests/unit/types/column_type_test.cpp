#include "core/types/table_schema.hpp"

#include <gtest/gtest.h>

namespace mysql_sync {
namespace {

ColumnType parse(std::string_view declared, std::string_view charset = "utf8mb4") {
  const Result<ColumnType> type = parse_column_type(declared, charset);
  EXPECT_TRUE(type.ok()) << declared << ": " << type.status().message();
  return type.ok() ? *type : ColumnType();
}

struct Simple {
  const char* declared;
  TypeKind kind;
  uint64_t length = 0;
  bool is_unsigned = false;
};

void expect_simple(const std::vector<Simple>& cases) {
  for (const Simple& expected : cases) {
    const ColumnType type = parse(expected.declared);
    EXPECT_EQ(type.kind, expected.kind) << expected.declared;
    EXPECT_EQ(type.length, expected.length) << expected.declared;
    EXPECT_EQ(type.is_unsigned, expected.is_unsigned) << expected.declared;
    EXPECT_EQ(type.declared, expected.declared);
  }
}

TEST(ColumnTypeTest, Integers) {
  expect_simple({{"tinyint(1)", TypeKind::kTinyint, 1},
                 {"tinyint(3) unsigned", TypeKind::kTinyint, 3, true},
                 {"BOOL", TypeKind::kTinyint, 1},
                 {"Boolean", TypeKind::kTinyint, 1},
                 {"int1", TypeKind::kTinyint},
                 {"smallint", TypeKind::kSmallint},
                 {"int2 unsigned", TypeKind::kSmallint, 0, true},
                 {"mediumint(9)", TypeKind::kMediumint, 9},
                 {"MIDDLEINT", TypeKind::kMediumint},
                 {"int3", TypeKind::kMediumint},
                 {"int(10) unsigned zerofill", TypeKind::kInt, 10, true},
                 {"INTEGER ( 5 ) ZEROFILL", TypeKind::kInt, 5, true},
                 {"int signed", TypeKind::kInt},
                 {"int4", TypeKind::kInt},
                 {"bigint(20) unsigned", TypeKind::kBigint, 20, true},
                 {"int8", TypeKind::kBigint},
                 {"serial", TypeKind::kBigint, 0, true},
                 {"year", TypeKind::kYear, 4},
                 {"year(4)", TypeKind::kYear, 4},
                 {"year(2)", TypeKind::kYear, 2},
                 {"bit", TypeKind::kBit, 1},
                 {"bit(0)", TypeKind::kBit, 1},
                 {"bit(64)", TypeKind::kBit, 64}});
}

TEST(ColumnTypeTest, RealNumbers) {
  expect_simple({{"float", TypeKind::kFloat},
                 {"float(7,3) unsigned", TypeKind::kFloat, 0, true},
                 {"float(24)", TypeKind::kFloat},
                 {"float(25)", TypeKind::kDouble},
                 {"float4", TypeKind::kFloat},
                 {"double", TypeKind::kDouble},
                 {"double(5,2)", TypeKind::kDouble},
                 {"double  precision", TypeKind::kDouble},
                 {"DOUBLE PRECISION(8,2) UNSIGNED", TypeKind::kDouble, 0, true},
                 {"real", TypeKind::kDouble},
                 {"float8", TypeKind::kDouble}});
}

TEST(ColumnTypeTest, Decimals) {
  struct Case {
    const char* declared;
    int precision, scale;
  };
  for (const Case& expected : {Case{"decimal", 10, 0}, Case{"dec(0)", 10, 0}, Case{"numeric(5)", 5, 0},
                               Case{"FIXED(6,2)", 6, 2}, Case{"decimal(65,38) unsigned", 65, 38}}) {
    const ColumnType type = parse(expected.declared);
    EXPECT_EQ(type.kind, TypeKind::kDecimal) << expected.declared;
    EXPECT_EQ(type.precision, expected.precision) << expected.declared;
    EXPECT_EQ(type.scale, expected.scale) << expected.declared;
  }
}

TEST(ColumnTypeTest, Temporals) {
  EXPECT_EQ(parse("date").kind, TypeKind::kDate);
  EXPECT_EQ(parse("datetime").fraction, 0);
  EXPECT_EQ(parse("datetime(6)").fraction, 6);
  EXPECT_EQ(parse("timestamp(3)").kind, TypeKind::kTimestamp);
  EXPECT_EQ(parse("time(2) /* mariadb-5.3 */").fraction, 2);
  EXPECT_EQ(parse("datetime /* mariadb-5.3 */").kind, TypeKind::kDatetime);
}

TEST(ColumnTypeTest, Strings) {
  expect_simple({{"char", TypeKind::kChar, 1},
                 {"char(0)", TypeKind::kChar, 0},
                 {"character(20)", TypeKind::kChar, 20},
                 {"nchar(3)", TypeKind::kChar, 3},
                 {"national character(4)", TypeKind::kChar, 4},
                 {"varchar(255)", TypeKind::kVarchar, 255},
                 {"CHARACTER VARYING(3)", TypeKind::kVarchar, 3},
                 {"char varying(3)", TypeKind::kVarchar, 3},
                 {"NATIONAL VARCHAR(3)", TypeKind::kVarchar, 3},
                 {"national char varying(3)", TypeKind::kVarchar, 3},
                 {"nvarchar(4)", TypeKind::kVarchar, 4},
                 {"nchar varchar(4)", TypeKind::kVarchar, 4},
                 {"varchar(500) /*M!100301 COMPRESSED*/", TypeKind::kVarchar, 500},
                 {"varchar(9) COMPRESSED", TypeKind::kVarchar, 9},
                 {"tinytext", TypeKind::kText, 255},
                 {"text", TypeKind::kText, 65535},
                 {"text(100)", TypeKind::kText, 255},
                 {"text(70000)", TypeKind::kText, 16777215},
                 {"mediumtext", TypeKind::kText, 16777215},
                 {"longtext", TypeKind::kText, 4294967295},
                 {"long", TypeKind::kText, 16777215},
                 {"LONG VARCHAR", TypeKind::kText, 16777215}});
}

TEST(ColumnTypeTest, Binaries) {
  expect_simple({{"binary", TypeKind::kBinary, 1},
                 {"binary(16)", TypeKind::kBinary, 16},
                 {"varbinary(300)", TypeKind::kVarbinary, 300},
                 {"char byte", TypeKind::kBinary, 1},
                 {"tinyblob", TypeKind::kBlob, 255},
                 {"blob(256)", TypeKind::kBlob, 65535},
                 {"mediumblob", TypeKind::kBlob, 16777215},
                 {"longblob", TypeKind::kBlob, 4294967295},
                 {"long varbinary", TypeKind::kBlob, 16777215}});
}

TEST(ColumnTypeTest, TextOfTheCharacterSetBinaryIsBinary) {
  const auto expect_binary = [](const ColumnType& type, const char* declared) {
    EXPECT_EQ(type.declared, declared);
    EXPECT_EQ(type.charset, "");
    const ColumnType again = parse(type.declared);  // as the schema history reads it
    EXPECT_EQ(again.kind, type.kind) << declared;
    EXPECT_EQ(again.length, type.length) << declared;
  };
  expect_binary(parse("char(7) byte"), "binary(7)");
  expect_binary(parse("varchar(3) character set binary"), "varbinary(3)");
  expect_binary(parse("text charset 'binary'"), "blob");
  expect_binary(parse("char(5)", "binary"), "binary(5)");
  expect_binary(parse("varchar(5)", "binary"), "varbinary(5)");
  expect_binary(parse("tinytext", "binary"), "tinyblob");
  expect_binary(parse("mediumtext", "binary"), "mediumblob");
  expect_binary(parse("longtext", "binary"), "longblob");
}

TEST(ColumnTypeTest, WidthsThatSayNothing) {
  expect_simple({{"year(5)", TypeKind::kYear, 4},
                 {"year(2)", TypeKind::kYear, 2},
                 {"year(99999999999) zerofill", TypeKind::kYear, 4},
                 {"sql_tsi_year", TypeKind::kYear, 4},
                 {"text(0)", TypeKind::kText, 65535},
                 {"nchar varcharacter(9)", TypeKind::kVarchar, 9}});
  EXPECT_EQ(parse("timestamp(14)").fraction, 0);
  EXPECT_EQ(parse("geometry(9,4)").declared, "geometry");
  EXPECT_EQ(parse("point(3)").kind, TypeKind::kGeometry);
  EXPECT_EQ(parse("uuid(6,2)").declared, "uuid");
  EXPECT_EQ(parse("inet6(6)").kind, TypeKind::kInet6);
}

TEST(ColumnTypeTest, Charsets) {
  EXPECT_EQ(parse("varchar(3)", "latin1").charset, "latin1");
  EXPECT_EQ(parse("national varchar(3)", "latin1").charset, "utf8mb3");
  EXPECT_EQ(parse("varchar(3) CHARACTER SET KOI8R not null").charset, "koi8r");
  EXPECT_EQ(parse("varchar(3) charset=cp1251").charset, "cp1251");
  EXPECT_EQ(parse("char(3) ascii").charset, "latin1");
  EXPECT_EQ(parse("char(3) unicode binary").charset, "ucs2");
  EXPECT_EQ(parse("int", "latin1").charset, "");
  EXPECT_EQ(parse("enum('a')", "latin2").charset, "latin2");
}

TEST(ColumnTypeTest, OtherTypes) {
  expect_simple({{"json", TypeKind::kJson},
                 {"geometry", TypeKind::kGeometry},
                 {"point", TypeKind::kGeometry},
                 {"multipolygon", TypeKind::kGeometry},
                 {"geomcollection", TypeKind::kGeometry},
                 {"GEOMETRYCOLLECTION", TypeKind::kGeometry},
                 {"uuid", TypeKind::kUuid},
                 {"inet4", TypeKind::kInet4},
                 {"inet6", TypeKind::kInet6},
                 {"vector(3)", TypeKind::kVector, 3},
                 {"xmltype", TypeKind::kUnknown},
                 {"national", TypeKind::kUnknown},
                 {"hyper(1,2,3) cube", TypeKind::kUnknown}});
}

TEST(ColumnTypeTest, Members) {
  const std::vector<std::string> expected = {"a'b", "c\\d", "e'f", "x,y)", "", "g\nh"};
  EXPECT_EQ(parse(R"(enum('a''b','c\\d','e\'f','x,y)','','g\nh'))").members, expected);
  EXPECT_EQ(parse("ENUM ( 'a ' , \"b\" ) NOT NULL").members, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parse("set('ü','😀')").members, (std::vector<std::string>{"ü", "😀"}));
}

TEST(ColumnTypeTest, MembersThatAreBytes) {
  using Members = std::vector<std::string>;
  EXPECT_EQ(parse("enum(x'126dfec3','b')", "").members, (Members{"\x12m\xFE\xC3", "b"}));
  EXPECT_EQ(parse("set(X'e9','x')", "latin1").members, (Members{"é", "x"}));
  EXPECT_EQ(parse("enum(x'4E00')", "ucs2").members, (Members{"一"}));
  EXPECT_EQ(parse("enum('a\\0','b')").members, (Members{std::string("a\0", 2), "b"}));
  EXPECT_FALSE(parse_column_type("enum(x'12'", "").ok());
  EXPECT_FALSE(parse_column_type("enum(x'1g')", "").ok());
  EXPECT_FALSE(parse_column_type("enum(x'123')", "").ok());
}

TEST(ColumnTypeTest, ManyMembers) {
  std::string declared = "enum('0'";
  for (int i = 1; i < 65535; ++i) declared += ",'" + std::to_string(i) + "'";
  EXPECT_EQ(parse(declared + ")").members.size(), 65535u);
  EXPECT_FALSE(parse_column_type(declared + ",'x')", "").ok());
}

TEST(ColumnTypeTest, StopsAtWhatIsNotOfTheType) {
  EXPECT_FALSE(parse("int default 'unsigned' comment 'zerofill'").is_unsigned);
  EXPECT_FALSE(parse("int generated always as (cast(x as unsigned))").is_unsigned);
}

TEST(ColumnTypeTest, MalformedTypes) {
  for (const char* declared : {"",
                               "  ",
                               "(3)",
                               "varchar",
                               "varchar()",
                               "varchar(3",
                               "varchar(x)",
                               "varchar(70000)",
                               "char(256)",
                               "int(300)",
                               "int(1,2)",
                               "decimal(66)",
                               "decimal(5,6)",
                               "decimal(5,2,1)",
                               "bit(65)",
                               "datetime(7)",
                               "time(1,2)",
                               "date(3)",
                               "enum",
                               "enum()",
                               "enum('a'",
                               "enum('a)",
                               "enum('a',)",
                               "enum(a)",
                               "float(54)",
                               "double(5)",
                               "varchar(99999999999999999999999)",
                               "text(1,2)",
                               "vector(20000)"}) {
    const Result<ColumnType> type = parse_column_type(declared, "utf8mb4");
    ASSERT_FALSE(type.ok()) << declared;
    EXPECT_EQ(type.status().code(), ErrorCode::kCorrupt) << declared;
  }
}

TEST(TableSchemaTest, FindsColumnsAsMysqlDoes) {
  TableSchema schema;
  for (const char* name : {"id", "Größe", "ΑΒΓ", "имя", "Š"}) schema.columns.push_back({name, {}});
  EXPECT_EQ(schema.find_column("ID"), 0u);
  EXPECT_EQ(schema.find_column("GRÖßE"), 1u);
  EXPECT_EQ(schema.find_column("αβγ"), 2u);
  EXPECT_EQ(schema.find_column("ИМЯ"), 3u);
  EXPECT_EQ(schema.find_column("š"), 4u);
  EXPECT_EQ(schema.find_column("i"), std::nullopt);
  EXPECT_EQ(schema.find_column("idd"), std::nullopt);
  EXPECT_EQ(schema.find_column("\xF0"), std::nullopt);
}

}  // namespace
}  // namespace mysql_sync
