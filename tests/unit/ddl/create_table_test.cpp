#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/ddl/ddl_statement.hpp"
#include "unit/ddl/statement_text.hpp"

namespace mysql_sync::ddl {
namespace {

SessionContext session() {
  SessionContext context = session_in_d();
  context.database_charset = "latin1";
  return context;
}

void expect_all(const std::vector<ParseCase>& cases, const SessionContext& context = session()) {
  expect_parsed(cases, context);
}

TEST(CreateTable, ReadsColumnsAndKeys) {
  expect_all({
      {"CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) NOT NULL DEFAULT 'x')",
       "create d.t: id int not null; a varchar(9) latin1 not null default 'x' key id charset=latin1 of the "
       "database"},
      {"create table if not exists `x`.`t` (`a` int, `b` int, primary key (`B`, `a`))",
       "create if not exists x.t: a int not null; b int not null key b a charset=latin1 of the database"},
      {"CREATE TEMPORARY TABLE t (a INT)", "create temporary d.t: a int null charset=latin1 of the database"},
      {"CREATE TABLE t (PRIMARY KEY USING BTREE (id), id SERIAL, UNIQUE u (id), KEY k (id) COMMENT 'x, (y')",
       "create d.t: id serial not null default expression AUTO_INCREMENT key id charset=latin1 of the "
       "database"},
      {"CREATE TABLE t (id INT, CONSTRAINT pk PRIMARY KEY (id), CONSTRAINT CHECK (id > 0), CHECK (id < 9) NOT "
       "ENFORCED, FULLTEXT INDEX (x), x TEXT, CONSTRAINT f FOREIGN KEY i (id) REFERENCES o (id) MATCH FULL ON "
       "DELETE CASCADE)",
       "create d.t: id int not null; x text latin1 null key id charset=latin1 of the database"},
      {"CREATE TABLE t (a INT, g INT AS (a + 1) STORED, h INT GENERATED ALWAYS AS (a) VIRTUAL, i INT INVISIBLE)",
       "create d.t: a int null; g int null generated default expression a + 1; h int null generated default "
       "expression a; i int null invisible charset=latin1 of the database"},
      {"CREATE TABLE t (a INT DEFAULT 5 KEY, `key` INT, `primary` DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3) ON "
       "UPDATE CURRENT_TIMESTAMP(3))",
       "create d.t: a int not null default 5; key int null; primary datetime(3) null default now key a "
       "charset=latin1 of the database"},
  });
}

TEST(CreateTable, ResolvesCharacterSets) {
  expect_all({
      {"CREATE TABLE t (a CHAR, b CHAR CHARACTER SET ucs2, c CHAR COLLATE cp1251_bin, e CHAR CHARSET binary) "
       "DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci",
       "create d.t: a char utf8mb4 null; b char ucs2 null; c char cp1251 null; e binary(1) null charset=utf8mb4"},
      {"CREATE TABLE t (a CHAR) COLLATE latin2_bin", "create d.t: a char latin2 null charset=latin2"},
      {"CREATE TABLE t (a CHAR) CHARACTER SET = DEFAULT",
       "create d.t: a char latin1 null charset=latin1 of the database"},
      {"CREATE TABLE t (a NCHAR(3), b LONG, c CHAR(5) BYTE, e CHAR(3) UNICODE, f VARCHAR(9) ASCII BINARY) "
       "CHARSET utf8",
       "create d.t: a nchar(3) utf8mb3 null; b long utf8 null; c binary(5) null; e char(3) ucs2 "
       "null; f varchar(9) latin1 null charset=utf8"},
  });
}

TEST(CreateTable, ReadsOptions) {
  expect_all({
      {"CREATE TABLE t (a INT) ENGINE=InnoDB, AUTO_INCREMENT = 5 ROW_FORMAT=DYNAMIC COMMENT='PARTITION' "
       "STATS_PERSISTENT=0 DATA DIRECTORY '/x' TABLESPACE ts",
       "create d.t: a int null charset=latin1 of the database"},
      {"CREATE TABLE t (a INT) ENGINE MyISAM CHARSET latin2 UNION=(x,y) INSERT_METHOD=LAST",
       "create d.t: a int null charset=latin2"},
      {"CREATE TABLE t (a INT) /*!50100 TABLESPACE `x` */ PARTITION BY RANGE (a) (PARTITION p VALUES LESS THAN "
       "(5) ENGINE = InnoDB, PARTITION q VALUES LESS THAN MAXVALUE)",
       "create d.t: a int null charset=latin1 of the database"},
      {"CREATE TABLE t (a INT) CHARSET=latin1 PARTITION BY LINEAR KEY ALGORITHM=2 (a) PARTITIONS 4;",
       "create d.t: a int null charset=latin1"},
      {"CREATE TABLE `t` (\n  `a` int NOT NULL,\n  `b` text\n) START TRANSACTION",
       "create d.t: a int not null; b text latin1 null charset=latin1 of the database"},
      {"CREATE TABLE `gi` (\n  `my_row_id` bigint unsigned NOT NULL AUTO_INCREMENT /*!80023 INVISIBLE */,\n  `b` "
       "text,\n  PRIMARY KEY (`my_row_id`)\n)",
       "create d.gi: my_row_id bigint unsigned not null invisible default expression AUTO_INCREMENT; b text "
       "latin1 null key my_row_id charset=latin1 of the database"},
  });
}

TEST(CreateTable, SaysWhatIsNotInTheStatement) {
  expect_all({
      {"CREATE TABLE t LIKE u", "create d.t like d.u INCOMPLETE CREATE TABLE … LIKE"},
      {"CREATE TABLE IF NOT EXISTS t (LIKE `x`.u)",
       "create if not exists d.t like x.u INCOMPLETE CREATE TABLE … LIKE"},
      {"CREATE TABLE t SELECT 1", "create d.t select INCOMPLETE CREATE TABLE … SELECT"},
      {"CREATE TABLE t (a INT) SELECT 1 AS b", "create d.t select INCOMPLETE CREATE TABLE … SELECT"},
      {"CREATE TABLE t (a INT) ENGINE=InnoDB IGNORE AS (SELECT 1 AS b)",
       "create d.t select INCOMPLETE CREATE TABLE … SELECT"},
      {"CREATE TABLE t (SELECT 1)", "create d.t select INCOMPLETE CREATE TABLE … SELECT"},
      {"CREATE TABLE t ((SELECT 1) UNION SELECT 2)", "create d.t select INCOMPLETE CREATE TABLE … SELECT"},
      {"CREATE TABLE t AS WITH c AS (SELECT 1) SELECT * FROM c",
       "create d.t select INCOMPLETE CREATE TABLE … SELECT"},
      {"CREATE TABLE t (a INT) PARTITION BY HASH (a) PARTITIONS 2 REPLACE SELECT 1 AS a",
       "create d.t select INCOMPLETE CREATE TABLE … SELECT"},
      {"CREATE TABLE t (a INT) TABLE u", "create d.t select INCOMPLETE CREATE TABLE … SELECT"},
      {"CREATE TABLE t (a INT) ENGINE='BLACKHOLE'",
       "create d.t INCOMPLETE CREATE TABLE with ENGINE=BLACKHOLE"},
      {"CREATE TABLE t", "create d.t INCOMPLETE CREATE TABLE without columns"},
  });
}

TEST(CreateTable, IsNotCompleteWhereItCannotBeRead) {
  for (const char* sql :
       {"CREATE TABLE t (", "CREATE TABLE t ()", "CREATE TABLE t (a)", "CREATE TABLE t (a INT,)",
        "CREATE TABLE t (a INT WHATEVER)", "CREATE TABLE t (a INT) WHATEVER", "CREATE TABLE t (a INT) ENGINE",
        "CREATE TABLE t (a INT, PRIMARY KEY (b))", "CREATE TABLE t (a INT, PRIMARY KEY ((a)))",
        "CREATE TABLE t (a VARCHAR)", "CREATE TABLE t (a INT) PARTITION BY HASH (a", "CREATE TABLE t 'x",
        "CREATE TABLE t (a INT) COMMENT 'x", "CREATE TABLE t (a INT); DROP TABLE t"}) {
    const Result<Statement> statement = parse(sql, session());
    ASSERT_TRUE(statement.ok()) << sql;
    const auto& create = std::get<CreateTable>(*statement);
    EXPECT_FALSE(create.complete) << sql;
    EXPECT_EQ(create.table.table, "t") << sql;
    EXPECT_EQ(create.incomplete_reason.compare(0, 14, "CREATE TABLE: "), 0) << create.incomplete_reason;
    EXPECT_TRUE(create.definition.columns.empty()) << sql;
  }
}

TEST(CreateTable, ReadsMariaDb) {
  SessionContext context = session();
  context.mariadb = true;
  expect_all(
      {
          {"CREATE OR REPLACE TABLE t (a JSON, u UUID, v VECTOR(3), VECTOR INDEX (v)) `PAGE_COMPRESSED`='ON' "
           "ENCRYPTED=YES",
           "create or replace d.t: a longtext utf8mb4 null; u uuid null; v vector(3) null charset=latin1 of "
           "the database"},
          {"CREATE OR REPLACE TABLE t LIKE u",
           "create or replace d.t like d.u INCOMPLETE CREATE OR REPLACE TABLE … LIKE"},
          {"CREATE TABLE t (a INT) WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME",
           "create d.t INCOMPLETE CREATE TABLE with system versioning"},
          {"CREATE TABLE t (a INT WITH SYSTEM VERSIONING)",
           "create d.t INCOMPLETE CREATE TABLE with system versioning"},
          {"CREATE TABLE t (a INT, s TIMESTAMP(6) AS ROW START, e TIMESTAMP(6) AS ROW END, PERIOD FOR "
           "SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING",
           "create d.t INCOMPLETE CREATE TABLE with system versioning"},
          {"CREATE TABLE t (a DATE, b DATE, PERIOD FOR p (a, b))",
           "create d.t: a date not null; b date not null charset=latin1 of the database"},
          {"CREATE TABLE t (a DATE, b DATE, c INT, PERIOD FOR p (a, b), PRIMARY KEY (c, p WITHOUT OVERLAPS))",
           "create d.t INCOMPLETE CREATE TABLE with a primary key over a period"},
          {"CREATE TABLE t (a CHAR) COLLATE uca1400_ai_ci",
           "create d.t: a char latin1 null charset=latin1 of the database"},
          {"CREATE TABLE t (a CHAR) COLLATE utf8mb4_uca1400_ai_ci",
           "create d.t: a char utf8mb4 null charset=utf8mb4"},
          {"CREATE SEQUENCE s", "irrelevant"},
      },
      context);
}

TEST(CreateTable, KnowsTheOldTimestamp) {
  SessionContext context = session();
  context.explicit_defaults_for_timestamp = false;
  expect_all(
      {
          {"CREATE TABLE t (a TIMESTAMP, b TIMESTAMP, c TIMESTAMP NULL, e TIMESTAMP DEFAULT '2001-01-01')",
           "create d.t: a timestamp not null default now; b timestamp not null; c timestamp null; e timestamp "
           "not null default '2001-01-01' charset=latin1 of the database"},
          {"CREATE TABLE t (a TIMESTAMP NULL, b TIMESTAMP)",
           "create d.t: a timestamp null; b timestamp not null charset=latin1 of the database"},
          {"CREATE TABLE t (a TIMESTAMP DEFAULT NOW(), b TIMESTAMP)",
           "create d.t: a timestamp not null default now; b timestamp not null charset=latin1 of the database"},
      },
      context);
}

TEST(CreateTable, LimitsColumns) {
  std::string sql = "CREATE TABLE t (a0 INT";
  for (size_t i = 1; i <= 4096; ++i) sql += ",a" + std::to_string(i) + " INT";
  EXPECT_FALSE(std::get<CreateTable>(*parse(sql + ")", session())).complete);
}

}  // namespace
}  // namespace mysql_sync::ddl
