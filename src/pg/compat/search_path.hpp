// A fixed search_path for the queries of a function whose caller's search_path must be known first, so that
// the function cannot have one of its own (SET in CREATE FUNCTION).
#pragma once

#include "pg/compat/postgres_headers.hpp"

extern "C" {
#include "utils/guc.h"
}

namespace mysql_sync::compat {

/// Sets search_path to "pg_catalog, pg_temp" until leave_search_path(); an aborted transaction takes it back,
/// too. Runs inside guard().
inline int enter_search_path() {
  const int level = NewGUCNestLevel();
#if PG_VERSION_NUM >= 90500
  set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true,
                    0, false);
#else
  set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true,
                    0);
#endif
  return level;
}

inline void leave_search_path(int level) { AtEOXact_GUC(true, level); }

}  // namespace mysql_sync::compat
