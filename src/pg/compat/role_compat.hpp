// Rights between roles, and the settings that code run meanwhile leaves behind.
#pragma once

#include "pg/compat/postgres_headers.hpp"

extern "C" {
#include "catalog/pg_namespace.h"
#include "utils/acl.h"
#include "utils/guc.h"
}

namespace mysql_sync::compat {

/// True if `member` may act as `role` anyway. Runs inside guard().
inline bool may_act_as(Oid member, Oid role) {
#if PG_VERSION_NUM >= 160000
  return member_can_set_role(member, role);
#else
  return is_member_of_role(member, role);
#endif
}

/// Settings made from here on are taken back by leave_settings(), or by the abort of the transaction.
inline int enter_settings() { return NewGUCNestLevel(); }
inline void leave_settings(int level) { AtEOXact_GUC(false, level); }

/// nullptr if there is no such role (an error before 9.5). Runs inside guard().
inline const char* role_name(Oid role) {
#if PG_VERSION_NUM >= 90500
  return GetUserNameFromId(role, true);
#else
  return GetUserNameFromId(role);
#endif
}

/// The role's rights on a relation that `wanted` names and the role lacks. Runs inside guard().
inline AclMode missing_rights(Oid relation, Oid role, AclMode wanted) {
  return wanted & ~pg_class_aclmask(relation, role, wanted, ACLMASK_ALL);
}

/// True if the role may look for names in the schema. Runs inside guard().
inline bool may_use_schema(Oid schema, Oid role) {
#if PG_VERSION_NUM >= 160000
  return object_aclcheck(NamespaceRelationId, schema, role, ACL_USAGE) == ACLCHECK_OK;
#else
  return pg_namespace_aclcheck(schema, role, ACL_USAGE) == ACLCHECK_OK;
#endif
}

}  // namespace mysql_sync::compat
