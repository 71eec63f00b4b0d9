// The rows of tests/data/binlog against what the SQL there put into the tables.
#include <gtest/gtest.h>

#include "unit/binlog/golden_schema.hpp"

namespace mysql_sync::binlog {
namespace {

constexpr char kMariadb[] = "binlog/mariadb-10.11.19/binlog.000001";
constexpr char kMysql9[] = "binlog/mysql-9.7.4/binlog.000001";

std::string repeat(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

// clang-format off
const char* const kMoments =
      R"(+ 1|9999-12-31|3020399000000us|3020398900000us|45296789000us|3020398999999us|9999-12-31 23:59:59.000000|9999-12-31 23:59:59.990000|2020-02-29 01:02:03.040500|9999-12-31 23:59:59.999999|@2147483647000000|@2147483647900000|@1000000000123000|@2147483647999999)" "\n"
      R"(+ 2|1000-01-01|-3020399000000us|-3020398900000us|-1000us|-3020398999999us|1000-01-01 00:00:00.000000|1000-01-01 00:00:00.010000|1000-01-01 00:00:00.000100|1000-01-01 00:00:00.000001|@1000000|@1100000|@1001000|@1000001)" "\n"
      R"(+ 3|0000-00-00|0us|-3600000000us|-1000000us|-1us|0000-00-00 00:00:00.000000|0000-00-00 00:00:00.000000|2020-00-10 00:00:00.000000|0000-00-00 00:00:00.000000|@0|@0|@0|@0)" "\n"
      R"(+ 4|2020-00-10|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL)" "\n";
// clang-format on

/// What all servers write alike: rows events of version 1 (MariaDB) and 2, with and without metadata.
class GoldenRows : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Servers, GoldenRows,
                         testing::Values(kMariadb, "binlog/mysql-5.6.24/binlog.000001", kMysql9));

// clang-format off
TEST_P(GoldenRows, Numbers) {
  const DecodedBinlog binlog(GetParam());
  EXPECT_EQ(table_changes(binlog, numbers_schema()),
      R"(+ 4294967295|2155|127|255|32767|65535|8388607|16777215|2147483647|4294967295|9223372036854775807|18446744073709551615|99999999.99|99999999999999999999999999999999999.999999999999999999999999999999|99999|0.999999999|3.40282347e+38|1.7976931348623157e+308|1|8191|18446744073709551615)" "\n"
      R"(+ 0|1901|-128|0|-32768|0|-8388608|0|-2147483648|0|-9223372036854775808|0|-99999999.99|-99999999999999999999999999999999999.999999999999999999999999999999|-99999|-0.999999999|-1.17549001e-38|-2.2250738585072014e-308|0|0|0)" "\n"
      R"(+ 1|0|0|1|0|1|0|1|0|1|0|1|-0.50|12.000000000000000000000000000001|7|0.000000001|0.100000001|0.10000000000000001|1|4097|1)" "\n"
      R"(+ 2|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL)" "\n"
      R"(< 1|0|0|1|0|1|0|1|0|1|0|1|-0.50|12.000000000000000000000000000001|7|0.000000001|0.100000001|0.10000000000000001|1|4097|1)" "\n"
      R"(> 1|2023|0|1|0|1|0|1|0|1|0|1|0.00|12.000000000000000000000000000001|7|0.000000001|-1.5|0.10000000000000001|1|4097|1)" "\n"
      R"(- 0|1901|-128|0|-32768|0|-8388608|0|-2147483648|0|-9223372036854775808|0|-99999999.99|-99999999999999999999999999999999999.999999999999999999999999999999|-99999|-0.999999999|-1.17549001e-38|-2.2250738585072014e-308|0|0|0)" "\n"
      R"(+ 77|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL)" "\n");
}

TEST_P(GoldenRows, Moments) {
  const DecodedBinlog binlog(GetParam());
  EXPECT_EQ(table_changes(binlog, moments_schema("moments")), kMoments);
}

TEST_P(GoldenRows, Strings) {
  const DecodedBinlog binlog(GetParam());
  EXPECT_EQ(table_changes(binlog, strings_schema()),
      std::string(R"(+ 1|'abc'|'grün'|'Zürich'|')") + repeat("ü", 150) + R"('|'Zürich'|'tiny'|'text'|'medium'|'long'|x6162000000000000|x616200|x00ff|x010203|x04|x05|'é'|'x,z'|'1,9'|x000000000101000000000000000000f03f0000000000000040)" + "\n" +
      std::string(R"(+ 2|''|''|''|''|''|''|''|''|''|x0000000000000000|x|x|x|x|x|''|''|''|NULL)") + "\n" +
      std::string(R"(+ 3|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL|NULL)") + "\n");
}

TEST(GoldenMariadb, TypesOfItsOwn) {
  const DecodedBinlog binlog(kMariadb);
  EXPECT_EQ(table_changes(binlog, mariadb_schema()),
      std::string(R"(+ 1|'123e4567-e89b-12d3-a456-426655440000'|'10.1.2.0'|'2001:db8::ff00:42:8329'|')") + repeat("ab", 200) + R"('|x)" + repeat("78", 300) + R"(|')" + repeat("ü", 200) + R"('|'{"a": 1}')" + "\n" +
      std::string(R"(+ 2|'00000000-0000-0000-0000-000000000000'|'0.0.0.0'|'::'|''|x|'short'|'null')") + "\n" +
      std::string(R"(+ 3|'018bcfe5-687b-7c3e-9d5f-000000000100'|'255.255.255.255'|'::ffff:1.2.3.4'|NULL|NULL|NULL|NULL)") + "\n");
}

TEST(GoldenMariadb, CompressedRowsEvents) {
  const DecodedBinlog binlog(kMariadb);
  EXPECT_EQ(table_changes(binlog, packed_schema()),
      std::string(R"(+ 1|')") + repeat("p", 500) + R"(')" + "\n" +
      std::string(R"(+ 2|')") + repeat("q", 500) + R"(')" + "\n" +
      std::string(R"(< 1|')") + repeat("p", 500) + R"(')" + "\n" +
      std::string(R"(> 1|')") + repeat("r", 400) + R"(')" + "\n" +
      std::string(R"(- 2|')") + repeat("q", 500) + R"(')" + "\n");
}

/// mysql56_temporal_format=OFF, the default of MariaDB 5.3 to 10.0, holds the same values in other bytes.
TEST(GoldenMariadb, TemporalTypesOfItsOwn) {
  const DecodedBinlog binlog(kMariadb);
  EXPECT_EQ(table_changes(binlog, moments_schema("old_moments")), kMoments);
}

/// The first update is a partial one of JSON, the second has the row image MINIMAL; the last four lines come
/// out of a compressed transaction.
TEST(GoldenMysql9, Documents) {
  const DecodedBinlog binlog(kMysql9);
  EXPECT_EQ(table_changes(binlog, documents_schema()),
      std::string(R"(+ 1|'{"a": [1, -1, 32768, -32769, 2147483648, -2147483649, 18446744073709551615, -9223372036854775808, 65535, 4294967295], "b": 1, "f": false, "n": null, "t": true}'|x0000803f0000004000004040)") + "\n" +
      std::string(R"(+ 2|'[1.0, 0.1, -0.0, 1e100, 1.5e-20, 1e15, 123456789012345.6, 1234567890123456.8, 1.2345678901234568e17, 0.00001, 0.000000000000001, 2.2250738585072014e-308, 100.0]'|NULL)") + "\n" +
      std::string(R"(+ 3|'{"": "empty key", "s": "quote\" back\\ nl\n tab\t bs\b ff\f cr\r ctl\u0001 del grün 😀 / "}'|NULL)") + "\n" +
      std::string(R"(+ 4|'{"b": "base64:type15:AQL/", "d": -12.50, "g": {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:MySQL::0"}}, "type": "Point", "coordinates": [1.0, 2.0]}, "t": "-12:34:56.700000", "y": 2020, "da": "2020-02-29", "dt": "2020-02-29 01:02:03.045000", "big": "base64:type15:eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4\neHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eA==", "bit": "base64:type15:BQ=="}'|NULL)") + "\n" +
      std::string(R"(+ 5|'{}'|NULL)") + "\n" +
      std::string(R"(+ 6|'[]'|NULL)") + "\n" +
      std::string(R"(+ 7|'"scalar"'|NULL)") + "\n" +
      std::string(R"(+ 8|'null'|NULL)") + "\n" +
      std::string(R"(+ 9|'42'|NULL)") + "\n" +
      std::string(R"(+ 10|NULL|NULL)") + "\n" +
      std::string(R"(+ 11|'[[[[{"x": [{}, []]}]]]]'|NULL)") + "\n" +
      std::string(R"(< 1|'{"a": [1, -1, 32768, -32769, 2147483648, -2147483649, 18446744073709551615, -9223372036854775808, 65535, 4294967295], "b": 1, "f": false, "n": null, "t": true}'|x0000803f0000004000004040)") + "\n" +
      std::string(R"(> 1|'{"a": [1, -1, 32768, -32769, 2147483648, -2147483649, 18446744073709551615, -9223372036854775808, 65535, 4294967295], "b": 2, "f": false, "n": null, "t": true}'|x0000803f0000004000004040)") + "\n" +
      std::string(R"(< 9|-|-)") + "\n" +
      std::string(R"(> 9|'[]'|-)") + "\n" +
      std::string(R"(+ 100|NULL|NULL)") + "\n" +
      std::string(R"(+ 200|'"packed"'|NULL)") + "\n" +
      std::string(R"(+ 201|'[1]'|NULL)") + "\n" +
      std::string(R"(+ 202|'{"i": 70000, "j": [-70000, true, 1.5], "l": ")") + repeat("m", 70000) + R"("}'|NULL)" + "\n" +
      std::string(R"(- 200|'"packed"'|NULL)") + "\n");
}
// clang-format on

}  // namespace
}  // namespace mysql_sync::binlog
