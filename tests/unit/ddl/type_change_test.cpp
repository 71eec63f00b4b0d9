#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/ddl/type_change.hpp"

namespace mysql_sync::ddl {
namespace {

/// "varchar(9) latin1": the character set is the last word of a type of text, else utf8mb4.
ColumnType type(const std::string& text) {
  const size_t space = text.rfind(' ');
  const std::string last = space == std::string::npos ? "" : text.substr(space + 1);
  for (const char* charset :
       {"latin1", "utf8mb3", "utf8mb4", "utf8", "ascii", "sjis", "cp1251", "ucs2", "nonsense"}) {
    if (last == charset) return *parse_column_type(text.substr(0, space), charset);
  }
  return *parse_column_type(text, "utf8mb4");
}

char letter(TypeChange change) {
  if (change == TypeChange::kNoValueChanges) return '=';
  return change == TypeChange::kTargetCanConvert ? 'c' : 'R';
}

struct Case {
  const char *before, *after;
  const char* expected;  ///< strict, lenient: '=' no change, 'c' the target can convert, 'R' reload
};

void expect_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const ColumnType before = type(c.before), after = type(c.after);
    const std::string found = {letter(type_change(before, after, false)),
                               letter(type_change(before, after, true))};
    EXPECT_EQ(found, c.expected) << c.before << " -> " << c.after;
  }
}

TEST(TypeChange, OfNumbers) {
  expect_all({
      {"int(11)", "int", "=="},
      {"int", "bigint", "cc"},
      {"int", "int unsigned", "cR"},
      {"int unsigned", "int", "cR"},
      {"int unsigned", "bigint", "cc"},
      {"bigint", "tinyint", "cR"},
      {"int", "decimal(10,0)", "cc"},
      {"int", "decimal(10,2)", "cR"},
      {"int", "decimal(12,2) unsigned", "cR"},
      {"bigint unsigned", "decimal(20,0)", "cc"},
      {"mediumint", "float", "cc"},
      {"int", "float", "RR"},
      {"int", "double", "cc"},
      {"int", "double(10,2)", "RR"},
      {"bigint", "double", "RR"},
      {"decimal(10,2)", "decimal(12,4)", "cc"},
      {"decimal(10,2)", "decimal(10,4)", "cR"},
      {"decimal(10,4)", "decimal(10,2)", "cR"},
      {"decimal(10,0)", "int", "cR"},
      {"decimal(10,2)", "int", "RR"},
      {"float", "double", "cc"},
      {"double", "float", "RR"},
      {"float(7,3)", "float(7, 3)", "=="},
      {"float(7,3)", "float", "RR"},
      {"float unsigned", "double", "cc"},
      {"double", "double unsigned", "cR"},
      {"double", "int", "RR"},
      {"year", "smallint", "cc"},
      {"year", "tinyint", "cR"},
      {"year(2)", "int", "RR"},
      {"int", "year", "RR"},
      {"bit(3)", "bit(5)", "cc"},
      {"bit(5)", "bit(3)", "cR"},
      {"bit(7)", "tinyint", "cc"},
      {"bit(8)", "tinyint", "cR"},
      {"bit(64)", "bigint unsigned", "cc"},
      {"bit(3)", "decimal(5,0)", "RR"},
      {"tinyint unsigned", "bit(8)", "cc"},
      {"tinyint", "bit(8)", "cR"},
      {"int", "bit(1)", "cR"},
      {"int", "varchar(11)", "cc"},
      {"int", "varchar(5)", "cR"},
      {"int zerofill", "varchar(11)", "RR"},
      {"bigint unsigned", "tinytext", "cc"},
      {"varchar(10)", "int", "RR"},
      {"decimal(5,2)", "varchar(8)", "cc"},
      {"decimal(5,2)", "char(7)", "cR"},
      {"decimal(5,2)", "text", "cc"},
      {"decimal(5,2) zerofill", "varchar(10)", "RR"},
      {"tinyint(1)", "bool", "=="},
      {"int", "json", "RR"},
  });
}

TEST(TypeChange, OfTimes) {
  expect_all({
      {"date", "datetime", "cc"},
      {"datetime", "datetime(6)", "cc"},
      {"datetime(6)", "datetime(3)", "RR"},
      {"datetime", "date", "cc"},
      {"datetime(3)", "date", "RR"},
      {"timestamp", "timestamp(3)", "cc"},
      {"timestamp", "datetime", "RR"},
      {"datetime", "timestamp", "RR"},
      {"time", "time(2)", "cc"},
      {"time(2)", "time", "RR"},
      {"time", "datetime", "RR"},
      {"date", "varchar(20)", "RR"},
  });
}

