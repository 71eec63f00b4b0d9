#include "core/route/source_names.hpp"

#include <gtest/gtest.h>

namespace mysql_sync {
namespace {

TEST(SourceNames, AreComparedExactlyWhereCaseCounts) {
  const SourceNames names;
  EXPECT_TRUE(names.is_same("Shop", "Shop"));
  EXPECT_FALSE(names.is_same("Shop", "shop"));
  EXPECT_NE(names.key("d", "T"), names.key("d", "t"));
  EXPECT_EQ(names.folded("Ä"), "Ä");
}

TEST(SourceNames, AreFoldedWhereCaseDoesNotCount) {
  const SourceNames names(true);
  EXPECT_TRUE(names.is_same("SHOP", "shop"));
  EXPECT_TRUE(names.is_same("ÜBEL", "übel")) << "beyond ASCII as well";
  EXPECT_FALSE(names.is_same("ubel", "übel"));
  EXPECT_TRUE(names.is_same(ddl::TableName{"D", "t"}, ddl::TableName{"d", "T"}));
  EXPECT_FALSE(names.is_same(ddl::TableName{"d", "t"}, ddl::TableName{"e", "t"}));
  EXPECT_EQ(names.key({"D", "T"}), names.key({"d", "t"}));
}

TEST(SourceNames, KeysTellWhereTheDatabaseEnds) {
  const SourceNames names;
  EXPECT_NE(names.key("a", "bc"), names.key("ab", "c"));
  EXPECT_EQ(names.key("a", "b").rfind(names.key("a"), 0), 0U) << "tables of a database begin with its key";
  EXPECT_NE(names.key("ab", "c").rfind(names.key("a"), 0), 0U);
}

}  // namespace
}  // namespace mysql_sync
