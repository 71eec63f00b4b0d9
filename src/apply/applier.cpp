#include "apply/applier.hpp"

#include "apply/executor_applier.hpp"
#include "apply/set_applier.hpp"
#include "pg/compat/apply_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/guard.hpp"

namespace mysql_sync::apply {

namespace {

struct Setting {
  const char* name;
  const char* value;
};

constexpr Setting kEverywhere[] = {
    // Named last, temporary types that a trigger has made are not found before the server's own.
    {"search_path", "pg_catalog, pg_temp"},
    {"timezone", "UTC"},
    {"datestyle", "ISO, YMD"},
    {"intervalstyle", "postgres"},
    {"bytea_output", "hex"},
    {"extra_float_digits", "3"},
    {"statement_timeout", "0"},
    {"lock_timeout", "0"},
    {"xmloption", "content"},
    {"default_transaction_isolation", "read committed"},
    {"default_transaction_read_only", "off"},
    {"transaction_timeout", "0"},
    {"idle_in_transaction_session_timeout", "0"},
};

/// Rows come as they were made on the source: what its triggers and foreign keys did is among the changes.
constexpr Setting kOnPostgres[] = {
    {"session_replication_role", "replica"},
    // A commit lost in a crash takes its position with it: the source sends its changes again.
    {"synchronous_commit", "off"},
};

/// Without these each UPDATE by key scans the whole target, or statistics are gathered after each batch.
constexpr Setting kOnGreenplum[] = {
    {"optimizer", "off"},
    {"enable_nestloop", "on"},
    {"random_page_cost", "4"},
    {"gp_autostats_mode", "none"},
    {"gp_autostats_mode_in_functions", "none"},
};

template <size_t count>
void set_all(const Setting (&settings)[count]) {
  for (const Setting& setting : settings) {
    pg::guard([&] {
      if (GetConfigOption(setting.name, true, false) == NULL) return;  // not every version has every setting
      SetConfigOption(setting.name, setting.value, PGC_SUSET, PGC_S_SESSION);
    });
  }
}

}  // namespace

std::unique_ptr<Applier> make_applier(ApplierKind kind) {
  const bool set_based =
      kind == ApplierKind::kSetBased || (kind == ApplierKind::kAutomatic && !MYSQL_SYNC_EXECUTOR_API);
  return set_based ? make_set_applier() : make_executor_applier();
}

void prepare_apply_session() {
  pg::prepare_conversion();
  set_all(kEverywhere);
  if constexpr (compat::kIsGreenplum) {
    set_all(kOnGreenplum);
  } else {
    set_all(kOnPostgres);
  }
}

}  // namespace mysql_sync::apply
