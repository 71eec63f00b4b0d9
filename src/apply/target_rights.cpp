#include "apply/target_rights.hpp"

#include "pg/compat/role_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::apply {

namespace {

struct RightName {
  AclMode right;
  const char* name;
};

constexpr RightName kRights[] = {{ACL_SELECT, "SELECT"},
                                 {ACL_INSERT, "INSERT"},
                                 {ACL_UPDATE, "UPDATE"},
                                 {ACL_DELETE, "DELETE"},
                                 {ACL_TRUNCATE, "TRUNCATE"}};

std::string names_of(AclMode rights) {
  std::string names;
  for (const RightName& right : kRights)
    if ((rights & right.right) != 0) names += (names.empty() ? "" : ", ") + std::string(right.name);
  return names;
}

std::string name_of(Oid role) {
  const char* name = pg::guard([&] { return compat::role_name(role); });
  return name == nullptr ? std::to_string(role) : pg::from_server(name);
}

std::string name_of(const OpenRelation& relation) {
  return pg::from_server(RelationGetRelationName(relation.get()));
}

Status check_role(const OpenRelation& relation, Oid role, const char* whose, AclMode needed) {
  const Oid id = RelationGetRelid(relation.get());
  const AclMode missing = pg::guard([&] { return compat::missing_rights(id, role, needed); });
  if (missing == 0) return {};
  const std::string rights = names_of(missing);
  return {ErrorCode::kPermission, "permission denied for table " + name_of(relation),
          "Role " + name_of(role) + ", the owner of the " + whose + ", lacks " + rights + " on it.",
          "Grant " + rights + " to that role."};
}

Status check_policies(const OpenRelation& relation) {
  const Oid id = RelationGetRelid(relation.get()), owner = relation.owner();
  if (!pg::guard([&] { return compat::has_row_security(id, owner); })) return {};
  return {ErrorCode::kUnsupported, "row-level security binds the owner of table " + name_of(relation),
          "Rows are written as the owner of the table.",
          "ALTER TABLE ... NO FORCE ROW LEVEL SECURITY, or give the table to a role with BYPASSRLS."};
}

}  // namespace

AclMode rights_for(const TargetTable& target, const TableChanges& changes, ApplyMode mode) {
  const bool upserts = mode == ApplyMode::kIdempotent;
  AclMode rights = ACL_SELECT;
  if (!changes.inserts.empty()) rights |= ACL_INSERT | (upserts ? ACL_UPDATE : 0);
  if (!changes.updates.empty()) rights |= ACL_UPDATE | (upserts && target.insert_missing ? ACL_INSERT : 0);
  if (!changes.deletes.empty()) rights |= ACL_DELETE;
  return rights;
}

Status check_rights(const OpenRelation& relation, AclMode needed) {
  Status status = check_role(relation, GetUserId(), "task", needed);
  if (status.ok() && relation.owner() != GetUserId())
    status = check_role(relation, relation.owner(), "table", needed);
  return status.ok() ? check_policies(relation) : status;
}

Status check_rights_of_statements(const OpenRelation& relation, AclMode needed) {
  Status status = check_rights(relation, needed);
  if (!status.ok()) return status;
  const Oid schema = RelationGetNamespace(relation.get()), owner = relation.owner();
  if (pg::guard([&] { return compat::may_use_schema(schema, owner); })) return {};
  return {ErrorCode::kPermission, "the owner of table " + name_of(relation) + " may not use its schema",
          "Rows are written as the owner of the table, " + name_of(owner) + ".",
          "Grant USAGE on the schema to that role."};
}

Oid locked_owner_for_insert(const TargetTable& target) {
  const OpenRelation relation(target.schema, target.table, RowExclusiveLock);
  pg::check(check_rights_of_statements(relation, ACL_INSERT));
  return relation.owner();
}

std::string quoted_role(Oid role) { return pg::quote_name(name_of(role)); }

}  // namespace mysql_sync::apply
