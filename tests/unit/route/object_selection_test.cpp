#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/route/object_selection.hpp"

namespace mysql_sync {
namespace {

ObjectSelection selection(const std::vector<std::string>& patterns) {
  Result<ObjectSelection> result = ObjectSelection::parse(patterns);
  EXPECT_TRUE(result.ok()) << result.status().message();
  return *std::move(result);
}

TEST(ObjectSelection, MatchesNames) {
  const ObjectSelection shop = selection({"shop.orders"});
  EXPECT_TRUE(shop.selects("shop", "orders"));
  EXPECT_FALSE(shop.selects("shop", "Orders"));
  EXPECT_FALSE(shop.selects("shop", "orders2"));
  EXPECT_FALSE(shop.selects("shop2", "orders"));
}

TEST(ObjectSelection, MatchesWildcards) {
  const ObjectSelection some = selection({"shop_?.*", "*.log_*_x"});
  EXPECT_TRUE(some.selects("shop_1", "anything"));
  EXPECT_FALSE(some.selects("shop_12", "anything"));
  EXPECT_FALSE(some.selects("shop_", "anything"));
  EXPECT_TRUE(some.selects("a", "log_b_x_x"));
  EXPECT_FALSE(some.selects("a", "log_x"));
  EXPECT_TRUE(selection({"*.*"}).selects("", ""));
}

TEST(ObjectSelection, CountsCharactersNotBytes) {
  const ObjectSelection one = selection({"d.?"});
  EXPECT_TRUE(one.selects("d", "é"));
  EXPECT_TRUE(one.selects("d", "😀"));
  EXPECT_FALSE(one.selects("d", "éé"));
  EXPECT_TRUE(selection({"d.*?é"}).selects("d", "ééé"));
  EXPECT_FALSE(selection({"d.*??"}).selects("d", "é"));
  EXPECT_TRUE(one.selects("d", "\xFF"));
}

TEST(ObjectSelection, Excludes) {
  const ObjectSelection most = selection({"!shop.tmp_*", "shop.*", "! shop.log"});
  EXPECT_TRUE(most.selects("shop", "orders"));
  EXPECT_FALSE(most.selects("shop", "tmp_1"));
  EXPECT_FALSE(most.selects("shop", "log"));
}

TEST(ObjectSelection, TakesQuotedPartsLiterally) {
  const ObjectSelection odd = selection({"`a.b`.`c``*`", "d.`x?`_*", "`!e`.t"});
  EXPECT_TRUE(odd.selects("a.b", "c`*"));
  EXPECT_FALSE(odd.selects("a.b", "c`d"));
  EXPECT_TRUE(odd.selects("d", "x?_1"));
  EXPECT_FALSE(odd.selects("d", "xy_1"));
  EXPECT_TRUE(odd.selects("!e", "t"));
}

TEST(ObjectSelection, KnowsDatabasesToLookInto) {
  const ObjectSelection some = selection({"shop.a", "s*.b", "!skip.*", "!shop.c"});
  EXPECT_TRUE(some.may_select_from("shop"));
  EXPECT_TRUE(some.may_select_from("store"));
  EXPECT_FALSE(some.may_select_from("skip"));
  EXPECT_FALSE(some.may_select_from("other"));
  EXPECT_TRUE(selection({"d.a", "!d.`*`"}).may_select_from("d"));
}

TEST(ObjectSelection, RefusesWhatItCannotRead) {
  for (const char* pattern : {"", "shop", ".t", "d.", "!", "a.b.c", "`d.t", "d.`t", "``.t", "   "}) {
    const Result<ObjectSelection> result = ObjectSelection::parse({pattern});
    ASSERT_FALSE(result.ok()) << pattern;
    EXPECT_EQ(result.status().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(result.status().message().find(std::string("\"") + pattern + "\""), std::string::npos)
        << pattern;
  }
  EXPECT_FALSE(ObjectSelection::parse({}).ok());
  EXPECT_FALSE(ObjectSelection::parse({"!a.b", "!c.d"}).ok());
}

TEST(ObjectSelection, ReadsNames) {
  const auto name = [](const std::string& text) {
    const auto parsed = ObjectSelection::parse_name(text);
    return parsed.ok() ? parsed->first + "|" + parsed->second : parsed.status().message();
  };
  EXPECT_EQ(name("shop.orders"), "shop|orders");
  EXPECT_EQ(name(" `a.b`.`c*``d` "), "a.b|c*`d");
  for (const char* text : {"shop.*", "s?op.t", "!shop.t"})
    EXPECT_EQ(name(text), std::string("\"") + text + "\" is not the name of one table");
  EXPECT_NE(name("shop").find("has no dot"), std::string::npos);
}

TEST(ObjectSelection, StaysFastOnManyStars) {
  std::string pattern = "d.";
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  EXPECT_FALSE(selection({pattern + "b"}).selects("d", std::string(5000, 'a')));
}

TEST(ObjectSelection, TellsNamesFromWildcards) {
  const ObjectSelection some = selection({"shop.orders", "log.*", "log.`a*`", "!shop.*_x", "shop.y_x"});
  EXPECT_TRUE(some.names("shop", "orders"));
  EXPECT_TRUE(some.names("log", "a*"));
  EXPECT_FALSE(some.names("log", "orders"));
  EXPECT_FALSE(some.names("shop", "y_x"));
  EXPECT_TRUE(some.has_wildcards());
  EXPECT_FALSE(selection({"shop.orders", "!*.tmp_*"}).has_wildcards());
  EXPECT_FALSE(selection({"shop.`a*`"}).has_wildcards());
}

}  // namespace
}  // namespace mysql_sync
