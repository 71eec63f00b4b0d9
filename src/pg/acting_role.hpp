// Code that others wrote (triggers, defaults, index expressions, checks, casts of a target) runs with the
// rights of the table's owner, never with those of the task.
#pragma once

#include "pg/guard.hpp"

namespace mysql_sync::pg {

/// While it lives, the session acts as `role`. A role that could not become the caller by itself is kept
/// within bounds as PostgreSQL does for index expressions (a security-restricted operation): its code cannot
/// become another role, nor leave behind settings, temporary tables or deferred triggers that would act as
/// the caller.
///
/// Needs a transaction. An invalid role, or the caller's own: nothing changes. PgError
/// (insufficient_privilege) where the caller may not act as the role. The end restores the caller whichever
/// way the scope is left; so does the abort of the transaction, or of a subtransaction that began outside.
class ActingRole {
 public:
  explicit ActingRole(Oid role);
  ~ActingRole();
  ActingRole(const ActingRole&) = delete;
  ActingRole& operator=(const ActingRole&) = delete;

 private:
  Oid caller_ = InvalidOid;  ///< invalid: nothing was changed
  int caller_context_ = 0;
  int settings_ = 0;  ///< 0: the role is trusted with them
};

}  // namespace mysql_sync::pg
