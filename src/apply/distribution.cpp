#include "apply/distribution.hpp"

#include "apply/target_catalog.hpp"
#include "pg/compat/apply_compat.hpp"

namespace mysql_sync::apply {

namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string array_literal(const std::vector<std::string>& names) {
  std::string array;
  for (const std::string& name : names) array += (array.empty() ? "" : ", ") + pg::quote_literal(name);
  return "ARRAY[" + array + "]::name[]";
}

}  // namespace

std::vector<std::string> distribution_key(pg::SpiSession& spi, const TargetTable& target) {
  std::vector<std::string> columns;
  if (!compat::kIsGreenplum) return columns;
  for (const pg::TextRow& row : spi.query(compat::kDistributionKey, {qualified(target)}))
    columns.push_back(*row[0]);
  return columns;
}

void distribute(pg::SpiSession& spi, const TargetTable& target, const std::vector<std::string>& columns) {
  if (!compat::kIsGreenplum) return;
  run_as_owner(spi, target,
               "ALTER TABLE " + qualified(target) + " SET" + compat::distribution_clause(name_list(columns)));
}

SetAside::SetAside(pg::SpiSession& spi, const TargetTable& target, const std::vector<std::string>& columns)
    : spi_(spi), target_(target) {
  const auto indexes = spi.query(
      "SELECT i.indexrelid::regclass::text, pg_catalog.quote_ident(c.conname),"
      "       coalesce(pg_catalog.pg_get_constraintdef(c.oid), pg_catalog.pg_get_indexdef(i.indexrelid))"
      "  FROM pg_catalog.pg_index i LEFT JOIN pg_catalog.pg_constraint c"
      "    ON c.conrelid = i.indrelid AND c.conindid = i.indexrelid AND c.contype IN ('p', 'u')"
      " WHERE i.indrelid = $1::regclass AND EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a"
      "   WHERE a.attrelid = i.indrelid AND (a.attnum = ANY (i.indkey::int2[]) OR EXISTS"
      "     (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass"
      "         AND d.objid = i.indexrelid AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum))"
      "     AND a.attname = ANY (" +
          array_literal(columns) + ")) ORDER BY i.indisprimary DESC, i.indexrelid",
      {qualified(target)});
  const std::string alter = "ALTER TABLE " + qualified(target);
  for (const pg::TextRow& index : indexes) {
    run_as_owner(spi, target, index[1] ? alter + " DROP CONSTRAINT " + *index[1] : "DROP INDEX " + *index[0]);
    definitions_.push_back(index[1] ? alter + " ADD CONSTRAINT " + *index[1] + " " + *index[2] : *index[2]);
  }
  const std::vector<std::string> key = distribution_key(spi, target);
  if (std::none_of(key.begin(), key.end(), [&](const std::string& name) { return contains(columns, name); }))
    return;
  distributed_by_ = key;
  distribute(spi, target, {});
}

void SetAside::restore() {
  if (!distributed_by_.empty()) distribute(spi_, target_, distributed_by_);
  for (const std::string& definition : definitions_) run_as_owner(spi_, target_, definition);
}

}  // namespace mysql_sync::apply
