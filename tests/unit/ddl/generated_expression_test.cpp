#include "core/ddl/generated_expression.hpp"

#include <gtest/gtest.h>

namespace mysql_sync::ddl {
namespace {

bool independent(const std::string& sql) {
  TableSchema touched;
  for (const char* name : {"a", "two words"}) touched.columns.push_back({name, {}});
  return is_independent(sql, touched);
}

TEST(GeneratedExpression, IsIndependentOfWhatItDoesNotName) {
  EXPECT_TRUE(independent("b + 1"));
  EXPECT_TRUE(independent("(`b` * (`c` - 2)) MOD 7"));
  EXPECT_TRUE(independent("concat(`b`, _utf8mb4'x)', 'it''s a', upper(t.c))"));
  EXPECT_TRUE(independent("CASE WHEN (b > 1) THEN (2) ELSE cast(c AS decimal(5,2)) END"));
  EXPECT_TRUE(independent("json_unquote(json_extract(`j`,'$.a'))"));
}

TEST(GeneratedExpression, DependsOnWhatItNames) {
  EXPECT_FALSE(independent("a + 1"));
  EXPECT_FALSE(independent("b + `A`"));
  EXPECT_FALSE(independent("b + t.a"));
  EXPECT_FALSE(independent("b + \"a\""));  // a name with ANSI_QUOTES
  EXPECT_FALSE(independent("b + `two words`"));
  EXPECT_FALSE(independent("b + [two words]"));
}

TEST(GeneratedExpression, DependsOnTheSession) {
  EXPECT_FALSE(independent("date_format(d, '%M')"));
  EXPECT_FALSE(independent("`unix_timestamp`(d)"));
  EXPECT_FALSE(independent("b / 3"));
  EXPECT_FALSE(independent("b + @@sql_mode"));
  EXPECT_FALSE(independent("date(cast(`b` as time))"));  // today
}

TEST(GeneratedExpression, InDoubtDepends) {
  EXPECT_FALSE(independent(""));
  EXPECT_FALSE(independent("'without an end"));
}

TEST(GeneratedExpression, FollowsNames) {
  const NewNames names{{"a", "x"}, {"two words", "b`c"}};
  EXPECT_EQ(with_new_names("(A+`two words`)*concat('b',`d`)", names), "(`x`+`b``c`)*concat('b',`d`)");
  EXPECT_EQ(with_new_names("b + 1", names), "b + 1");
  EXPECT_EQ(with_new_names("\"a\" + 1", names), "");
  EXPECT_EQ(with_new_names("a + 'x", names), "");
  EXPECT_EQ(with_new_names("a + b", {{"a", "b"}, {"b", "a"}}), "");
}

}  // namespace
}  // namespace mysql_sync::ddl
