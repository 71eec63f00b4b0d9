#include "apply/target_key.hpp"

#include "apply/distribution.hpp"
#include "apply/target_catalog.hpp"
#include "apply/target_relation.hpp"

namespace mysql_sync::apply {

namespace {

using pg::SpiSession;

Oid key_index(const TargetTable& target, const std::vector<AttrNumber>& key) {
  if (key.empty()) return InvalidOid;
  const OpenRelation relation(target.schema, target.table, AccessShareLock);
  return find_key_index(relation.get(), key).id;
}

void alter(SpiSession& spi, const TargetTable& target, const std::string& what) {
  run_as_owner(spi, target, "ALTER TABLE " + qualified(target) + " " + what);
}

void drop_index(SpiSession& spi, const TargetTable& target, Oid index) {
  const auto row = spi.query_row(
      "SELECT i.indexrelid::regclass::text, pg_catalog.quote_ident(c.conname) FROM pg_catalog.pg_index i"
      "  LEFT JOIN pg_catalog.pg_constraint c"
      "    ON c.conrelid = i.indrelid AND c.conindid = i.indexrelid AND c.contype IN ('p', 'u')"
      " WHERE i.indexrelid = $1::oid",
      {std::to_string(index)});
  if ((*row)[1]) return alter(spi, target, "DROP CONSTRAINT " + *(*row)[1]);
  run_ddl(spi, "DROP INDEX " + *(*row)[0]);
}

bool has_primary_key(SpiSession& spi, const TargetTable& target) {
  return spi
      .query_row("SELECT 1 FROM pg_catalog.pg_index WHERE indrelid = $1::regclass AND indisprimary",
                 {qualified(target)})
      .has_value();
}

/// Rows must be together that the new key may find equal.
void distribute_within(SpiSession& spi, const TargetTable& target, const std::vector<std::string>& key) {
  if (!compat::kIsGreenplum) return;
  const std::vector<std::string> now = distribution_key(spi, target);
  const bool within = std::all_of(now.begin(), now.end(), [&](const std::string& column) {
    return std::find(key.begin(), key.end(), column) != key.end();
  });
  if (now.empty() || !within) distribute(spi, target, key);
}

void add_key(SpiSession& spi, const TargetTable& target, const std::vector<std::string>& key) {
  if (!has_primary_key(spi, target)) return alter(spi, target, "ADD PRIMARY KEY (" + name_list(key) + ")");
  run_ddl(spi, "CREATE UNIQUE INDEX ON " + qualified(target) + " (" + name_list(key) + ")");
}

}  // namespace

std::vector<AttrNumber> attributes_of(const TargetTable& target, const std::vector<std::string>& columns) {
  const OpenRelation relation(target.schema, target.table, AccessShareLock);
  std::vector<AttrNumber> attributes;
  for (const std::string& column : columns) {
    const AttrNumber attribute = find_attribute(RelationGetDescr(relation.get()), column);
    if (attribute != InvalidAttrNumber) attributes.push_back(attribute);
  }
  return attributes;
}

void change_key(SpiSession& spi, const TargetTable& target, const std::vector<AttrNumber>& before,
                const std::vector<std::string>& after, bool keep_old) {
  const Oid old_index = key_index(target, before);
  const Oid new_index = key_index(target, attributes_of(target, after));
  if (OidIsValid(old_index) && old_index != new_index && !keep_old) drop_index(spi, target, old_index);
  if (after.empty() || OidIsValid(new_index)) return;
  if (!keep_old) distribute_within(spi, target, after);
  add_key(spi, target, after);
}

}  // namespace mysql_sync::apply
