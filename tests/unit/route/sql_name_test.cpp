#include "core/route/sql_name.hpp"

#include <gtest/gtest.h>

namespace mysql_sync {
namespace {

std::string parts(const std::string& text) {
  const auto parsed = parse_sql_name(text);
  if (!parsed.ok()) return parsed.status().message();
  std::string joined;
  for (const std::string& part : *parsed) joined += "<" + part + ">";
  return joined;
}

TEST(SqlName, ReadsNamesAsSqlDoes) {
  EXPECT_EQ(parts("orders"), "<orders>");
  EXPECT_EQ(parts("Shop.ORDERS_2$"), "<shop><orders_2$>");
  EXPECT_EQ(parts("\"Shop\".\"a.b \"\"c\"\"\""), "<Shop><a.b \"c\">");
  EXPECT_EQ(parts(" a . b "), "<a><b>");
  EXPECT_EQ(parts("größe.ÄÖ"), "<größe><ÄÖ>");
  EXPECT_EQ(parts("a.b.c"), "<a><b><c>");
  EXPECT_EQ(parts(std::string(63, 'x')), "<" + std::string(63, 'x') + ">");
}

TEST(SqlName, RefusesWhatIsNoName) {
  for (const char* text :
       {"", " ", ".a", "a.", "a..b", "a b", "1a", "\"\"", "\"a", "a\"b\"", "a;b", "a-b", "`a`"})
    EXPECT_EQ(parts(text), "\"" + std::string(text) + "\" is not a name");
  const std::string too_long = "s." + std::string(64, 'x');
  EXPECT_EQ(parts(too_long), "\"" + too_long + "\" holds a name of more than 63 bytes");
}

}  // namespace
}  // namespace mysql_sync
