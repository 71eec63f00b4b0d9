#include <gtest/gtest.h>

#include <string>

#include "core/route/migration_name.hpp"

namespace mysql_sync {
namespace {

constexpr MigrationRole kNone = MigrationRole::kNone;
constexpr MigrationRole kGhost = MigrationRole::kGhost;
constexpr MigrationRole kHelper = MigrationRole::kHelper;

TEST(MigrationName, KnowsGhOst) {
  EXPECT_EQ(migration_role("_orders_gho", "orders"), kGhost);
  EXPECT_EQ(migration_role("_orders_ghc", "orders"), kHelper);
  EXPECT_EQ(migration_role("_orders_ghk", "orders"), kHelper);
  EXPECT_EQ(migration_role("_orders_del", "orders"), kHelper);
  EXPECT_EQ(migration_role("_orders_rev_del", "orders"), kHelper);
  EXPECT_EQ(migration_role("_orders_20260131120000_del", "orders"), kHelper);
  EXPECT_EQ(migration_role("_orders_20260131120000_rev_del", "orders"), kHelper);
}

TEST(MigrationName, KnowsPerconas) {
  EXPECT_EQ(migration_role("_orders_new", "orders"), kGhost);
  EXPECT_EQ(migration_role("__________orders_new", "orders"), kGhost);
  EXPECT_EQ(migration_role("__orders_old", "orders"), kHelper);
  EXPECT_EQ(migration_role("__x_new", "_x"), kGhost);
}

TEST(MigrationName, IsOfOneTable) {
  EXPECT_EQ(migration_role("_orders_gho", "order"), kNone);
  EXPECT_EQ(migration_role("_orders_gho", "orders2"), kNone);
  EXPECT_EQ(migration_role("_orders_gho", "Orders"), kNone);
  EXPECT_EQ(migration_role("_x_new", "_x"), kNone);
  EXPECT_EQ(migration_role("_orders_del_gho", "orders"), kNone);
}

TEST(MigrationName, LeavesOthersAlone) {
  for (const char* name :
       {"orders", "orders_new", "orders_gho", "_orders", "_orders_", "_orders_news", "_orders_copy",
        "___________orders_new", "_orders_2026_del", "_orders_2026013112000x_del", "_gho", "__gho", ""})
    EXPECT_EQ(migration_role(name, "orders"), kNone) << name;
  EXPECT_EQ(migration_role("__gho", ""), kNone);
}

TEST(MigrationName, KnowsNamesThatWereCut) {
  const std::string table = std::string(30, 'a') + std::string(31, 'b');
  EXPECT_EQ(migration_role("_" + table.substr(0, 59) + "_gho", table), kGhost);
  EXPECT_EQ(migration_role("_" + table.substr(0, 44) + "_20260131120000_del", table), kHelper);
  EXPECT_EQ(migration_role("_" + table.substr(0, 58) + "_gho", table), kNone);
  EXPECT_EQ(migration_role(("_" + table + "_new").substr(0, 64), table), kGhost);
  EXPECT_EQ(migration_role("_" + table.substr(0, 59) + "_gho", table + "c"), kGhost);
  EXPECT_EQ(migration_role("_" + table.substr(0, 59) + "_gho", table.substr(0, 59)), kGhost);
}

}  // namespace
}  // namespace mysql_sync
