#include "core/types/type_map.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace mysql_sync {
namespace {

ColumnType parse(std::string_view declared, std::string_view charset = "utf8mb4") {
  const Result<ColumnType> type = parse_column_type(declared, charset);
  EXPECT_TRUE(type.ok()) << declared;
  return type.ok() ? *type : ColumnType();
}

/// Decodes cells of one column.
class Cells {
 public:
  explicit Cells(std::string_view declared) : type_(parse(declared)) {}

  Value operator()(std::string_view cell) {
    Value value;
    const Status status = decode_text_cell(type_, cell, arena_, value);
    EXPECT_TRUE(status.ok()) << type_.declared << " " << cell << ": " << status.message();
    EXPECT_EQ(value.kind(), status.ok() ? map_type(type_).value : ValueKind::kNull);
    return value;
  }

  void refuses(std::initializer_list<std::string_view> cells) {
    for (const std::string_view cell : cells) {
      Value value;
      const Status status = decode_text_cell(type_, cell, arena_, value);
      ASSERT_FALSE(status.ok()) << type_.declared << " " << cell;
      EXPECT_EQ(status.code(), ErrorCode::kCorrupt);
    }
  }

 private:
  ColumnType type_;
  Arena arena_;
};

TEST(TypeMapTest, Targets) {
  struct Case {
    const char *declared, *target;
  };
  for (const Case& expected : {Case{"tinyint(1)", "smallint"},
                               {"tinyint unsigned", "smallint"},
                               {"smallint", "smallint"},
                               {"smallint unsigned", "integer"},
                               {"mediumint unsigned", "integer"},
                               {"int", "integer"},
                               {"int unsigned", "bigint"},
                               {"bigint", "bigint"},
                               {"bigint unsigned", "numeric(20)"},
                               {"decimal(10,2) unsigned", "numeric(10,2)"},
                               {"float", "real"},
                               {"double(7,3)", "double precision"},
                               {"bit(9)", "bit(9)"},
                               {"date", "date"},
                               {"time(3)", "interval"},
                               {"datetime", "timestamp(0)"},
                               {"datetime(6)", "timestamp(6)"},
                               {"timestamp(3)", "timestamptz(3)"},
                               {"year", "smallint"},
                               {"char(3)", "char(3)"},
                               {"char(0)", "text"},
                               {"varchar(21845)", "varchar(21845)"},
                               {"varchar(0)", "text"},
                               {"longtext", "text"},
                               {"binary(0)", "bytea"},
                               {"varbinary(9)", "bytea"},
                               {"blob", "bytea"},
                               {"enum('a')", "text"},
                               {"set('a')", "text"},
                               {"json", "json"},
                               {"point", "bytea"},
                               {"uuid", "uuid"},
                               {"inet4", "inet"},
                               {"inet6", "inet"},
                               {"vector(3)", "real[]"}}) {
    const TypeMapping mapping = map_type(parse(expected.declared));
    EXPECT_TRUE(mapping.carried) << expected.declared;
    EXPECT_EQ(mapping.target, expected.target) << expected.declared;
    EXPECT_EQ(mapping.reason, "") << expected.declared;
  }
}

TEST(TypeMapTest, TellsHowLongValuesMayBe) {
  EXPECT_EQ(max_target_bytes(parse("varchar(10)", "latin1")), 40);
  EXPECT_EQ(max_target_bytes(parse("binary(16)")), 16);
  EXPECT_EQ(max_target_bytes(parse("tinytext", "utf8mb4")), kUnboundedBytes);
  EXPECT_LT(max_target_bytes(parse("decimal(65,30)")), 256);
}

TEST(TypeMapTest, NotCarried) {
  EXPECT_EQ(map_type(parse("xmltype")).reason, "type xmltype is not carried");
  EXPECT_EQ(map_type(parse("varchar(3)", "klingon")).reason, "character set klingon is not supported");
  EXPECT_FALSE(map_type(parse("xmltype")).carried);
  EXPECT_EQ(map_type(parse("xmltype")).target, "");
  EXPECT_TRUE(map_type(parse("enum('a')", "keybcs2")).carried);
  Arena arena;
  Value value;
  EXPECT_EQ(decode_text_cell(parse("xmltype"), "x", arena, value).code(), ErrorCode::kUnsupported);
}

TEST(TypeMapTest, SelectExpressions) {
  EXPECT_EQ(select_expression(parse("int"), "`a`", false), "`a`");
  EXPECT_EQ(select_expression(parse("float"), "`a`", false), "`a`*1e0");
  EXPECT_EQ(select_expression(parse("double(5,2)"), "`a`", false), "`a`*1e0");
  EXPECT_EQ(select_expression(parse("bit(3)"), "`a`", false), "`a`+0");
  EXPECT_EQ(select_expression(parse("inet6"), "`a`", false), "`a`");
  EXPECT_EQ(select_expression(parse("int"), "`a`", true), "`a`");
  EXPECT_EQ(select_expression(parse("float"), "`a`", true), "IF(`a`*1e0=0 AND ATAN2(`a`,-1)<0,'-0',`a`*1e0)");
}

TEST(TextCellTest, SignedIntegers) {
  EXPECT_EQ(Cells("tinyint")("-128").as_int(), -128);
  EXPECT_EQ(Cells("tinyint")("127").as_int(), 127);
  EXPECT_EQ(Cells("mediumint")("-8388608").as_int(), -8388608);
  EXPECT_EQ(Cells("int")("0").as_int(), 0);
  EXPECT_EQ(Cells("bigint")("-9223372036854775808").as_int(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(Cells("bigint")("9223372036854775807").as_int(), std::numeric_limits<int64_t>::max());
  Cells("tinyint").refuses({"128", "-129", "", "-", "+1", " 1", "1 ", "1.0", "a", "--1", "1e1"});
  Cells("smallint").refuses({"32768", "-32769"});
  Cells("mediumint").refuses({"8388608", "-8388609"});
  Cells("int").refuses({"2147483648", "-2147483649"});
  Cells("bigint").refuses({"9223372036854775808", "-9223372036854775809", "99999999999999999999999"});
}

TEST(TextCellTest, UnsignedIntegers) {
  EXPECT_EQ(Cells("tinyint unsigned")("255").as_uint(), 255u);
  EXPECT_EQ(Cells("int(10) zerofill")("0000000042").as_uint(), 42u);
  EXPECT_EQ(Cells("int(200) zerofill")(std::string(198, '0') + "42").as_uint(), 42u);
  EXPECT_EQ(Cells("bigint unsigned")("18446744073709551615").as_uint(), ~uint64_t{0});
  Cells("tinyint unsigned").refuses({"256", "-1", "-0"});
  Cells("bigint unsigned").refuses({"18446744073709551616", "99999999999999999999", "1844674407370955161x"});
}

TEST(TextCellTest, BitsAndYears) {
  EXPECT_EQ(Cells("bit(64)")("18446744073709551615").as_uint(), ~uint64_t{0});
  EXPECT_EQ(Cells("bit(3)")("7").as_uint(), 7u);
  Cells("bit(3)").refuses({"8", "", "-1", "\x01"});
  EXPECT_EQ(Cells("year")("0000").as_int(), 0);
  EXPECT_EQ(Cells("year")("2155").as_int(), 2155);
  EXPECT_EQ(Cells("year(2)")("70").as_int(), 1970);
  EXPECT_EQ(Cells("year(2)")("69").as_int(), 2069);
  Cells("year").refuses({"1900", "2156", "", "70"});
}

TEST(TextCellTest, Decimals) {
  EXPECT_EQ(Cells("decimal(5,2)")("-123.45").as_bytes(), "-123.45");
  EXPECT_EQ(Cells("decimal(5,2) zerofill")("001.50").as_bytes(), "1.50");
  EXPECT_EQ(Cells("decimal(5,2) zerofill")("000.00").as_bytes(), "0.00");
  EXPECT_EQ(Cells("decimal(4,4)")("-0.5000").as_bytes(), "-0.5000");
  EXPECT_EQ(Cells("decimal(4,0)")("-0012").as_bytes(), "-12");
  EXPECT_EQ(Cells("decimal(65,0)")(std::string(65, '9')).as_bytes(), std::string(65, '9'));
  Cells("decimal(5,2)")
      .refuses({"1234.56", "1.5", "1", "1.", ".50", "", "-", "1.234", "1e2", "1.2a", "--1.00"});
  Cells("decimal(5,0)").refuses({"1.", "123456", "a"});
  Cells("decimal(4,4)").refuses({"1.0000"});
}

// As MySQL 5.6, 9.7 and MariaDB 10.11 print `f`*1e0.
TEST(TextCellTest, Floats) {
  Cells cells("float");
  EXPECT_EQ(cells("0.10000000149011612").as_float(), 0.1f);
  EXPECT_EQ(cells("1234567.875").as_float(), 1234567.875f);
  EXPECT_EQ(cells("3.4028234663852886e38").as_float(), std::numeric_limits<float>::max());
  EXPECT_EQ(cells("1.401298464324817e-45").as_float(), std::numeric_limits<float>::denorm_min());
  EXPECT_TRUE(std::signbit(cells("-0").as_float()));
  EXPECT_EQ(cells("-9.80908925027372e-45").as_float(), -7 * std::numeric_limits<float>::denorm_min());
  cells.refuses({"", "nan", "inf", "-inf", "1e39", "0x1p3", "1 ", "1e", "+1"});
}

TEST(TextCellTest, Doubles) {
  Cells cells("double");
  EXPECT_EQ(cells("1.7976931348623157e308").as_double(), std::numeric_limits<double>::max());
  EXPECT_EQ(cells("5e-324").as_double(), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(cells("-2.5").as_double(), -2.5);
  EXPECT_TRUE(std::signbit(cells("-0").as_double()));
  cells.refuses({"", "1e309", "nan", "infinity", "1,5"});
}

TEST(TextCellTest, Dates) {
  const CivilTime date = Cells("date")("2024-02-29").as_civil();
  EXPECT_EQ(date.year, 2024);
  EXPECT_EQ(date.month, 2);
  EXPECT_EQ(date.day, 29);
  EXPECT_TRUE(Cells("date")("0000-00-00").as_civil().has_zero_date());
  EXPECT_TRUE(Cells("date")("2020-10-00").as_civil().has_zero_date());
  EXPECT_EQ(Cells("date")("9999-12-31").as_civil().year, 9999);
  Cells("date").refuses({"", "2024-2-29", "2024-13-01", "2024-01-32", "2024/01/01", "2024-01-01 ",
                         "x024-01-01", "20x4-01-01", "2024-01-0:"});
}

TEST(TextCellTest, Datetimes) {
  const CivilTime time = Cells("datetime(6)")("2024-02-29 23:59:58.123456").as_civil();
  EXPECT_EQ(time.hour, 23);
  EXPECT_EQ(time.minute, 59);
  EXPECT_EQ(time.second, 58);
  EXPECT_EQ(time.microsecond, 123456u);
  EXPECT_EQ(Cells("datetime(3)")("2024-02-29 00:00:00.120").as_civil().microsecond, 120000u);
  EXPECT_TRUE(Cells("datetime")("0000-00-00 00:00:00").as_civil().has_zero_date());
  Cells("datetime")
      .refuses({"", "2024-02-29", "2024-02-29T00:00:00", "2024-02-29 24:00:00", "2024-02-29 00:60:00",
                "2024-02-29 00:00:60", "2024-02-29 00:00:00.", "2024-02-29 00:00:00.1234567",
                "2024-02-29 00:00:00.12x", "2024-02-29 00:00:00 "});
}

TEST(TextCellTest, Timestamps) {
  Cells cells("timestamp(6)");
  EXPECT_EQ(cells("0000-00-00 00:00:00.000000").as_int(), 0);
  EXPECT_EQ(cells("1970-01-01 00:00:01").as_int(), 1000000);
  EXPECT_EQ(cells("2000-03-01 00:00:00").as_int(), 951868800 * INT64_C(1000000));
  EXPECT_EQ(cells("2024-02-29 12:34:56.5").as_int(), 1709210096 * INT64_C(1000000) + 500000);
  EXPECT_EQ(cells("2038-01-19 03:14:07.999999").as_int(), 2147483647 * INT64_C(1000000) + 999999);
  EXPECT_EQ(cells("2106-02-07 06:28:15").as_int(), 4294967295 * INT64_C(1000000));
  EXPECT_EQ(cells("1970-01-01 00:00:00.000001").as_int(), 1) << "MariaDB takes it";
  cells.refuses({"1970-01-01 00:00:00", "1970-01-01 00:00:00.000000", "1969-12-31 23:59:59",
                 "2023-02-29 00:00:00", "2023-04-31 00:00:00", "2020-00-01 00:00:00", "1900-02-28 00:00:00",
                 "0000-00-00 00:00:01"});
}

TEST(TextCellTest, Times) {
  Cells cells("time(6)");
  EXPECT_EQ(cells("00:00:00").as_int(), 0);
  EXPECT_EQ(cells("838:59:59").as_int(), 3020399 * INT64_C(1000000));
  EXPECT_EQ(cells("-838:59:59.999999").as_int(), -(3020399 * INT64_C(1000000) + 999999));
  EXPECT_EQ(cells("-00:00:00.000001").as_int(), -1);
  EXPECT_EQ(cells("12:34:56.5").as_int(), 45296 * INT64_C(1000000) + 500000);
  cells.refuses({"", "-", "1:00:00", "839:00:00", "0001:00:00", "12:60:00", "12:00:60", "12:00", "12:00:0",
                 "12:00:00.", "12-00:00", "--12:00:00", "12:00:00.1234567", "12:00:00x"});
}

TEST(TextCellTest, TextAndBytes) {
  EXPECT_EQ(Cells("varchar(9)")("Grüße").as_bytes(), "Grüße");
  EXPECT_EQ(Cells("text")("").as_bytes(), "");
  EXPECT_EQ(Cells("enum('a')")("a").kind(), ValueKind::kText);
  EXPECT_EQ(Cells("json")("{}").kind(), ValueKind::kText);
  EXPECT_EQ(Cells("blob")(std::string_view("\0\xFF", 2)).as_bytes(), std::string_view("\0\xFF", 2));
  EXPECT_EQ(Cells("point")("x").kind(), ValueKind::kBytes);
  EXPECT_EQ(Cells("uuid")("123e4567-e89b-12d3-a456-426655440000").kind(), ValueKind::kText);
  EXPECT_EQ(Cells("inet6")("::ffff:1.2.3.4").as_bytes(), "::ffff:1.2.3.4");
  Cells("uuid").refuses({"", "123e4567-e89b-12d3-a456-42665544000", "123e4567-e89b-12d3-a456-42665544000g",
                         "123e4567ee89b-12d3-a456-426655440000"});
  Cells("inet4").refuses({"", "1.2.3.4 ", "localhost"});
}

}  // namespace
}  // namespace mysql_sync
