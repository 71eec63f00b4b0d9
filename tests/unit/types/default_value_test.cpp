#include "core/types/default_value.hpp"

#include <gtest/gtest.h>

#include "core/ddl/created_columns.hpp"
#include "unit/binlog/binlog_file.hpp"

namespace mysql_sync {
namespace {

/// The default of each column of a CREATE TABLE statement, one after the other.
std::string defaults(const std::string& columns, bool mariadb = false) {
  const auto created =
      ddl::created_columns("CREATE TABLE `t` (\n" + columns + ",\n  PRIMARY KEY (`id`)\n) ENGINE=x", mariadb);
  if (!created.ok()) return created.status().message() + created.status().detail();
  std::string text;
  Arena arena;
  for (const Column& column : *created) {
    const auto value = default_cell(column, arena);
    text += (text.empty() ? "" : "|") + (value.ok() ? binlog::value_text(*value) : "?");
  }
  return text;
}

// As MySQL 5.6 and 9.7 print them.
TEST(DefaultValue, OfMysql) {
  EXPECT_EQ(
      defaults(
          "`id` int(11) NOT NULL,\n `b` binary(4) DEFAULT 'ab\\0\\0',\n `b2` binary(4) DEFAULT 0xFF000000,\n"
          "`vb` varbinary(5) DEFAULT 'x\\0y',\n `bt` bit(5) DEFAULT b'101',\n `i` int,\n `d0` date NOT NULL,\n"
          "`ts` timestamp NOT NULL DEFAULT '2020-01-01 00:00:00',\n `t2` timestamp NULL DEFAULT NULL"),
      "0|x61620000|xff000000|x780079|5|NULL|0000-00-00|@1577836800000000|NULL");
  EXPECT_EQ(
      defaults(
          "`dc` decimal(8,3) DEFAULT '1.001',\n `f` float DEFAULT '1.1',\n `y` year(4) DEFAULT '2001',\n"
          "`e` enum('ä','b''q') CHARACTER SET latin1 COLLATE latin1_swedish_ci DEFAULT 'ä',\n `e2` enum('x') NOT NULL,\n"
          "`st` set('a','b') DEFAULT 'a,b',\n `tm` time DEFAULT '10:11:12',\n `j` int(10) unsigned zerofill DEFAULT '0000000005',\n"
          "`s2` varchar(40) DEFAULT 'a\\\\b''c\"d\\n',\n `iv` int DEFAULT '4' /*!80023 INVISIBLE */"),
      "1.001|1.10000002|2001|'ä'|'x'|'a,b'|36672000000us|5|'a\\b'c\"d\n'|4");
  EXPECT_EQ(
      defaults(
          "`tss` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,\n"
          "`tx` text DEFAULT (_utf8mb4'abc'),\n `ex` int DEFAULT ((1 + 2)),\n `js` json NOT NULL,\n"
          "`g` int GENERATED ALWAYS AS ((`id` + 1)) VIRTUAL,\n `n` varchar(3) NOT NULL COMMENT 'it''s, DEFAULT 1'"),
      "?|'abc'|?|'null'|?|''");
}

TEST(DefaultValue, OfMariadb) {
  EXPECT_EQ(
      defaults(
          "`id` int(11) NOT NULL,\n `a` int(11) DEFAULT 1,\n `d` decimal(5,2) DEFAULT -1.50,\n"
          "`ts` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),\n `tx2` text DEFAULT 'lit',\n"
          "`bl` blob DEFAULT X'00ff',\n `ex` varchar(40) DEFAULT concat('a','b'),\n `iv` int(11) INVISIBLE DEFAULT 4,\n"
          "`js` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`js`)),\n"
          "`u` uuid DEFAULT uuid(),\n `u0` uuid NOT NULL",
          true),
      "0|1|-1.50|?|'lit'|x00ff|?|4|NULL|?|'00000000-0000-0000-0000-000000000000'");
}

std::string literal(const std::string& declared, const std::string& text, bool is_number = true) {
  Column column;
  column.type = *parse_column_type(declared, "utf8mb4");
  column.default_value.kind = ColumnDefault::Kind::kLiteral;
  column.default_value.literal = text;
  column.default_value.literal_is_number = is_number;
  Arena arena;
  const auto value = default_cell(column, arena);
  return value.ok() ? binlog::value_text(*value) : "?";
}

// As statements of DDL may write them.
TEST(DefaultValue, NumbersAreRoundedAsTheSourceDoes) {
  EXPECT_EQ(literal("decimal(6,2)", "1.005"), "1.01");
  EXPECT_EQ(literal("decimal(6,2)", "-1.005"), "-1.01");
  EXPECT_EQ(literal("decimal(6,2)", "99.995"), "100.00");
  EXPECT_EQ(literal("decimal(6,2)", ".5"), "0.50");
  EXPECT_EQ(literal("decimal(6,2)", "-.004"), "0.00");
  EXPECT_EQ(literal("int", "2.5"), "3");
  EXPECT_EQ(literal("int", "-9.5"), "-10");
  EXPECT_EQ(literal("int", "+7"), "7");
  EXPECT_EQ(literal("int", "seven"), "?");
  EXPECT_EQ(literal("bigint", ""), "?");
}

TEST(DefaultValue, TimesInShortForms) {
  EXPECT_EQ(literal("date", "20200131"), "2020-01-31");
  EXPECT_EQ(literal("datetime", "20200131101112"), "2020-01-31 10:11:12.000000");
  EXPECT_EQ(literal("datetime", "2020-01-31", false), "2020-01-31 00:00:00.000000");
  EXPECT_EQ(literal("time", "101112"), "36672000000us");
  EXPECT_EQ(literal("year", "69"), "2069");
  EXPECT_EQ(literal("year", "0"), "0");
  EXPECT_EQ(literal("year", "0", false), "2000");
}

TEST(CreatedColumns, WhatCannotBeRead) {
  EXPECT_FALSE(ddl::created_columns("", false).ok());
  EXPECT_FALSE(ddl::created_columns("CREATE VIEW v AS SELECT 1", false).ok());
  EXPECT_FALSE(ddl::created_columns("CREATE TABLE `t` (`a` int DEFAULT", false).ok());
  EXPECT_TRUE(ddl::created_columns("CREATE TABLE `t` (KEY (x))", false)->empty());
}

}  // namespace
}  // namespace mysql_sync
