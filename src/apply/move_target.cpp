// A target table under another name, or gone: RENAME TABLE and DROP TABLE of the source.
#include "apply/target_catalog.hpp"
#include "apply/target_ddl.hpp"

namespace mysql_sync::apply {

namespace {

using pg::quote_name;
using pg::SpiSession;

void move(SpiSession& spi, TargetTable* at, const std::string& action, std::string* part,
          const std::string& value) {
  if (*part == value) return;
  run_ddl(spi, "ALTER TABLE " + qualified(*at) + action + quote_name(value));
  *part = value;
}

/// Two tables of one name have indexes of one name.
void rename_indexes_in_the_way(SpiSession& spi, const TargetTable& at, const std::string& schema) {
  for (
      const pg::TextRow& index : spi.query(
          "SELECT i.indexrelid::regclass, 'mysql_sync_' || i.indexrelid"
          "  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
          " WHERE i.indrelid = $1::regclass AND EXISTS (SELECT 1 FROM pg_catalog.pg_class o"
          "   JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace WHERE n.nspname = $2 AND o.relname = c.relname)",
          {qualified(at), schema}))
    run_ddl(spi, "ALTER INDEX " + *index[0] + " RENAME TO " + quote_name(*index[1]));
}

/// Where the name changes as well, it has one on the way that is free in both schemas.
void move_to_schema(SpiSession& spi, TargetTable at, const std::string& schema, const std::string& table) {
  const auto row = spi.query_row("SELECT 'mysql_sync_' || $1::regclass::oid", {qualified(at)});
  if (at.table != table) move(spi, &at, " RENAME TO ", &at.table, *(*row)[0]);
  rename_indexes_in_the_way(spi, at, schema);
  move(spi, &at, " SET SCHEMA ", &at.schema, schema);
  move(spi, &at, " RENAME TO ", &at.table, table);
}

struct MadeType {
  std::string oid, name;
};

/// The enum types that were made with the table (made_enum_name()).
std::vector<MadeType> made_types(SpiSession& spi, const TargetTable& target) {
  std::vector<MadeType> types;
  for (const pg::TextRow& row : spi.query(
           "SELECT t.oid, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.typname)"
           "  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
           "  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
           " WHERE a.attrelid = $1::regclass AND NOT a.attisdropped AND t.typtype = 'e' AND n.nspname = $2"
           "   AND t.typname::text = $3 || '_' || a.attname::text",
           {qualified(target), target.schema, target.table}))
    types.push_back({*row[0], *row[1]});
  return types;
}

/// Its array type depends on it by itself (deptype i).
bool is_used(SpiSession& spi, const MadeType& type) {
  return spi
      .query_row(
          "SELECT 1 FROM pg_catalog.pg_depend WHERE refclassid = 'pg_catalog.pg_type'::regclass"
          "   AND refobjid = $1::oid AND deptype <> 'i' LIMIT 1",
          {type.oid})
      .has_value();
}

}  // namespace

void rename_target(const TargetTable& target, const std::string& schema, const std::string& table) {
  check_name("schema", schema);
  check_name("table", table);
  if (target.schema == schema && target.table == table) return;
  SpiSession spi;
  const bool is_there = relation_kind(target.schema, target.table).has_value();
  const bool is_taken = relation_kind(schema, table).has_value();
  if (!is_there && is_taken) return;
  if (is_taken) {
    pg::fail(ErrorCode::kConflict,
             "table " + target.display_name() + " cannot be renamed to " + schema + "." + table +
                 ", which exists already",
             "Its source table was renamed.",
             "Rename or drop the table that is in the way, then start the task again.");
  }
  create_schema(spi, schema);
  lock_target(target);
  if (target.schema != schema) return move_to_schema(spi, target, schema, table);
  TargetTable at = target;
  move(spi, &at, " RENAME TO ", &at.table, table);
}

void allow_nulls(const TargetTable& target, const std::vector<std::string>& columns) {
  SpiSession spi;
  for (const std::string& column : columns) {
    const auto present = find_column(spi, target, column);
    if (!present || !present->not_null) continue;
    run_as_owner(
        spi, target,
        "ALTER TABLE " + qualified(target) + " ALTER COLUMN " + pg::quote_name(column) + " DROP NOT NULL");
  }
}

void drop_target(const TargetTable& target) {
  SpiSession spi;
  if (!relation_kind(target.schema, target.table)) return;
  lock_target(target);
  const std::vector<MadeType> types = made_types(spi, target);
  run_ddl(spi, "DROP TABLE " + qualified(target));
  for (const MadeType& type : types)
    if (!is_used(spi, type)) run_ddl(spi, "DROP TYPE " + type.name);
}

}  // namespace mysql_sync::apply
