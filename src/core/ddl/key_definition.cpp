#include "core/ddl/key_definition.hpp"

#include <utility>

namespace mysql_sync::ddl {

namespace {

/// CONSTRAINT [name], where the name may be left away.
Status skip_constraint_name(SqlCursor& cursor) {
  if (!cursor.accept("CONSTRAINT")) return {};
  cursor.accept({"IF", "NOT", "EXISTS"});
  if (cursor.at_any({"PRIMARY", "UNIQUE", "FOREIGN", "CHECK"})) return {};
  std::string name;
  return cursor.expect_name(&name);
}

/// "a", "a(10) DESC", "p WITHOUT OVERLAPS".
Status read_key_part(SqlCursor& cursor, KeyDefinition* key) {
  key->columns.emplace_back();
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_name(&key->columns.back()));
  if (cursor.at_symbol('(')) MYSQL_SYNC_RETURN_IF_ERROR(cursor.skip_parentheses());
  cursor.accept_any({"ASC", "DESC"});
  key->over_period = key->over_period || cursor.accept({"WITHOUT", "OVERLAPS"});
  return cursor.at_symbol(',') || cursor.at_symbol(')') ? Status() : cursor.unexpected("a column of the key");
}

/// After PRIMARY: KEY [IF NOT EXISTS] [name] [USING BTREE] (a, b) options.
Status read_primary_key(SqlCursor& cursor, KeyDefinition* key) {
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect("KEY"));
  key->kind = KeyDefinition::Kind::kPrimary;
  key->if_not_exists = cursor.accept({"IF", "NOT", "EXISTS"});
  while (!cursor.at_symbol('(') && cursor.peek().is_name()) cursor.take();
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_symbol('('));
  do {
    MYSQL_SYNC_RETURN_IF_ERROR(read_key_part(cursor, key));
  } while (cursor.accept_symbol(','));
  return cursor.expect_symbol(')');
}

/// After PERIOD: [IF NOT EXISTS] FOR name (start, end).
Status read_period(SqlCursor& cursor, KeyDefinition* key) {
  key->kind = KeyDefinition::Kind::kPeriod;
  key->if_not_exists = cursor.accept({"IF", "NOT", "EXISTS"});
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect("FOR"));
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_name(&key->period));
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_symbol('('));
  do {
    key->columns.emplace_back();
    MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_name(&key->columns.back()));
  } while (cursor.accept_symbol(','));
  return cursor.expect_symbol(')');
}

}  // namespace

bool at_key_definition(const SqlCursor& cursor) {
  if (cursor.at_any(
          {"INDEX", "KEY", "UNIQUE", "FULLTEXT", "SPATIAL", "PRIMARY", "FOREIGN", "CONSTRAINT", "CHECK"})) {
    return true;
  }
  SqlCursor ahead = cursor;
  if (ahead.accept("PERIOD")) return ahead.at_word("FOR") || ahead.accept({"IF", "NOT", "EXISTS"});
  return ahead.accept("VECTOR") && (ahead.at_any({"INDEX", "KEY"}) || ahead.at_symbol('('));
}

Result<KeyDefinition> parse_key_definition(SqlCursor& cursor) {
  KeyDefinition key;
  MYSQL_SYNC_RETURN_IF_ERROR(skip_constraint_name(cursor));
  if (cursor.at_word("UNIQUE")) key.kind = KeyDefinition::Kind::kUnique;
  if (cursor.at_any({"CHECK", "FOREIGN"})) key.kind = KeyDefinition::Kind::kRule;
  if (cursor.accept("PERIOD")) MYSQL_SYNC_RETURN_IF_ERROR(read_period(cursor, &key));
  if (cursor.accept("PRIMARY")) MYSQL_SYNC_RETURN_IF_ERROR(read_primary_key(cursor, &key));
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.skip_item());
  return key;
}

}  // namespace mysql_sync::ddl
