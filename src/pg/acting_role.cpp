#include "pg/acting_role.hpp"

#include "pg/compat/role_compat.hpp"

namespace mysql_sync::pg {

namespace {

void check_may_act_as(Oid caller, Oid role) {
  if (compat::may_act_as(caller, role)) return;
  ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                  errmsg("role \"%s\" may not write to tables of role \"%s\"", compat::role_name(caller),
                         compat::role_name(role)),
                  errhint("Make it a member of that role, or a superuser.")));
}

}  // namespace

ActingRole::ActingRole(Oid role) {
  Oid caller;
  int context;
  GetUserIdAndSecContext(&caller, &context);
  if (!OidIsValid(role) || role == caller) return;
  const bool is_trusted = guard([&] {
    check_may_act_as(caller, role);
    return compat::may_act_as(role, caller);
  });
  caller_ = caller;
  caller_context_ = context;
  if (!is_trusted) settings_ = compat::enter_settings();
  SetUserIdAndSecContext(role, is_trusted ? context : context | SECURITY_RESTRICTED_OPERATION);
}

ActingRole::~ActingRole() {
  if (!OidIsValid(caller_)) return;
  SetUserIdAndSecContext(caller_, caller_context_);
  if (settings_ == 0) return;
  try {
    guard([&] { compat::leave_settings(settings_); });
  } catch (...) {  // settings of others' making would stay
    proc_exit(1);
  }
}

}  // namespace mysql_sync::pg
