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
  EXPECT_EQ(outcome("MODIFY id INT AUTO_INCREMENT"), "id a b E (b id )");
  EXPECT_EQ(outcome("MODIFY E ENUM('x','y','z')"), "id a b E (b id ) E 'z'");
  EXPECT_EQ(outcome("CHANGE E f ENUM('x','y','z','') NOT NULL FIRST"),
            "f id a b (b id ) E>f f not null f 'z' ''");
}

TEST(SchemaChange, ChangesNullability) {
  EXPECT_EQ(outcome("MODIFY a VARCHAR(10) NOT NULL"), "id a b E (b id ) a not null");
  EXPECT_EQ(outcome("CHANGE E f ENUM('x','y') NOT NULL"), "id a b f (b id ) E>f f not null");
  EXPECT_EQ(outcome("MODIFY b INT"), "id a b E (b id )");  // a column of the key stays NOT NULL
  SessionContext lenient;
  lenient.sql_mode = 0;
  EXPECT_NE(outcome("MODIFY a VARCHAR(10) NOT NULL", lenient).find("NOT NULL for column \"a\""),
            std::string::npos);
}

TEST(SchemaChange, RefusesWithAName) {
  const auto refuses = [](const std::string& specifications, const std::string& why) {
    const std::string result = outcome(specifications);
    EXPECT_NE(result.find(why), std::string::npos) << specifications << ": " << result;
  };
  refuses("MODIFY a VARCHAR(20)", "column \"a\" is not carried Its type changes from varchar(10)");
  refuses("MODIFY a VARCHAR(10) CHARACTER SET latin1", "character set latin1");
  refuses("MODIFY b INT UNSIGNED", "int unsigned");
  refuses("MODIFY b BIGINT NOT NULL", "bigint");
  refuses("MODIFY E ENUM('y','x')", "Its type changes");
  refuses("CHANGE a a VARCHAR(10) PRIMARY KEY", "becomes the primary key");
  refuses("MODIFY a VARCHAR(10) AS (b) STORED", "generated");
  refuses("DROP id", "part of the primary key");
  refuses("DROP zz", "\"zz\" is not known");
  refuses("ADD c INT AFTER zz", "\"zz\" is not known");
  refuses("ADD a INT", "\"a\" is there already");
  refuses("RENAME COLUMN a TO b", "\"b\" is there already");
  refuses("DROP a, DROP a", "named twice");
  refuses("ADD c INT PRIMARY KEY", "becomes the primary key");
  refuses("ADD c INT AUTO_INCREMENT UNIQUE", "numbers the rows");
  refuses("ADD c INT, DROP PARTITION p", "RELOAD DROP PARTITION");
}

TEST(SchemaChange, KnowsWhatFloatRounds) {
  TableSchema before = table();
  before.columns.push_back(column("f", "float(7,3)"));
  const auto modify = [&](const char* type) {
    const Result<Statement> statement = parse(std::string("ALTER TABLE d.t MODIFY f ") + type, {});
    return alter_outcome(before, std::get<AlterTable>(*statement)).ok();
  };
  EXPECT_TRUE(modify("FLOAT(7, 3)"));
  EXPECT_FALSE(modify("FLOAT"));
  EXPECT_FALSE(modify("FLOAT(7,2)"));
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

}  // namespace
}  // namespace mysql_sync::ddl
