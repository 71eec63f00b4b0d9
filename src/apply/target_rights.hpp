// Who may write a target: the task's owner, on whose behalf rows come, and the table's owner, as whom they
// are written.
#pragma once

#include "apply/target_relation.hpp"
#include "core/base/status.hpp"

namespace mysql_sync::apply {

/// The rights (ACL_…) that applying `changes` needs, all of them.
AclMode rights_for(const TargetTable& target, const TableChanges& changes, ApplyMode mode);

/// kPermission where the current user or the table's owner lacks one of the rights `needed`; kUnsupported
/// if policies of row-level security bind the owner.
Status check_rights(const OpenRelation& relation, AclMode needed);

/// The same, also where the owner cannot find the table by its name, as statements have to.
Status check_rights_of_statements(const OpenRelation& relation, AclMode needed);

/// The owner of the target, which is locked as by an INSERT; throws what check_rights_of_statements() finds.
Oid locked_owner_for_insert(const TargetTable& target);

/// The role's name as SQL text.
std::string quoted_role(Oid role);

}  // namespace mysql_sync::apply
