#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/ddl/ddl_statement.hpp"
#include "unit/ddl/statement_text.hpp"

namespace mysql_sync::ddl {
namespace {

TEST(DdlParser, AddsColumns) {
  expect_parsed({
      {"ALTER TABLE t ADD c INT", "alter d.t: add c int null"},
      {"alter table t add column c int(10) unsigned not null default 7",
       "alter d.t: add c int(10) unsigned not null default 7"},
      {"ALTER TABLE x.t ADD c VARCHAR(10)", "alter x.t: add c varchar(10) utf8mb4 null"},
      {"ALTER TABLE `x`.`t t` ADD COLUMN `a``b` BIGINT FIRST", "alter x.t t: add a`b bigint null first"},
      {"ALTER TABLE t ADD c INT AFTER `b`", "alter d.t: add c int null after b"},
      {"ALTER TABLE t ADD COLUMN IF NOT EXISTS c INT", "alter d.t: add if not exists c int null"},
      {"ALTER TABLE t ADD (a INT, b CHAR(3) NOT NULL, INDEX (a))",
       "alter d.t: add a int null; add b char(3) utf8mb4 not null; -"},
      {"ALTER TABLE t ADD COLUMN (a DECIMAL(10,2) NOT NULL DEFAULT '0.00')",
       "alter d.t: add a decimal(10,2) not null default '0.00'"},
      {"ALTER TABLE t ADD a DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), DROP b",
       "alter d.t: add a datetime(6) null default now; drop b"},
      {"ALTER TABLE t ADD a TIMESTAMP NOT NULL DEFAULT NOW() COMMENT 'x, y'",
       "alter d.t: add a timestamp not null default now"},
      {"ALTER TABLE t ADD a DOUBLE PRECISION DEFAULT -1.5e3",
       "alter d.t: add a double precision null default -1.5e3"},
      {"ALTER TABLE t ADD a NATIONAL CHAR VARYING(3)",
       "alter d.t: add a national char varying(3) utf8mb3 null"},
      {"ALTER TABLE t ADD a BOOL DEFAULT TRUE", "alter d.t: add a bool null default 1"},
      {"ALTER TABLE t ADD a ENUM('x','y''z','b\\\\c') DEFAULT 'x'",
       "alter d.t: add a enum('x','y''z','b\\\\c') utf8mb4 null default 'x'"},
      {"ALTER TABLE t ADD a SET(\"p\", x'71') NULL", "alter d.t: add a set('p','q') utf8mb4 null"},
      {"ALTER TABLE t ADD a INT AS (b + (1)) STORED",
       "alter d.t: add a int null generated default expression b + (1)"},
      {"ALTER TABLE t ADD a INT GENERATED ALWAYS AS (b) VIRTUAL NOT NULL AFTER b",
       "alter d.t: add a int not null generated default expression b after b"},
      {"ALTER TABLE t ADD a JSON DEFAULT (JSON_OBJECT('k', 1))",
       "alter d.t: add a json null default expression JSON_OBJECT('k', 1)"},
      {"ALTER TABLE t ADD a TEXT DEFAULT ('abc')", "alter d.t: add a text utf8mb4 null default 'abc'"},
      {"ALTER TABLE t ADD a INT INVISIBLE", "alter d.t: add a int null invisible"},
      {"ALTER TABLE t ADD a INT REFERENCES o (id) ON DELETE SET NULL ON UPDATE NO ACTION, ADD b INT",
       "alter d.t: add a int null; add b int null"},
      {"ALTER TABLE t ADD a INT CONSTRAINT positive CHECK (a > 0) NOT ENFORCED UNIQUE KEY",
       "alter d.t: add a int null (unique)"},
      {"ALTER TABLE t ADD a POINT NOT NULL SRID 4326", "alter d.t: add a point not null"},
      {"ALTER TABLE t ADD a INT COLUMN_FORMAT FIXED STORAGE MEMORY", "alter d.t: add a int null"},
      {"ALTER TABLE t ADD `first` INT FIRST", "alter d.t: add first int null first"},
      {"ALTER TABLE t ADD a BIGINT AUTO_INCREMENT UNIQUE",
       "alter d.t: add a bigint not null default expression AUTO_INCREMENT auto_increment (unique)"},
      {"ALTER TABLE t ADD id SERIAL",
       "alter d.t: add id serial not null default expression AUTO_INCREMENT auto_increment (unique)"},
      {"ALTER TABLE t ADD id INT NOT NULL AUTO_INCREMENT PRIMARY KEY FIRST",
       "alter d.t: add id int not null default expression AUTO_INCREMENT primary key auto_increment first"},
      {"ALTER TABLE t ADD a frobnicate(3)", "alter d.t: add a frobnicate(3) null"},
  });
}

TEST(DdlParser, ReadsDefaults) {
  expect_parsed({
      {"ALTER TABLE t ADD a VARCHAR(9) DEFAULT 'a' 'b' \"c\"",
       "alter d.t: add a varchar(9) utf8mb4 null default 'abc'"},
      {"ALTER TABLE t ADD a CHAR(9) DEFAULT 'it''s\\n\\%'",
       "alter d.t: add a char(9) utf8mb4 null default 'it's\n\\%'"},
      {"ALTER TABLE t ADD a CHAR(9) DEFAULT _utf8mb4'é'",
       "alter d.t: add a char(9) utf8mb4 null default 'é'"},
      {"ALTER TABLE t ADD a CHAR(9) DEFAULT _latin1'é'",
       "alter d.t: add a char(9) utf8mb4 null default expression _latin1'é'"},
      {"ALTER TABLE t ADD a CHAR(9) DEFAULT N'n'", "alter d.t: add a char(9) utf8mb4 null default 'n'"},
      {"ALTER TABLE t ADD a CHAR(9) DEFAULT x'4142'", "alter d.t: add a char(9) utf8mb4 null default 'AB'"},
      {"ALTER TABLE t ADD a BIT(3) DEFAULT b'101'", "alter d.t: add a bit(3) null default 5"},
      {"ALTER TABLE t ADD a INT DEFAULT 0x10", "alter d.t: add a int null default 16"},
      {"ALTER TABLE t ADD a BINARY(2) DEFAULT x'4142'", "alter d.t: add a binary(2) null default 'AB'"},
      {"ALTER TABLE t ADD a INT DEFAULT NULL", "alter d.t: add a int null default null"},
      {"ALTER TABLE t ADD a INT DEFAULT (-5)", "alter d.t: add a int null default -5"},
      {"ALTER TABLE t ADD a DECIMAL(3,2) DEFAULT .5", "alter d.t: add a decimal(3,2) null default .5"},
      {"ALTER TABLE t ADD a DATE DEFAULT DATE '2020-01-02'",
       "alter d.t: add a date null default '2020-01-02'"},
      {"ALTER TABLE t ADD a CHAR(36) DEFAULT (uuid())",
       "alter d.t: add a char(36) utf8mb4 null default expression uuid()"},
      {"ALTER TABLE t ADD a CHAR(36) DEFAULT uuid()",
       "alter d.t: add a char(36) utf8mb4 null default expression uuid()"},
      {"ALTER TABLE t ADD a INT DEFAULT NEXT VALUE FOR s.q",
       "alter d.t: add a int null default expression NEXT VALUE FOR s.q"},
  });
}

TEST(DdlParser, ResolvesCharacterSets) {
  expect_parsed({
      {"ALTER TABLE t ADD a CHAR(3) CHARACTER SET latin1", "alter d.t: add a char(3) latin1 null"},
      {"ALTER TABLE t ADD a CHAR(3) CHARSET 'LATIN1' COLLATE latin1_bin",
       "alter d.t: add a char(3) latin1 null"},
      {"ALTER TABLE t ADD a TEXT COLLATE cp1251_general_ci", "alter d.t: add a text cp1251 null"},
      {"ALTER TABLE t ADD a CHAR CHARACTER SET ucs2", "alter d.t: add a char ucs2 null"},
      {"ALTER TABLE t ADD a CHAR(3) ASCII", "alter d.t: add a char(3) latin1 null"},
      {"ALTER TABLE t ADD a VARCHAR(3) BINARY", "alter d.t: add a varchar(3) utf8mb4 null"},
      {"ALTER TABLE t ADD a VARCHAR(3) CHARACTER SET binary", "alter d.t: add a varbinary(3) null"},
      {"ALTER TABLE t ADD a CHAR(3), DEFAULT CHARACTER SET = latin1",
       "alter d.t: add a char(3) latin1 null; - charset=latin1"},
      {"ALTER TABLE t CHARSET latin1 COLLATE latin1_bin, ADD a CHAR(3), ADD b INT",
       "alter d.t: -; -; add a char(3) latin1 null; add b int null charset=latin1"},
      {"ALTER TABLE t COLLATE utf8mb4_0900_ai_ci", "alter d.t: - charset=utf8mb4"},
      {"ALTER TABLE t ADD a TEXT COLLATE uca1400_ai_ci", "alter d.t: add a text utf8mb4 null"},
  });
}

TEST(DdlParser, ReadsOtherColumnActions) {
  expect_parsed({
      {"ALTER TABLE t DROP c", "alter d.t: drop c"},
      {"ALTER TABLE t DROP COLUMN IF EXISTS c CASCADE", "alter d.t: drop if exists c"},
      {"ALTER TABLE t RENAME COLUMN a TO `b c`", "alter d.t: rename a to b c"},
      {"ALTER TABLE t CHANGE a b INT NOT NULL", "alter d.t: change a b int not null"},
      {"ALTER TABLE t CHANGE COLUMN a a INT AFTER z, DROP q",
       "alter d.t: change a a int null after z; drop q"},
      {"ALTER TABLE t MODIFY a VARCHAR(20) FIRST", "alter d.t: change a a varchar(20) utf8mb4 null first"},
      {"ALTER TABLE t MODIFY COLUMN IF EXISTS a INT PRIMARY KEY",
       "alter d.t: change a a int not null primary key"},
      {"ALTER TABLE t ALTER COLUMN a SET DEFAULT 5, ALTER b DROP DEFAULT, ALTER c SET DEFAULT (now())",
       "alter d.t: default of a default 5; default of b; default of c default expression now()"},
      {"ALTER TABLE t ALTER a SET INVISIBLE, ALTER COLUMN b SET VISIBLE", "alter d.t: hide a; show b"},
  });
}

TEST(DdlParser, KnowsWhatLeavesRowsAlone) {
  expect_parsed({
      {"ALTER TABLE t ADD INDEX i (a, b(10)) USING BTREE COMMENT 'x,y', ADD c INT",
       "alter d.t: -; add c int null"},
      {"ALTER TABLE t ADD UNIQUE KEY (a), ADD FULLTEXT f (b), ADD SPATIAL INDEX (g)",
       "alter d.t: -; -; - (unique)"},
      {"ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES x.o (id) ON DELETE CASCADE",
       "alter d.t: -"},
      {"ALTER TABLE t ADD CONSTRAINT CHECK (a > ')')", "alter d.t: -"},
      {"ALTER TABLE t ADD VECTOR INDEX (v)", "alter d.t: -"},
      {"ALTER TABLE t DROP INDEX i, DROP FOREIGN KEY f, DROP CONSTRAINT c, DROP CHECK k",
       "alter d.t: -; -; -; -"},
      {"ALTER TABLE t RENAME INDEX a TO b", "alter d.t: -"},
      {"ALTER TABLE t ENGINE=InnoDB ROW_FORMAT = DYNAMIC, COMMENT='a', AUTO_INCREMENT 100",
       "alter d.t: -; -; -; -"},
      {"ALTER TABLE t ALGORITHM=INPLACE, LOCK=NONE, ADD c INT", "alter d.t: -; -; add c int null"},
      {"ALTER TABLE t ORDER BY a, b DESC, DROP c", "alter d.t: -; drop c"},
      {"ALTER TABLE t ORDER BY a, x.b DESC;", "alter d.t: -"},
      {"ALTER TABLE t DISABLE KEYS", "alter d.t: -"},
      {"ALTER TABLE t FORCE", "alter d.t: -"},
      {"ALTER TABLE t", "alter d.t"},
      {"ALTER TABLE t ADD PARTITION (PARTITION p1 VALUES LESS THAN (10), PARTITION p2 VALUES IN (1,2))",
       "alter d.t: -"},
      {"ALTER TABLE t REORGANIZE PARTITION p0, p1 INTO (PARTITION p VALUES LESS THAN MAXVALUE)",
       "alter d.t: -"},
      {"ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 4", "alter d.t: -"},
      {"ALTER TABLE t ADD c INT PARTITION BY HASH (id)", "alter d.t: add c int null; -"},
      {"ALTER TABLE t ADD INDEX (a) REMOVE PARTITIONING", "alter d.t: -"},
      {"ALTER TABLE t ENGINE InnoDB PARTITION BY KEY (id)", "alter d.t: -; -"},
      {"ALTER TABLE t OPTIMIZE PARTITION ALL", "alter d.t: -"},
      {"ALTER TABLE t `IETF_QUOTES`=yes", "alter d.t: -"},
      {"ALTER TABLE t UNION=(a,b)", "alter d.t: -"},
      {"ALTER TABLE t WITHOUT VALIDATION, ADD c INT", "alter d.t: -; add c int null"},
  });
}

TEST(DdlParser, ReadsKeys) {
  expect_parsed({
      {"ALTER TABLE t ADD PRIMARY KEY (`a`), ADD c INT", "alter d.t: key a; add c int null"},
      {"ALTER TABLE t ADD CONSTRAINT PRIMARY KEY pk USING BTREE (a(10) DESC, b ASC) COMMENT 'x,y'",
       "alter d.t: key a b"},
      {"ALTER TABLE t ADD CONSTRAINT `pk` PRIMARY KEY USING HASH (a) KEY_BLOCK_SIZE=8", "alter d.t: key a"},
      {"ALTER TABLE t ADD (c INT, PRIMARY KEY (c))", "alter d.t: add c int null; key c"},
      {"ALTER TABLE t DROP CONSTRAINT `PRIMARY`, ADD UNIQUE (a)", "alter d.t: drop key; - (unique)"},
      {"ALTER TABLE t DROP CONSTRAINT PRIMARY KEY, ADD c INT", "alter d.t: drop key; add c int null"},
      {"ALTER TABLE t ADD c INT KEY", "alter d.t: add c int not null primary key"},
      {"ALTER TABLE t ADD PRIMARY KEY (id, p WITHOUT OVERLAPS), DROP c",
       "alter d.t: RELOAD ADD PRIMARY KEY … WITHOUT OVERLAPS; drop c"},
      {"ALTER TABLE t ADD PRIMARY KEY ((a + 1))", "error"},
      {"ALTER IGNORE TABLE t ADD PRIMARY KEY (a)",
       "alter d.t: lenient key a; RELOAD ALTER IGNORE TABLE … ADD PRIMARY KEY"},
  });
}

TEST(DdlParser, TellsWhatMayRefuseRows) {
  const auto adds_rules = [](const std::string& action) {
    const Result<Statement> statement = parse("ALTER TABLE t " + action, session_in_d());
    EXPECT_TRUE(statement.ok()) << action;
    return statement.ok() && std::get<AlterTable>(*statement).adds_rules;
  };
  for (const char* action :
       {"ADD CHECK (a > 0)", "ADD CONSTRAINT c CHECK (a > 0)", "ADD FOREIGN KEY (a) REFERENCES u (a)",
        "ADD CONSTRAINT FOREIGN KEY (a) REFERENCES u (a)", "ADD b INT CHECK (b > 0)",
        "MODIFY b INT CONSTRAINT c CHECK (b > 0)", "ADD b INT REFERENCES u (a)", "ADD (b INT, CHECK (b > 0))",
        "PARTITION BY HASH (a) PARTITIONS 4"})
    EXPECT_TRUE(adds_rules(action)) << action;
  for (const char* action :
       {"ADD b INT", "ADD INDEX (a)", "ADD UNIQUE (a)", "DROP CONSTRAINT c", "ALTER CHECK c NOT ENFORCED",
        "DROP FOREIGN KEY c", "MODIFY b INT COMMENT 'CHECK (b)'"})
    EXPECT_FALSE(adds_rules(action)) << action;
}

TEST(DdlParser, LowersNamesOfTables) {
  SessionContext context = session_in_d();
  context.lowers_names = true;
  expect_parsed({{"RENAME TABLE A TO B.`C`, x TO Y", "rename d.a>b.c d.x>d.y"}}, context);
}

TEST(DdlParser, ReadsConversions) {
  SessionContext context = session_in_d();
  context.database_charset = "latin5";
  context.session_charset = "greek";
  expect_parsed(
      {
          {"ALTER TABLE t CONVERT TO CHARSET DEFAULT", "alter d.t: convert to greek charset=greek"},
          {"ALTER TABLE t CONVERT TO CHARACTER SET DEFAULT COLLATE latin1_bin",
           "alter d.t: convert to latin1 charset=latin1"},
          {"ALTER TABLE t CHARACTER SET DEFAULT, ADD c CHAR",
           "alter d.t: -; add c char latin5 null charset=latin5 of the database"},
          {"ALTER TABLE t ADD a CHAR, CONVERT TO CHARACTER SET 'cp1251', ADD b TEXT CHARACTER SET CP1251",
           "alter d.t: add a char cp1251 null; convert to cp1251; add b text cp1251 null charset=cp1251"},
          {"ALTER TABLE t CONVERT TO CHARACTER SET latin1, MODIFY b TEXT CHARACTER SET utf8mb4",
           "alter d.t: convert to latin1; change b b text latin1 null; RELOAD CONVERT TO CHARACTER SET of a "
           "column of its own charset=latin1"},
          {"ALTER TABLE t CONVERT TO latin1", "error"},
      },
      context);
  context.session_charset.clear();
  expect_parsed({{"ALTER TABLE t CONVERT TO CHARACTER SET DEFAULT, ADD c CHAR",
                  "alter d.t: RELOAD CONVERT TO CHARACTER SET DEFAULT; add c char utf8mb4 null"}},
                context);
  context.mariadb = true;
  expect_parsed({{"ALTER TABLE t CONVERT TO CHARACTER SET DEFAULT",
                  "alter d.t: convert to latin5 charset=latin5 of the database"}},
                context);
  context.mariadb = false;
  context.sql_mode = 0;
  expect_parsed(
      {
          {"ALTER TABLE t CONVERT TO CHARACTER SET ascii",
           "alter d.t: lenient convert to ascii charset=ascii"},
          {"ALTER TABLE t ADD a VARCHAR(20000)", "alter d.t: add a mediumtext utf8mb4 null"},
          {"ALTER TABLE t ADD a VARCHAR(70000), ADD b VARBINARY(70000), ADD c VARCHAR(65535) CHARACTER SET latin1",
           "alter d.t: add a mediumtext utf8mb4 null; add b mediumblob null; add c varchar(65535) latin1 null"},
          {"ALTER TABLE t ADD a TEXT(63), ADD b TEXT(64)",
           "alter d.t: add a tinytext utf8mb4 null; add b text utf8mb4 null"},
      },
      context);
}

TEST(DdlParser, KnowsWhereConversionsAreIdle) {
  using Idle = AlterTable::Idle;
  const auto idle = [](const std::string& actions, uint32_t version, bool mariadb = false) {
    SessionContext context = session_in_d();
    context.version = version;
    context.mariadb = mariadb;
    const Result<Statement> statement = parse("ALTER TABLE t " + actions, context);
    EXPECT_TRUE(statement.ok()) << actions;
    return std::get<AlterTable>(*statement).idle;
  };
  constexpr uint32_t kOld = 50624;
  for (const char* actions :
       {"CONVERT TO CHARACTER SET latin1", "CONVERT TO CHARSET latin1 COLLATE latin1_bin",
        "ALGORITHM=INPLACE, CONVERT TO CHARACTER SET latin1, LOCK=NONE",
        "CONVERT TO CHARACTER SET latin1, ALGORITHM DEFAULT"})
    EXPECT_EQ(idle(actions, kOld), Idle::kPossible) << actions;
  for (const char* actions :
       {"CONVERT TO CHARACTER SET latin1, ALGORITHM=COPY", "CONVERT TO CHARACTER SET latin1, ALGORITHM COPY",
        "CONVERT TO CHARACTER SET latin1, COMMENT='x'", "FORCE, CONVERT TO CHARACTER SET latin1",
        "CONVERT TO CHARACTER SET latin1, ADD x INT", "CONVERT TO CHARACTER SET latin1, RENAME TO u",
        "CONVERT TO CHARACTER SET latin1, ORDER BY id", "CHARACTER SET latin1", "ALGORITHM=INPLACE"})
    EXPECT_EQ(idle(actions, kOld), Idle::kNever) << actions;
  const std::string convert = "CONVERT TO CHARACTER SET latin1";
  for (const uint32_t version : {50600U, 50627U, 50708U}) EXPECT_EQ(idle(convert, version), Idle::kPossible);
  for (const uint32_t version : {50630U, 50711U}) EXPECT_EQ(idle(convert, version), Idle::kUnknown);
  for (const uint32_t version : {0U, 50599U, 50632U, 50720U, 80000U, 90704U})
    EXPECT_EQ(idle(convert, version), Idle::kNever);
  for (const uint32_t version : {100029U, 100121U, 100204U})
    EXPECT_EQ(idle(convert, version, true), Idle::kPossible);
  for (const uint32_t version : {0U, 50568U, 100030U, 100122U, 100205U, 101119U})
    EXPECT_EQ(idle(convert, version, true), Idle::kNever);
}

TEST(DdlParser, ReadsCharacterSetsOfDatabases) {
  SessionContext context = session_in_d();
  context.server_charset = "latin2";
  const std::vector<ParseCase> everywhere = {
      {"CREATE DATABASE x", "CREATE DATABASE x charset=latin2"},
      {"CREATE SCHEMA x DEFAULT CHARACTER SET = 'Greek' COLLATE greek_bin;",
       "CREATE DATABASE x charset=greek"},
      {"CREATE DATABASE x COLLATE utf8_bin CHARACTER SET utf8", "CREATE DATABASE x charset=utf8"},
      {"CREATE DATABASE x DEFAULT COLLATE latin1_bin", "CREATE DATABASE x charset=latin1"},
      {"CREATE DATABASE IF NOT EXISTS `x` /*!40100 DEFAULT CHARACTER SET latin1 */ /*!80016 DEFAULT "
       "ENCRYPTION='N' */",
       "CREATE DATABASE if not exists x charset=latin1"},
      {"CREATE DATABASE x CHARACTER SET DEFAULT", "CREATE DATABASE x charset=latin2"},
      {"CREATE DATABASE x CHARSET = ", "CREATE DATABASE x charset="},
      {"ALTER DATABASE x CHAR SET binary", "ALTER DATABASE x charset=binary"},
      {"ALTER DATABASE COLLATE = sjis_bin", "ALTER DATABASE d charset=sjis"},
      {"ALTER DATABASE CHARSET DEFAULT", "ALTER DATABASE d charset=latin2"},
      {"ALTER DATABASE x ENCRYPTION='Y' READ ONLY = DEFAULT", "ALTER DATABASE x"},
      {"ALTER DATABASE ENCRYPTION = 'Y' CHARACTER SET latin1", "ALTER DATABASE d charset=latin1"},
      {"ALTER DATABASE COMMENT 'CHARACTER SET x'", "ALTER DATABASE d"},
      {"ALTER DATABASE comment CHARACTER SET latin1", "ALTER DATABASE comment charset=latin1"},
      {"ALTER DATABASE `#mysql50#a-b` UPGRADE DATA DIRECTORY NAME", "ALTER DATABASE #mysql50#a-b"},
      {"DROP DATABASE x", "DROP DATABASE x"},
  };
  expect_parsed(everywhere, context);
  expect_parsed({{"ALTER DATABASE x COLLATE DEFAULT", "ALTER DATABASE x charset=latin2"}}, context);
  context.mariadb = true;
  expect_parsed(everywhere, context);
  expect_parsed({{"ALTER DATABASE x COLLATE DEFAULT", "ALTER DATABASE x"},
                 {"ALTER DATABASE x COLLATE uca1400_ai_ci", "ALTER DATABASE x"},
                 {"CREATE OR REPLACE DATABASE x COLLATE uca1400_ai_ci COMMENT 'c'",
                  "CREATE DATABASE or replace x charset=latin2"}},
                context);
  context.server_charset.clear();
  expect_parsed({{"CREATE DATABASE x", "CREATE DATABASE x charset="}}, context);
}

TEST(DdlParser, NamesWhatIsNotCarried) {
  expect_parsed({
      {"ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (a, b)", "alter d.t: drop key; key a b"},
      {"ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (a)", "alter d.t: key a"},
      {"ALTER TABLE t DROP INDEX `PRIMARY`", "alter d.t: drop key"},
      {"DROP INDEX `primary` ON x.t", "alter x.t: drop key"},
      {"CREATE UNIQUE INDEX i ON t (a)", "alter d.t: - (unique)"},
      {"CREATE OR REPLACE INDEX IF NOT EXISTS i USING HASH ON x.t (a)", "alter x.t: -"},
      {"CREATE ONLINE FULLTEXT INDEX i ON t (a)", "alter d.t: -"},
      {"DROP INDEX IF EXISTS i ON t", "alter d.t: -"},
      {"CREATE INDEX i", "irrelevant"},
      {"DROP INDEX i", "irrelevant"},
      {"ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
       "alter d.t: convert to utf8mb4 charset=utf8mb4"},
      {"ALTER TABLE t RENAME TO x.u", "alter d.t: rename to x.u"},
      {"ALTER TABLE t RENAME u", "alter d.t: rename to d.u"},
      {"ALTER TABLE t RENAME = u, DROP c, RENAME AS `w`", "alter d.t: rename to d.u; drop c; rename to d.w"},
      {"ALTER TABLE t DROP PARTITION p0, p1", "alter d.t: RELOAD DROP PARTITION"},
      {"ALTER TABLE t TRUNCATE PARTITION ALL", "alter d.t: RELOAD TRUNCATE PARTITION"},
      {"ALTER TABLE t EXCHANGE PARTITION p WITH TABLE x.u WITHOUT VALIDATION",
       "alter d.t: RELOAD EXCHANGE PARTITION | rows x.u"},
      {"ALTER TABLE t CONVERT PARTITION p TO TABLE u", "alter d.t: RELOAD CONVERT PARTITION | new d.u"},
      {"ALTER TABLE t CONVERT TABLE u TO PARTITION p VALUES LESS THAN (5)",
       "alter d.t: RELOAD CONVERT PARTITION | gone d.u"},
      {"ALTER TABLE t DISCARD TABLESPACE", "alter d.t: RELOAD DISCARD TABLESPACE"},
      {"ALTER TABLE t IMPORT PARTITION p0 TABLESPACE", "alter d.t: RELOAD IMPORT TABLESPACE"},
      {"ALTER TABLE t ADD SYSTEM VERSIONING", "alter d.t: NOT CARRIED ADD SYSTEM VERSIONING"},
      {"ALTER TABLE t ENGINE = BLACKHOLE", "alter d.t: NOT CARRIED ENGINE=BLACKHOLE"},
      {"ALTER IGNORE TABLE t ADD UNIQUE (a)",
       "alter d.t: -; RELOAD ALTER IGNORE TABLE … ADD UNIQUE (unique)"},
  });
}

TEST(DdlParser, ReadsOtherTableStatements) {
  expect_parsed({
      {"TRUNCATE TABLE x.t", "truncate x.t"},
      {"truncate t;", "truncate d.t"},
      {"TRUNCATE t NOWAIT", "truncate d.t"},
      {"DROP TABLE IF EXISTS `a`,`x`.`b` /* generated by server */", "drop d.a x.b"},
      {"DROP TEMPORARY TABLE a", "drop temporary d.a"},
      {"DROP TABLE a RESTRICT WAIT 5", "drop d.a"},
      {"RENAME TABLE a TO x.b, x.c TO a", "rename d.a>x.b x.c>d.a"},
      {"CREATE DATABASE IF NOT EXISTS x", "CREATE DATABASE if not exists x charset=utf8mb4"},
      {"DROP SCHEMA `x y`", "DROP DATABASE x y"},
      {"ALTER DATABASE x CHARACTER SET utf8mb4", "ALTER DATABASE x charset=utf8mb4"},
      {"ALTER DATABASE DEFAULT CHARACTER SET utf8mb4", "ALTER DATABASE d charset=utf8mb4"},
  });
}

TEST(DdlParser, SeesStatementsThatChangeRows) {
  expect_parsed({
      {"INSERT INTO t VALUES (1)", "rows INSERT d.t"},
      {"insert ignore x.t (a, b) select * from u", "rows INSERT x.t reads d.u"},
      {"REPLACE t SET a = 1", "rows REPLACE d.t"},
      {"INSERT INTO t TABLE u", "rows INSERT d.t reads d.u"},
      {"INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a)", "rows INSERT d.t"},
      {"UPDATE t SET a = 1", "rows UPDATE d.t"},
      {"UPDATE t a JOIN (u, x.v AS w) ON a.id = u.id SET a.b = 1", "rows UPDATE d.t reads d.u reads x.v"},
      {"UPDATE t a, u SET a.b = 1, u.c = (SELECT MAX(i) FROM w), x = 3 WHERE a.id IN (1, 2)",
       "rows UPDATE d.t d.u reads d.w"},
      {"UPDATE t, u SET v = 1, w = f(2)", "rows UPDATE d.t?v?w d.u?v?w calls d.f"},
      {"UPDATE t JOIN x.t AS s SET x.t.a = 1", "rows UPDATE x.t reads d.t"},
      {"UPDATE t JOIN u SET nobody.a = 1", "rows UPDATE reads d.t reads d.u ???"},
      {"UPDATE (SELECT id FROM u) k JOIN t USING (id) SET v = k.id", "rows UPDATE d.t reads d.u"},
      {"DELETE FROM x.t WHERE a = 1", "rows DELETE x.t"},
      {"DELETE FROM x.t;", "rows DELETE x.t empties"},
      {"DELETE LOW_PRIORITY IGNORE FROM x.t", "rows DELETE x.t"},
      {"DELETE HISTORY FROM t", "rows DELETE d.t"},
      {"DELETE FROM t PARTITION (p)", "rows DELETE d.t"},
      {"DELETE FROM t LIMIT 1", "rows DELETE d.t"},
      {"DELETE a, x.b FROM t a JOIN x.b", "rows DELETE d.t x.b"},
      {"DELETE b FROM t a JOIN x.b", "rows DELETE x.b reads d.t"},
      {"DELETE t.* FROM t", "rows DELETE d.t"},
      {"DELETE FROM d.t.*, u USING t JOIN u JOIN w WHERE t.a = u.a", "rows DELETE d.t d.u reads d.w"},
      {"DELETE s FROM t JOIN u", "rows DELETE reads d.t reads d.u ???"},
      {"WITH c AS (SELECT 1 FROM w) DELETE FROM t", "rows DELETE d.t reads d.w empties"},
      {"LOAD DATA INFILE 'x' INTO TABLE x.t (a, @b) SET c = g(@b)", "rows LOAD x.t calls d.g"},
      {"LOAD DATA INFILE 'x", "rows LOAD ???"},
      {"INSERT INTO t VALUES ('x", "rows INSERT d.t ???"},
  });
}

TEST(DdlParser, SeesWhatStatementsRead) {
  expect_parsed({
      {"SELECT `x`.`f`(1, NOW())", "rows SELECT calls x.f"},
      {"SELECT a, b FROM t, (u JOIN w ON t.a = u.a AND h(u.b)), x.v z WHERE a IN (SELECT c FROM y) ORDER BY a, b",
       "rows SELECT reads d.t reads d.u reads d.w reads x.v reads d.y calls d.h"},
      {"SELECT SUBSTRING(a FROM 2), COUNT(DISTINCT b), CAST(a AS CHAR(10)) FROM t USE INDEX (i, j), u AS q (c)",
       "rows SELECT reads d.t reads d.u"},
      {"DO f()", "rows SELECT calls d.f"},
      {"CALL x.p(1)", "rows SELECT calls x.p"},
      {"WITH c AS (SELECT f()) SELECT * FROM c", "rows SELECT reads d.c calls d.f"},
      {"DO NEXTVAL(s), setval(s, 1)", "rows SELECT calls d.NEXTVAL calls d.setval"},
  });
}

TEST(DdlParser, SeesWhatDecidesWhatStatementsChange) {
  expect_parsed({
      {"CREATE ALGORITHM=MERGE DEFINER=`a`@`b` VIEW v AS SELECT 1", "view d.v new"},
      {"CREATE OR REPLACE VIEW v AS SELECT 1", "view d.v"},
      {"ALTER VIEW v AS SELECT 1", "view d.v"},
      {"DROP VIEW IF EXISTS v, x.w", "view d.v x.w"},
      {"CREATE /*!50017 DEFINER = 'a'@'b' */ TRIGGER tr AFTER INSERT ON t FOR EACH ROW BEGIN END",
       "trigger d.tr new on d.t"},
      {"CREATE TRIGGER x.tr BEFORE UPDATE ON x.t FOR EACH ROW FOLLOWS o BEGIN IF NEW.a > f(1) THEN "
       "UPDATE u SET b = 1; DELETE FROM w; END IF; SET NEW.c = REPLACE(NEW.c, 'a', 'b'); CALL p; END",
       "trigger x.tr new on x.t | rows UPDATE d.u | rows SELECT calls d.f | rows DELETE d.w | rows CALL calls d.p"},
      {"DROP TRIGGER tr", "trigger d.tr"},
      {"CREATE DEFINER=`a`@`%` FUNCTION f() RETURNS INT BEGIN RETURN 1; END", "routine d.f new"},
      {"DROP PROCEDURE p", "routine d.p"},
  });
}

TEST(DdlParser, PassesOverTheRest) {
  expect_parsed({
      {"BEGIN", "irrelevant"},
      {"COMMIT", "irrelevant"},
      {"SAVEPOINT `x`", "irrelevant"},
      {"XA START 'a'", "irrelevant"},
      {"GRANT ALL ON *.* TO 'a'@'%'", "irrelevant"},
      {"ALTER EVENT e DISABLE", "irrelevant"},
      {"RENAME USER a TO b", "irrelevant"},
      {"FLUSH TABLES", "irrelevant"},
      {"ANALYZE TABLE t", "irrelevant"},
      {"SET PASSWORD FOR 'a' = 'b'", "irrelevant"},
      {"frobnicate the 'unterminated", "irrelevant"},
      {"", "irrelevant"},
      {"# Dummy event replacing event type 163 that slave cannot handle.", "irrelevant"},
      {"/* unterminated", "irrelevant"},
  });
}

TEST(DdlParser, ReadsComments) {
  expect_parsed({
      {"/* a */ ALTER -- b\n TABLE # c\n t ADD c INT", "alter d.t: add c int null"},
      {"ALTER TABLE t ADD c INT /*!50606 STORAGE MEMORY */ /*!80023 INVISIBLE */ NOT NULL",
       "alter d.t: add c int not null invisible"},
      {"ALTER TABLE t ADD c INT /*!NOT NULL*/ FIRST", "alter d.t: add c int not null first"},
      {"ALTER TABLE t /*!50100 PARTITION BY HASH (id) /* inner */ PARTITIONS 4 */", "alter d.t: -"},
      {"ALTER TABLE t ADD c INT /* 50606 NOT NULL */", "alter d.t: add c int null"},
      {"ALTER TABLE t ADD c INT /*M!100201 NOT NULL*/", "alter d.t: add c int null"},
      {"ALTER TABLE t ADD c INT DEFAULT 1--1", "error"},
      {"ALTER TABLE t ADD c INT /*!50000 NOT NULL", "error"},
  });
}

TEST(DdlParser, ReadsMariaDb) {
  SessionContext context = session_in_d();
  context.mariadb = true;
  expect_parsed(
      {
          {"ALTER ONLINE TABLE IF EXISTS t WAIT 10 ADD c INT", "alter d.t: add c int null"},
          {"ALTER TABLE t NOWAIT DROP c", "alter d.t: drop c"},
          {"ALTER TABLE t ADD c INT /*M!100201 NOT NULL*/", "alter d.t: add c int not null"},
          {"ALTER TABLE t ADD c JSON", "alter d.t: add c longtext utf8mb4 null"},
          {"ALTER TABLE t ADD c VARCHAR(9) COMPRESSED=zlib WITHOUT SYSTEM VERSIONING",
           "alter d.t: add c varchar(9) utf8mb4 null"},
          {"ALTER TABLE t ADD c INT `my_attribute`='1' PERSISTENT", "error"},
          {"ALTER TABLE t ADD c INT AS (a) PERSISTENT",
           "alter d.t: add c int null generated default expression a"},
          {"ALTER TABLE t ADD c UUID, ADD e INET6", "alter d.t: add c uuid null; add e inet6 null"},
          {"ALTER TABLE t ADD r TIMESTAMP(6) GENERATED ALWAYS AS ROW START INVISIBLE",
           "alter d.t: add r timestamp(6) null generated invisible default expression ROW START or END"},
          {"ALTER TABLE t ADD PERIOD FOR p (a, b)", "alter d.t: RELOAD ADD PERIOD"},
          {"ALTER TABLE t ADD PERIOD IF NOT EXISTS FOR p (a, b), DROP PERIOD IF EXISTS FOR q",
           "alter d.t: RELOAD ADD PERIOD; -"},
          {"ALTER TABLE t ADD c VARCHAR(64) DEFAULT @@sql_mode, ADD e INT DEFAULT PREVIOUS VALUE FOR s",
           "alter d.t: add c varchar(64) utf8mb4 null default expression @@sql_mode; add e int null default "
           "expression PREVIOUS VALUE FOR s"},
          {"ALTER TABLE t ADD c maxdb_schema.INT, ADD e oracle_schema.DATE",
           "alter d.t: add c int null; add e datetime null"},
          {"TRUNCATE TABLE t DROP STORAGE", "truncate d.t"},
          {"TRUNCATE TABLE t REUSE STORAGE;", "truncate d.t"},
          {"ALTER TABLE t ADD period INT", "alter d.t: add period int null"},
          {"ALTER TABLE t DROP CONSTRAINT IF EXISTS c", "alter d.t: -"},
          {"SET STATEMENT max_statement_time=5, lock_wait_timeout=1 FOR ALTER TABLE t DROP c",
           "alter d.t: drop c"},
          {"RENAME TABLE IF EXISTS a WAIT 5 TO b", "rename d.a>d.b"},
      },
      context);
  context.sql_mode |= kOracle;
  expect_parsed(
      {
          {"ALTER TABLE t ADD c DATE, ADD e VARCHAR2(5), ADD f NUMBER, ADD g NUMBER(5,2), ADD h CLOB, ADD i RAW(3)",
           "alter d.t: add c datetime null; add e varchar(5) utf8mb4 null; add f double null; add g decimal(5,2) "
           "null; add h longtext utf8mb4 null; add i varbinary(3) null"},
          {"ALTER TABLE t ADD c mariadb_schema.date, DROP c", "alter d.t: add c date null; drop c"},
      },
      context);
}

TEST(DdlParser, HonoursSqlMode) {
  SessionContext context = session_in_d();
  context.sql_mode = kAnsiQuotes | kNoBackslashEscapes | kRealAsFloat;
  expect_parsed(
      {
          {"ALTER TABLE \"x\".\"t\"\"t\" ADD \"c\" CHAR(3) DEFAULT 'a\\'",
           "alter x.t\"t: add c char(3) utf8mb4 null default 'a\\'"},
          {"ALTER TABLE t ADD c REAL", "alter d.t: add c float null"},
          {"ALTER TABLE t ADD c ENUM('a\\b')", "alter d.t: add c enum('a\\\\b') utf8mb4 null"},
          {"ALTER TABLE t MODIFY c INT NOT NULL", "alter d.t: lenient change c c int not null"},
      },
      context);
  context.sql_mode = kMaxDb;
  expect_parsed({{"ALTER TABLE t ADD c TIMESTAMP", "alter d.t: add c datetime null"}}, context);
}

TEST(DdlParser, KnowsTheOldTimestamp) {
  SessionContext context = session_in_d();
  context.explicit_defaults_for_timestamp = false;
  expect_parsed(
      {
          {"ALTER TABLE t ADD c TIMESTAMP, MODIFY e TIMESTAMP(3) FIRST",
           "alter d.t: add c timestamp not null or now; change e e timestamp(3) not null or now first"},
          {"ALTER TABLE t ADD c TIMESTAMP NULL", "alter d.t: add c timestamp null"},
          {"ALTER TABLE t ADD c TIMESTAMP DEFAULT 0", "alter d.t: add c timestamp not null default 0"},
          {"ALTER TABLE t ADD c TIMESTAMP ON UPDATE CURRENT_TIMESTAMP",
           "alter d.t: add c timestamp not null"},
          {"ALTER TABLE t ADD c TIMESTAMP(3) DEFAULT CURRENT_TIMESTAMP(3)",
           "alter d.t: add c timestamp(3) not null default now"},
      },
      context);
}

TEST(DdlParser, ReadsUnusualNames) {
  expect_parsed({
      {"ALTER TABLE d.2020_orders ADD 1a INT", "alter d.2020_orders: add 1a int null"},
      {"ALTER TABLE x.1e5 DROP `1`", "alter x.1e5: drop 1"},
      {"ALTER TABLE x . t$1 DROP größe", "alter x.t$1: drop größe"},
      {"ALTER TABLE .t DROP c", "alter d.t: drop c"},
      {"ALTER TABLE t ADD t.c INT, CHANGE d.t.a t.b INT, MODIFY 0b02 INT, ADD 0xq INT",
       "alter d.t: add c int null; change a b int null; change 0b02 0b02 int null; add 0xq int null"},
      {"ALTER TABLE `a.b`.`*` DROP `😀`", "alter a.b.*: drop 😀"},
  });
}

TEST(DdlParser, SaysWhereItCannotRead) {
  for (const char* sql : {"ALTER TABLE",
                          "ALTER TABLE t ADD",
                          "ALTER TABLE t ADD c",
                          "ALTER TABLE t ADD c INT DEFAULT",
                          "ALTER TABLE t ADD c INT WHATEVER",
                          "ALTER TABLE t FROBNICATE c",
                          "ALTER TABLE t ADD c INT DROP b",
                          "ALTER TABLE t ADD c VARCHAR",
                          "ALTER TABLE t ADD c CHAR(3) DEFAULT 'x",
                          "ALTER TABLE t ADD (c INT",
                          "ALTER TABLE t ADD c INT)",
                          "ALTER TABLE t ADD c INT; DROP TABLE t",
                          "ALTER TABLE t ADD c ENUM(1)",
                          "TRUNCATE TABLE",
                          "DROP TABLE a,",
                          "RENAME TABLE a",
                          "RENAME TABLE a TO",
                          "CREATE TABLE",
                          "CREATE TABLE IF NOT EXISTS",
                          "DROP DATABASE",
                          "ALTER TABLE t ADD c INT DEFAULT x'4G'",
                          "ALTER TABLE t CHARACTER SET"}) {
    const Result<Statement> statement = parse(sql, session_in_d());
    ASSERT_FALSE(statement.ok()) << sql;
    EXPECT_EQ(statement.status().code(), ErrorCode::kUnsupported) << sql;
    EXPECT_FALSE(statement.status().detail().empty()) << sql;
  }
  EXPECT_EQ(parse("ALTER TABLE t FROBNICATE c", session_in_d()).status().detail(),
            "Expected a specification of ALTER TABLE at byte 15, found \"FROBNICATE c\".");
}

TEST(DdlParser, MentionsTables) {
  const auto mentioned = [](const char* sql) {
    std::string names;
    for (const TableName& table : mentioned_tables(sql, session_in_d()))
      names += table.database + "." + table.table + " ";
    return names;
  };
  EXPECT_EQ(mentioned("ALTER IGNORE TABLE x.t FROBNICATE"), "x.t ");
  EXPECT_EQ(mentioned("ALTER TABLE IF EXISTS t FROBNICATE, RENAME TO u"), "d.t d.u ");
  EXPECT_EQ(mentioned("RENAME TABLE a TO b, c"), "d.a d.b d.c ");
  EXPECT_EQ(mentioned("DROP TABLE a, 'b"), "d.a ");
  EXPECT_EQ(mentioned("TRUNCATE TABLE a what"), "d.a ");
  EXPECT_EQ(mentioned("CREATE OR REPLACE TEMPORARY TABLE a"), "d.a ");
  EXPECT_EQ(mentioned("ALTER TABLE t RENAME u"), "d.t d.u ");
  EXPECT_EQ(mentioned("ALTER TABLE t RENAME COLUMN a TO b, CONVERT PARTITION p TO TABLE x.u"), "d.t x.u ");
  EXPECT_EQ(mentioned("ALTER TABLE t EXCHANGE PARTITION p WITH TABLE x.u"), "d.t x.u ");
  EXPECT_EQ(mentioned("CREATE TABLE a LIKE x.b"), "d.a x.b ");
  EXPECT_EQ(mentioned("CREATE TABLE a (LIKE b)"), "d.a d.b ");
  EXPECT_EQ(mentioned("CREATE TABLE a (b INT CHECK (b LIKE c))"), "d.a ");
  EXPECT_EQ(mentioned("TRUNCATE t what"), "d.t ");
  EXPECT_EQ(mentioned("ALTER TABLE 'x"), "");
  EXPECT_EQ(mentioned("GRANT"), "");
}

std::string repeated(const std::string& piece, size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += piece;
  return text;
}

TEST(DdlParser, SurvivesHostileText) {
  constexpr size_t kMegabyte = size_t{1} << 20;
  const std::vector<std::string> heads = {"ALTER TABLE t ADD c INT DEFAULT ",
                                          "ALTER TABLE t ADD ",
                                          "ALTER TABLE t ",
                                          "CREATE TABLE t ",
                                          "CREATE TABLE t (",
                                          "CREATE TABLE t (a INT) PARTITION BY ",
                                          "DELETE ",
                                          "UPDATE ",
                                          "WITH ",
                                          "",
                                          "SET STATEMENT ",
                                          "ALTER TABLE t ORDER BY "};
  const std::vector<std::string> pieces = {
      "(",   ")",  "'",       "/*!",  "/*",  "`a`,", "a int,",  "x'", "*/", "'a' ", "a.",      "_utf8 ",
      "--1", "\\", "RENAME ", "\xF0", "(a,", "0x1 ", "IF NOT ", "'(", "\"", "1e",   "AFTER a "};
  for (const std::string& head : heads) {
    for (const std::string& piece : pieces) {
      const std::string sql = head + repeated(piece, kMegabyte / 8);
      (void)parse(sql, session_in_d());
      (void)mentioned_tables(sql, session_in_d());
    }
    EXPECT_NO_FATAL_FAILURE((void)parse(head + repeated("(", kMegabyte), session_in_d()));
  }
}

TEST(DdlParser, LimitsColumns) {
  EXPECT_FALSE(parse("ALTER TABLE t ADD (" + repeated("a int,", 6 * 4097) + "b int)", session_in_d()).ok());
}

}  // namespace
}  // namespace mysql_sync::ddl
