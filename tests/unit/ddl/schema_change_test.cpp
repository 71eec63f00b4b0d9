#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/ddl/schema_change.hpp"

namespace mysql_sync::ddl {
namespace {

Column column(const std::string& name, const std::string& type, bool nullable = true) {
  Column result;
  result.name = name;
  result.type = *parse_column_type(type, "utf8mb4");
  result.nullable = nullable;
  return result;
}

/// t (id int not null, a varchar(10), b int, E enum('x','y'), primary key (b, id))
TableSchema table() {
  TableSchema schema;
  schema.database = "d";
  schema.table = "t";
  schema.columns = {column("id", "int(11)", false), column("a", "varchar(10)"), column("b", "int", false),
                    column("E", "enum('x','y')")};
  schema.primary_key = {2, 0};
  return schema;
}

struct EffectText {
  std::string operator()(const ColumnDropped& d) const { return "-" + d.name; }
  std::string operator()(const ColumnRenamed& r) const { return r.from + ">" + r.to; }
  std::string operator()(const ColumnAdded& a) const { return "+" + a.column.name; }
  std::string operator()(const NullabilityChanged& n) const {
    return n.name + (n.nullable ? " null" : " not null");
  }
  std::string operator()(const LabelsAdded& l) const {
    std::string result = l.name;
    for (const std::string& label : l.labels) result += " '" + label + "'";
    return result;
  }
  std::string operator()(const TypeChanged& t) const { return t.name + ":" + t.after.type.declared; }
  std::string operator()(const KeyChanged& k) const {
    std::string result = "key";
    for (const std::string& column : k.columns) result += " " + column;
    return result;
  }
};

std::string text(const AlterOutcome& outcome) {
  std::string result;
  for (const Column& c : outcome.after.columns) result += c.name + " ";
  result += "(";
  for (const size_t index : outcome.after.primary_key) result += outcome.after.columns[index].name + " ";
  result += ")";
  for (const ColumnEffect& effect : outcome.effects) result += " " + std::visit(EffectText{}, effect);
  return result;
}

/// The outcome as "columns (key) effects", or the error.
std::string outcome(const std::string& specifications, SessionContext session = {}) {
  session.database = "d";
  const Result<Statement> statement = parse("ALTER TABLE t " + specifications, session);
  if (!statement.ok()) return statement.status().detail();
  const Result<AlterOutcome> result = alter_outcome(table(), std::get<AlterTable>(*statement));
  if (!result.ok()) {
    EXPECT_EQ(result.status().code(), ErrorCode::kUnsupported);
    return result.status().message() + " " + result.status().detail();
  }
  EXPECT_EQ(result->origins.size(), result->after.columns.size());
  return text(*result) + (result->reload ? " RELOAD " + *result->reload : "");
}

TEST(SchemaChange, AddsColumnsAtTheirPlace) {
  EXPECT_EQ(outcome("ADD c INT"), "id a b E c (b id ) +c");
  EXPECT_EQ(outcome("ADD c INT FIRST, ADD d INT AFTER A"), "c id a d b E (b id ) +c +d");
  EXPECT_EQ(outcome("ADD c INT AFTER b, ADD d INT AFTER c"), "id a b c d E (b id ) +c +d");
  EXPECT_EQ(outcome("ADD (c INT, d INT)"), "id a b E c d (b id ) +c +d");
}

TEST(SchemaChange, DropsColumns) {
  EXPECT_EQ(outcome("DROP A"), "id b E (b id ) -a");
  EXPECT_EQ(outcome("DROP a, ADD a INT FIRST"), "a id b E (b id ) -a +a");
  EXPECT_EQ(outcome("ADD a INT, DROP a"), "id b E a (b id ) -a +a");
}

TEST(SchemaChange, HonoursExistence) {
  EXPECT_EQ(outcome("DROP IF EXISTS zz"), "id a b E (b id )");
  EXPECT_EQ(outcome("ADD IF NOT EXISTS A INT, ADD IF NOT EXISTS c INT, ADD IF NOT EXISTS c INT"),
            "id a b E c (b id ) +c");
  EXPECT_EQ(outcome("RENAME COLUMN IF EXISTS zz TO y, MODIFY IF EXISTS zz INT FIRST"), "id a b E (b id )");
}

TEST(SchemaChange, RenamesColumns) {
  EXPECT_EQ(outcome("RENAME COLUMN a TO aa"), "id aa b E (b id ) a>aa");
  EXPECT_EQ(outcome("CHANGE a aa VARCHAR(10)"), "id aa b E (b id ) a>aa");
  EXPECT_EQ(outcome("CHANGE id key_id INT NOT NULL AFTER E"), "a b E key_id (b key_id ) id>key_id");
  EXPECT_EQ(outcome("RENAME COLUMN a TO A"), "id A b E (b id ) a>A");
  EXPECT_EQ(outcome("RENAME COLUMN a TO c, ADD x INT AFTER c"), "id c x b E (b id ) a>c +x");
}

TEST(SchemaChange, RenamesInAnOrderThatWorks) {
  EXPECT_EQ(outcome("RENAME COLUMN a TO E, RENAME COLUMN E TO f"), "id E b f (b id ) E>f a>E");
  EXPECT_EQ(outcome("RENAME COLUMN a TO E, RENAME COLUMN E TO a"),
            "id E b a (b id ) E>mysql_sync_renamed_1 a>E mysql_sync_renamed_1>a");
  EXPECT_EQ(outcome("DROP a, RENAME COLUMN E TO a"), "id b a (b id ) -a E>a");
}

TEST(SchemaChange, MovesAndKeepsTypes) {
  EXPECT_EQ(outcome("MODIFY b INT(7) NOT NULL FIRST"), "b id a E (b id )");
  EXPECT_EQ(outcome("MODIFY a VARCHAR(10) AFTER E, MODIFY E ENUM('x','y') FIRST"), "E id b a (b id )");
  EXPECT_EQ(outcome("MODIFY a VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"), "id a b E (b id )");
  EXPECT_EQ(outcome("MODIFY E ENUM('x','y','z')"), "id a b E (b id ) E 'z'");
  EXPECT_EQ(outcome("CHANGE E f ENUM('x','y','z','') NOT NULL FIRST"),
            "f id a b (b id ) E>f f not null f 'z' ''");
}

TEST(SchemaChange, ChangesNullability) {
  EXPECT_EQ(outcome("MODIFY a VARCHAR(10) NOT NULL"), "id a b E (b id ) a not null");
  EXPECT_EQ(outcome("CHANGE E f ENUM('x','y') NOT NULL"), "id a b f (b id ) E>f f not null");
  EXPECT_EQ(outcome("MODIFY b INT"), "id a b E (b id )");  // a column of the key stays NOT NULL
}

TEST(SchemaChange, ChangesTypes) {
  EXPECT_EQ(outcome("MODIFY a VARCHAR(20)"), "id a b E (b id ) a:varchar(20)");
  EXPECT_EQ(outcome("MODIFY a VARCHAR(10) CHARACTER SET latin1"), "id a b E (b id ) a:varchar(10)");
  EXPECT_EQ(outcome("CHANGE b c BIGINT NOT NULL FIRST, ADD d INT"), "c id a E d (c id ) b>c +d c:bigint");
  EXPECT_EQ(outcome("MODIFY E ENUM('z','y','x')"), "id a b E (b id ) E:enum('z','y','x') E 'z'");
  EXPECT_EQ(outcome("MODIFY a TEXT NOT NULL"), "id a b E (b id ) a:text a not null");
}

TEST(SchemaChange, ChangesKeys) {
  EXPECT_EQ(outcome("DROP PRIMARY KEY"), "id a b E () key");
  EXPECT_EQ(outcome("DROP PRIMARY KEY, ADD PRIMARY KEY (ID)"), "id a b E (id ) key id");
  EXPECT_EQ(outcome("ADD PRIMARY KEY (b, id), DROP PRIMARY KEY"), "id a b E (b id )");
  EXPECT_EQ(outcome("DROP PRIMARY KEY, ADD PRIMARY KEY (id, b)"), "id a b E (id b ) key id b");
  EXPECT_EQ(outcome("DROP id"), "a b E (b ) -id key b");
  EXPECT_EQ(outcome("DROP id, DROP b"), "a E () -id -b key");
  EXPECT_EQ(outcome("DROP id, ADD id INT FIRST"), "id a b E (b ) -id +id key b");
  EXPECT_EQ(outcome("DROP PRIMARY KEY, CHANGE b c INT, ADD PRIMARY KEY (c)"), "id a c E (c ) b>c key c");
  EXPECT_EQ(outcome("DROP PRIMARY KEY, MODIFY b INT"), "id a b E () key b null");
  EXPECT_EQ(outcome("DROP PRIMARY KEY, MODIFY a VARCHAR(10) PRIMARY KEY"), "id a b E (a ) key a a not null");
  EXPECT_EQ(outcome("DROP PRIMARY KEY, ADD c INT DEFAULT 1 FIRST, ADD PRIMARY KEY (c, id)"),
            "c id a b E (c id ) +c key c id");
  EXPECT_EQ(outcome("DROP PRIMARY KEY, ADD c INT PRIMARY KEY"), "id a b E c (c ) +c key c");
  SessionContext mariadb;
  mariadb.mariadb = true;
  EXPECT_EQ(outcome("ADD PRIMARY KEY IF NOT EXISTS (a)", mariadb), "id a b E (b id )");
  EXPECT_EQ(outcome("ADD COLUMN IF NOT EXISTS a INT PRIMARY KEY", mariadb), "id a b E (b id )");
  EXPECT_EQ(outcome("ADD PRIMARY KEY (zz)"), outcome("DROP zz"));
}

TEST(SchemaChange, ConvertsCharacterSets) {
  EXPECT_EQ(outcome("CONVERT TO CHARACTER SET utf8mb4"), "id a b E (b id )");
  EXPECT_EQ(outcome("CONVERT TO CHARACTER SET latin1"), "id a b E (b id ) a:varchar(10) E:enum('x','y')");
  EXPECT_EQ(outcome("CONVERT TO CHARACTER SET latin1, DROP a, ADD c CHAR"),
            "id b E c (b id ) -a +c E:enum('x','y')");
  EXPECT_NE(outcome("CONVERT TO CHARACTER SET binary").find("RELOAD column \"a\" changes"),
            std::string::npos);
}

/// What CONVERT TO makes of a TEXT column: "mediumtext utf8mb4".
std::string converted(const std::string& type, const std::string& from, const std::string& to) {
  TableSchema before;
  before.columns.push_back(column("c", "int"));
  before.columns.back().type = *parse_column_type(type, from);
  const Result<Statement> statement = parse("ALTER TABLE d.t CONVERT TO CHARACTER SET " + to, {});
  const Result<AlterOutcome> result = alter_outcome(before, std::get<AlterTable>(*statement));
  const ColumnType after = result->after.columns[0].type;
  return after.declared + " " + after.charset + (result->reload ? " RELOAD" : "");
}

TEST(SchemaChange, MakesTextLongerWithItsCharacters) {
  EXPECT_EQ(converted("tinytext", "latin1", "utf8mb4"), "text utf8mb4");
  EXPECT_EQ(converted("text", "utf8mb3", "utf8mb4"), "mediumtext utf8mb4");
  EXPECT_EQ(converted("text(300)", "gbk", "utf8mb4"), "mediumtext utf8mb4");
  EXPECT_EQ(converted("mediumtext", "latin1", "ucs2"), "longtext ucs2");
  EXPECT_EQ(converted("longtext", "latin1", "utf8mb4"), "longtext utf8mb4");
  EXPECT_EQ(converted("text", "latin1", "cp1251"), "text cp1251");
  EXPECT_EQ(converted("varchar(9)", "latin1", "utf8mb4"), "varchar(9) utf8mb4");
  EXPECT_EQ(converted("varbinary(9)", "", "utf8mb4"), "varbinary(9) ");
}

TEST(SchemaChange, ReloadsWhatOnlyTheSourceKnows) {
  const auto reloads = [](const std::string& specifications, const std::string& why,
                          uint64_t sql_mode = kStrictTransTables) {
    SessionContext session;
    session.sql_mode = sql_mode;
    const std::string result = outcome(specifications, session);
    const size_t at = result.find("RELOAD ");
    EXPECT_NE(at, std::string::npos) << specifications << ": " << result;
    EXPECT_NE(result.find(why, std::min(at, result.size())), std::string::npos)
        << specifications << ": " << result;
  };
  reloads("MODIFY a INT", "column \"a\" changes from varchar(10) character set utf8mb4 to int");
  reloads("MODIFY b TINYINT NOT NULL", "column \"b\" changes from int to tinyint", 0);
  reloads("MODIFY E ENUM('X','y')", "column \"E\" changes");
  reloads("MODIFY a VARCHAR(10) AS (b) STORED", "column \"a\" is generated in another way");
  reloads("MODIFY id INT AUTO_INCREMENT", "column \"id\" becomes AUTO_INCREMENT");
  reloads("MODIFY a VARCHAR(10) NOT NULL", "column \"a\" becomes NOT NULL", 0);
  reloads("MODIFY a VARCHAR(10) NOT NULL", "column \"a\" becomes NOT NULL",
          kStrictTransTables | kPadCharToFullLength);
  reloads("DROP PRIMARY KEY, ADD PRIMARY KEY (a)", "column \"a\" becomes NOT NULL", 0);
  reloads("ADD c INT AUTO_INCREMENT UNIQUE", "added column \"c\" is AUTO_INCREMENT");
  reloads("ADD c INT AS (b + 1)", "added column \"c\" is generated");
  reloads("ADD c CHAR(36) DEFAULT (uuid())", "only the source can compute: uuid()");
  reloads("ADD c DATE DEFAULT CURRENT_TIMESTAMP", "holds the time");
  reloads("ADD c INT, DROP PARTITION p", "DROP PARTITION");
  EXPECT_EQ(outcome("ADD c DATETIME DEFAULT CURRENT_TIMESTAMP"), "id a b E c (b id ) +c");
  EXPECT_EQ(outcome("RENAME TO u, ADD c INT"), "id a b E c (b id ) +c");
}

TEST(SchemaChange, WhatIsMadeOfACharMayHaveItsSpaces) {
  TableSchema before;
  before.columns = {column("id", "int", false), column("c", "char(5)"), column("n", "int"),
                    column("g", "varchar(9)")};
  before.columns[3].generated = true;
  before.columns[3].default_value.literal = "concat(`c`,'.')";
  const auto reloads = [&](const std::string& specification, uint64_t sql_mode) {
    SessionContext session;
    session.database = "d";
    session.sql_mode = kStrictTransTables | sql_mode;
    const Result<Statement> statement = parse("ALTER TABLE t " + specification, session);
    return alter_outcome(before, std::get<AlterTable>(*statement))->reload.has_value();
  };
  EXPECT_TRUE(reloads("MODIFY n BIGINT", kPadCharToFullLength));
  EXPECT_FALSE(reloads("MODIFY n BIGINT", 0));
  before.columns.pop_back();
  EXPECT_TRUE(reloads("MODIFY c VARCHAR(20)", kPadCharToFullLength));
  EXPECT_FALSE(reloads("MODIFY c VARCHAR(20)", 0));
  EXPECT_FALSE(reloads("MODIFY c CHAR(20)", kPadCharToFullLength));
}

/// Kinds of the defaults of added columns, where t has `ts`, in the old way of TIMESTAMP.
std::string default_kinds(bool has_timestamp, const std::string& specifications) {
  TableSchema before = table();
  if (has_timestamp) before.columns.push_back(column("ts", "timestamp"));
  SessionContext session;
  session.explicit_defaults_for_timestamp = false;
  const Result<Statement> statement = parse("ALTER TABLE d.t " + specifications, session);
  std::string kinds;
  const Result<AlterOutcome> result = alter_outcome(before, std::get<AlterTable>(*statement));
  for (const ColumnEffect& effect : result->effects) {
    const auto* added = std::get_if<ColumnAdded>(&effect);
    if (added == nullptr) continue;
    const bool now = added->default_value.kind == ColumnDefault::Kind::kCurrentTimestamp;
    kinds += added->column.name + (now ? " now " : " zero ");
  }
  return kinds;
}

TEST(SchemaChange, GivesTheFirstTimestampTheTime) {
  EXPECT_EQ(default_kinds(false, "ADD c TIMESTAMP, ADD f TIMESTAMP"), "c now f zero ");
  EXPECT_EQ(default_kinds(false, "ADD c TIMESTAMP, ADD f TIMESTAMP FIRST"), "f now c zero ");
  EXPECT_EQ(default_kinds(false, "ADD c TIMESTAMP NULL, ADD f TIMESTAMP"), "c zero f zero ");
  EXPECT_EQ(default_kinds(true, "ADD c TIMESTAMP"), "c zero ");
  EXPECT_EQ(default_kinds(true, "ADD c TIMESTAMP FIRST"), "c now ");
}

TEST(SchemaChange, TakesNoNullsOfTimestamps) {
  TableSchema before = table();
  before.columns.push_back(column("ts", "timestamp"));
  const Result<Statement> statement = parse("ALTER TABLE d.t MODIFY ts TIMESTAMP NOT NULL", {});
  EXPECT_TRUE(alter_outcome(before, std::get<AlterTable>(*statement))->reload.has_value());
}

/// t and g varchar(20), generated as the expression.
std::string with_generated(const std::string& expression, const std::string& specifications) {
  TableSchema before = table();
  before.columns.push_back(column("g", "varchar(20)"));
  before.columns.back().generated = true;
  before.columns.back().default_value = {ColumnDefault::Kind::kOther, expression};
  const Result<Statement> statement = parse("ALTER TABLE d.t " + specifications, {});
  return alter_outcome(before, std::get<AlterTable>(*statement))->reload.value_or("carried");
}

TEST(SchemaChange, KeepsGeneratedColumns) {
  const char* stored = "concat(`a`,'X y')";
  EXPECT_EQ(with_generated(stored, "MODIFY g VARCHAR(20) AS (CONCAT(a, 'X y')) FIRST"), "carried");
  EXPECT_EQ(with_generated(stored, "CHANGE g h VARCHAR(20) AS ((concat(`a`, 'X y'))) STORED"), "carried");
  EXPECT_EQ(with_generated(stored, "MODIFY g VARCHAR(20)"), "carried");  // as it was stored
  EXPECT_EQ(with_generated(stored, "DROP E, ADD x INT, RENAME COLUMN b TO bb"), "carried");
  EXPECT_EQ(with_generated(stored, "MODIFY g VARCHAR(20) AS (CONCAT(a, 'x y'))"),
            "column \"g\" is generated in another way");
  EXPECT_EQ(with_generated(stored, "MODIFY g VARCHAR(21) AS (CONCAT(a, 'X y'))"),
            "column \"g\" is generated in another way");
  EXPECT_EQ(with_generated("((`b` + 1) * (`b` + 2))", "MODIFY g VARCHAR(20) AS ((b+1)*(b+2))"), "carried");
  EXPECT_NE(with_generated("(`b` + 1) * 2", "MODIFY g VARCHAR(20) AS (b + 1 * 2)"), "carried");
  EXPECT_EQ(with_generated(stored, "MODIFY a VARCHAR(11)"),
            "generated columns may change with the type of column \"a\"");
  EXPECT_EQ(with_generated(stored, "MODIFY b BIGINT"), "carried");
  EXPECT_EQ(with_generated(stored, "CHANGE b bb BIGINT"), "carried");
}

TEST(SchemaChange, NumbersStay) {
  TableSchema before = table();
  before.columns[0].default_value = {ColumnDefault::Kind::kOther, kAutoIncrement};
  const Result<Statement> statement = parse("ALTER TABLE d.t MODIFY id BIGINT AUTO_INCREMENT", {});
  const Result<AlterOutcome> result = alter_outcome(before, std::get<AlterTable>(*statement));
  EXPECT_EQ(text(*result), "id a b E (b id ) id:bigint");
  EXPECT_FALSE(result->reload);
}

TEST(SchemaChange, TellsOrigins) {
  const Result<Statement> statement =
      parse("ALTER TABLE d.t DROP a, ADD c INT FIRST, CHANGE b bb INT NOT NULL AFTER c", {});
  const Result<AlterOutcome> result = alter_outcome(table(), std::get<AlterTable>(*statement));
  using Index = std::optional<size_t>;
  EXPECT_EQ(result->origins, (std::vector<Index>{std::nullopt, Index(2), Index(0), Index(3)}));
}

TEST(SchemaChange, RefusesWithAName) {
  const auto refuses = [](const std::string& specifications, const std::string& why) {
    const std::string result = outcome(specifications);
    EXPECT_NE(result.find(why), std::string::npos) << specifications << ": " << result;
  };
  refuses("DROP zz", "\"zz\" is not known");
  refuses("ADD c INT AFTER zz", "\"zz\" is not known");
  refuses("ADD a INT", "\"a\" is there already");
  refuses("RENAME COLUMN a TO b", "\"b\" is there already");
  refuses("DROP a, DROP a", "named twice");
  refuses("DROP id, DROP a, DROP b, DROP E", "no column would be left");
  refuses("ENGINE=BLACKHOLE", "ALTER TABLE d.t: ENGINE=BLACKHOLE is not carried");
}

/// outcome_between() of t and a copy of it that was altered.
std::string copied(const std::string& specifications) {
  const Result<Statement> statement = parse("ALTER TABLE d.t " + specifications, {});
  AlterOutcome altered = *alter_outcome(table(), std::get<AlterTable>(*statement));
  altered.after.table = "_t_gho";
  const AlterOutcome result = outcome_between(table(), altered.after, altered.origins);
  EXPECT_EQ(result.after.table, "t");
  EXPECT_EQ(result.origins, altered.origins);
  return text(result) + (result.reload ? " RELOAD " + *result.reload : "");
}

TEST(SchemaChange, ComparesCopies) {
  EXPECT_EQ(copied(""), "id a b E (b id )");
  EXPECT_EQ(copied("DROP a, ADD c INT NOT NULL DEFAULT 5 FIRST"), "c id b E (b id ) -a +c");
  EXPECT_EQ(copied("CHANGE a aa VARCHAR(20)"), "id aa b E (b id ) a>aa aa:varchar(20)");
  EXPECT_EQ(copied("ADD c INT DEFAULT 1, DROP PRIMARY KEY, ADD PRIMARY KEY (id, c, b)"),
            "id a b E c (id c b ) +c key id c b");
  for (const char* unknown :
       {"MODIFY a VARCHAR(5)", "MODIFY a VARCHAR(10) NOT NULL", "ADD c DATETIME DEFAULT NOW()",
        "ADD c INT AS (b)", "ADD c INT AUTO_INCREMENT UNIQUE", "DROP PRIMARY KEY, ADD PRIMARY KEY (id)"})
    EXPECT_NE(copied(unknown).find("RELOAD"), std::string::npos) << unknown;
  EXPECT_EQ(copied("DROP PRIMARY KEY"), "id a b E () key");
}

TEST(SchemaChange, SetsVisibility) {
  const Result<Statement> statement = parse("ALTER TABLE d.t ALTER a SET INVISIBLE", {});
  const Result<TableSchema> after = apply_alter(table(), std::get<AlterTable>(*statement));
  ASSERT_TRUE(after.ok());
  EXPECT_TRUE(after->columns[1].invisible);
}

TEST(SchemaChange, TakesTheNewDefinition) {
  const Result<Statement> statement = parse("ALTER TABLE d.t MODIFY E ENUM('x','y','z')", {});
  const Result<TableSchema> after = apply_alter(table(), std::get<AlterTable>(*statement));
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->columns[3].type.members, (std::vector<std::string>{"x", "y", "z"}));
}

/// The table's default after CONVERT TO latin1, of a table that has utf8mb4; "?": only the source knows.
std::string converted_default(const TableSchema& before, AlterTable::Idle idle) {
  AlterTable alter;
  alter.default_charset = "latin1";
  alter.idle = idle;
  return charset_after(before, "utf8mb4", alter).value_or("?");
}

TEST(SchemaChange, AnIdleConversionKeepsTheDefault) {
  using Idle = AlterTable::Idle;
  TableSchema numbers = table(), converted = table();
  numbers.columns = {column("id", "int", false)};
  converted.columns = {column("id", "int", false), column("a", "varchar(9)")};
  converted.columns[1].type.charset = "latin1";
  EXPECT_EQ(converted_default(numbers, Idle::kPossible), "utf8mb4");
  EXPECT_EQ(converted_default(numbers, Idle::kUnknown), "?");
  EXPECT_EQ(converted_default(numbers, Idle::kNever), "latin1");
  EXPECT_EQ(converted_default(converted, Idle::kPossible), "?");  // its collation may be another
  EXPECT_EQ(converted_default(table(), Idle::kPossible), "latin1");
  EXPECT_EQ(charset_after(numbers, "utf8mb4", AlterTable()), "utf8mb4");
}

}  // namespace
}  // namespace mysql_sync::ddl