TEST(TypeChange, OfText) {
  expect_all({
      {"varchar(10)", "varchar(20)", "cc"},
      {"varchar(20)", "varchar(10)", "cR"},
      {"char(10)", "varchar(10)", "cc"},
      {"char(10)", "char(9)", "cR"},
      {"varchar(10)", "char(10)", "cc"},
      {"varchar(10)", "char(9)", "cR"},
      {"text", "char(10)", "cR"},
      {"varchar(10)", "char(0)", "RR"},
      {"varchar(10) utf8mb4", "char(10) sjis", "RR"},
      {"varchar(10)", "text", "cc"},
      {"varchar(64)", "tinytext", "RR"},
      {"text", "varchar(100)", "cR"},
      {"text", "mediumtext", "cc"},
      {"mediumtext", "text", "RR"},
      {"longtext", "longtext latin1", "cR"},
      {"varchar(10) latin1", "varchar(10) utf8mb4", "cc"},
      {"varchar(10) utf8mb4", "varchar(10) latin1", "cR"},
      {"varchar(10) utf8", "varchar(10) utf8mb3", "=="},
      {"varchar(10) utf8mb3", "varchar(10) utf8mb4", "cc"},
      {"varchar(10) cp1251", "varchar(10) utf8mb4", "cR"},
      {"varchar(10) utf8mb4", "varchar(10) sjis", "RR"},
      {"varchar(10) sjis", "varchar(10) utf8mb4", "cR"},
      {"varchar(10) nonsense", "varchar(10) utf8mb4", "RR"},
      {"text latin1", "text utf8mb4", "RR"},
      {"text latin1", "mediumtext utf8mb4", "cc"},
      {"text utf8mb4", "text latin1", "cR"},
      {"varchar(10)", "varbinary(40)", "RR"},
      {"varbinary(10)", "varchar(10)", "RR"},
      {"text", "json", "RR"},
      {"json", "text", "RR"},
      {"char(36)", "uuid", "RR"},
  });
}

TEST(TypeChange, OfLabels) {
  expect_all({
      {"enum('a','b')", "enum('a','b','c')", "=="},
      {"enum('a','b')", "enum('b','x','a')", "cR"},
      {"enum('a','b')", "enum('a')", "cR"},
      {"enum('a','b')", "enum('b')", "cR"},
      {"enum('a','b')", "enum('A','b')", "RR"},
      {"enum('a','b')", "enum('ä','b')", "RR"},
      {"enum('ä','b')", "enum('b')", "RR"},
      {"enum('new','done')", "enum('Done','done, but')", "RR"},
      {"enum('v','x')", "enum('w','x')", "RR"},
      {"enum('i','x')", "enum('Y','x')", "RR"},
      {"enum('ccs','x')", "enum('cscs','x')", "RR"},
      {"enum('1','x')", "enum('a','x')", "RR"},
      {"enum('1a','x')", "enum('a','x')", "cR"},
      {"enum('','x')", "enum('x')", "RR"},
      {"enum('in-active','active')", "enum('active','paused')", "cR"},
      {"enum('a','b') latin1", "enum('a','b') utf8mb4", "cc"},
      {"set('a','b')", "set('a','b','c')", "=="},
      {"set('a','b')", "set('x','a','y','b')", "cR"},
      {"set('a','b')", "set('b','a')", "RR"},
      {"set('a','b','c')", "set('a','c')", "cR"},
      {"set('a','b','c')", "set('c','a')", "RR"},
      {"set('a','b','c')", "set('a','B','c')", "RR"},
      {"set('a','2','c')", "set('a','c')", "RR"},
      {"enum('a','bb')", "varchar(2)", "cc"},
      {"enum('a','bb')", "char(1)", "cR"},
      {"set('a','bb')", "varchar(4)", "cc"},
      {"set('a','bb')", "text", "cc"},
      {"varchar(2)", "enum('a','bb')", "RR"},
      {"enum('a')", "set('a')", "RR"},
      {"enum('a')", "int", "RR"},
  });
}

TEST(TypeChange, OfBytes) {
  expect_all({
      {"binary(3)", "varbinary(3)", "cc"},
      {"binary(3)", "binary(5)", "RR"},
      {"varbinary(3)", "binary(3)", "RR"},
      {"varbinary(9)", "varbinary(3)", "cR"},
      {"varbinary(9)", "blob", "cc"},
      {"blob", "varbinary(9)", "RR"},
      {"blob", "mediumblob", "cc"},
      {"mediumblob", "blob", "RR"},
      {"point", "geometry", "=="},
      {"geometry", "blob", "RR"},
      {"inet4", "inet6", "RR"},
  });
}

TEST(TypeChange, KnowsWhatIsWrittenAsBefore) {
  const auto keeps = [](const char* before, const char* after) {
    return keeps_form(type(before), type(after));
  };
  EXPECT_TRUE(keeps("int", "bigint"));
  EXPECT_TRUE(keeps("int", "varchar(20)"));
  EXPECT_TRUE(keeps("int", "decimal(10,0)"));
  EXPECT_TRUE(keeps("varchar(5)", "text"));
  EXPECT_TRUE(keeps("enum('a')", "varchar(5)"));
  EXPECT_TRUE(keeps("binary(5)", "blob"));
  EXPECT_FALSE(keeps("int", "decimal(10,2)"));
  EXPECT_FALSE(keeps("decimal(10,2)", "decimal(10,3)"));
  EXPECT_FALSE(keeps("date", "datetime"));
  EXPECT_FALSE(keeps("datetime", "datetime(3)"));
  EXPECT_FALSE(keeps("float", "double"));
  EXPECT_FALSE(keeps("int", "double"));
  EXPECT_FALSE(keeps("text", "varchar(5)"));
}

}  // namespace
}  // namespace mysql_sync::ddl
