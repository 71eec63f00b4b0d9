#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/ddl/column_names.hpp"

namespace mysql_sync::ddl {
namespace {

using Names = std::vector<std::string>;

TableSchema table(const Names& names) {
  TableSchema schema;
  schema.database = "d";
  schema.table = "t";
  for (const std::string& name : names) {
    schema.columns.emplace_back();
    schema.columns.back().name = name;
    schema.columns.back().type = *parse_column_type("int", "");
  }
  schema.primary_key = {0};
  return schema;
}

Names after(const Names& before, const std::string& sql) {
  const auto statement = parse(sql, {});
  EXPECT_TRUE(statement.ok()) << statement.status().message() << " " << statement.status().detail();
  return names_after(table(before), std::get<AlterTable>(*statement));
}

TEST(ColumnNames, FollowDropsAndRenames) {
  EXPECT_EQ(after({"id", "a", "b"}, "ALTER TABLE t DROP a, CHANGE b c INT"), (Names{"id", "", "c"}));
  EXPECT_EQ(after({"id", "a", "b"}, "ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN B TO a"),
            (Names{"id", "b", "a"}));
  EXPECT_EQ(after({"id", "a", "b"}, "ALTER TABLE t MODIFY a BIGINT FIRST, ADD c INT, DROP x"),
            (Names{"id", "a", "b"}));
}

TEST(ColumnNames, ColumnWhoseNameIsTakenIsGone) {
  EXPECT_EQ(after({"id", "a", "b"}, "ALTER TABLE t DROP a, ADD a INT"), (Names{"id", "", "b"}));
  EXPECT_EQ(after({"id", "a", "b"}, "ALTER TABLE t ADD a INT"), (Names{"id", "", "b"}));
  EXPECT_EQ(after({"id", "a", "b"}, "ALTER TABLE t ADD IF NOT EXISTS a INT"), (Names{"id", "a", "b"}));
  EXPECT_EQ(after({"id", "a", "b"}, "ALTER TABLE t RENAME COLUMN b TO a"), (Names{"id", "", "a"}));
  EXPECT_EQ(after({"id", "a", "b"}, "ALTER TABLE t CHANGE b a INT, ADD b INT"), (Names{"id", "", "a"}));
}

/// The second one is about the column that is added.
TEST(ColumnNames, ColumnThatIsNamedTwice) {
  EXPECT_EQ(after({"id", "a", "b"}, "ALTER TABLE t ADD c INT, MODIFY a BIGINT, CHANGE a c INT"),
            (Names{"id", "a", "b"}));
  EXPECT_EQ(after({"id", "a", "b"}, "ALTER TABLE t ADD c INT, CHANGE a c INT, DROP a"),
            (Names{"id", "", "b"}));
}

TEST(ColumnNames, RenamingHasNoOtherEffects) {
  const AlterOutcome outcome = renaming(table({"id", "a", "b", "c"}), {"", "b", "a", ""});
  EXPECT_EQ(outcome.after.columns.size(), 2u);
  EXPECT_TRUE(outcome.after.primary_key.empty());
  EXPECT_FALSE(outcome.reload);
  size_t drops = 0, renames = 0;
  for (const ColumnEffect& effect : outcome.effects) {
    drops += std::holds_alternative<ColumnDropped>(effect) ? 1 : 0;
    renames += std::holds_alternative<ColumnRenamed>(effect) ? 1 : 0;
  }
  EXPECT_EQ(drops, 2u);
  EXPECT_EQ(renames, 3u);  // one steps aside
  EXPECT_EQ(outcome.effects.size(), 5u);
  EXPECT_TRUE(renaming(table({"id", "a"}), {"id", "a"}).effects.empty());
  EXPECT_EQ(renaming(table({"id", "a", "b"}), {"id", "x", "X"}).after.columns.size(),
            2u);  // no source has that
}

TEST(ColumnNames, NamesOfAnOutcome) {
  const TableSchema before = table({"id", "a", "b"});
  const auto statement = parse("ALTER TABLE t DROP a, ADD a INT, CHANGE b c INT FIRST", {});
  const auto outcome = alter_outcome(before, std::get<AlterTable>(*statement));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(names_after(before, *outcome), (Names{"id", "", "c"}));
}

TEST(ColumnNames, HandsChangeWhereAnotherColumnHasTheName) {
  EXPECT_FALSE(have_changed_hands(table({"id", "a"}), {"id", "a"}));
  EXPECT_FALSE(have_changed_hands(table({"id", "c"}), {"id", "a"}));
  EXPECT_TRUE(have_changed_hands(table({"id", "A", "b"}), {"id", "b", "a"}));
  EXPECT_TRUE(have_changed_hands(table({"id", "c", "a"}), {"id", "a", "new"}));
  EXPECT_FALSE(have_changed_hands(table({"id", "a"}), {"id", "b"}));  // who was `a` is gone, and so is `b`
  EXPECT_FALSE(have_changed_hands(table({"id", "a"}), {}));
}

struct Read {
  std::string to;
  Names names;
};

Read read(const std::string& sql, const SessionContext& session = {}) {
  const auto alter = read_names(sql, session);
  if (!alter.ok()) return {"error", {}};
  const TableName* to = alter->renamed_to();
  return {alter->table.table + (to == nullptr ? "" : ">" + to->database + "." + to->table),
          names_after(table({"id", "a", "b"}), *alter)};
}

TEST(ColumnNames, OfStatementsThatCannotBeRead) {
  SessionContext session;
  session.database = "d";
  Read names = read(
      "ALTER TABLE t ADD c POLYGLOT(1, 2) DEFAULT (f(1, 2)), RENAME AS `x.y`, CHANGE a c WHATEVER", session);
  EXPECT_EQ(names.to, "t>d.x.y");
  EXPECT_EQ(names.names, (Names{"id", "c", "b"}));
  names = read(
      "/*!50000 ALTER */ IGNORE TABLE d.t FROB, RENAME COLUMN a TO b, RENAME INDEX i TO j, DROP KEY k, DROP COLUMN b;");
  EXPECT_EQ(names.to, "t");
  EXPECT_EQ(names.names, (Names{"id", "b", ""}));
  EXPECT_EQ(
      read("ALTER TABLE t PARTITION BY FROB (a) (PARTITION p VALUES IN (1), PARTITION q), RENAME = e.u").to,
      "t>e.u");
  EXPECT_EQ(read("SET STATEMENT x=1 FOR ALTER TABLE IF EXISTS t FROB COMMENT 'RENAME u'").to, "t");
  for (const char* sql :
       {"ALTER TABLE t FROB), RENAME u", "ALTER TABLE t RENAME 'u'", "ALTER TABLE t COMMENT 'x",
        "ALTER VIEW v", "DROP TABLE t", "ALTER TABLE t RENAME COLUMN a b", ""})
    EXPECT_EQ(read(sql).to, "error") << sql;
}

}  // namespace
}  // namespace mysql_sync::ddl
