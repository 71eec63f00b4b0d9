// What the server calls when it loads the library.
#include "bgworker/worker/visited_databases.hpp"
#include "pg/compat/worker_compat.hpp"
#include "pg/guard.hpp"

extern "C" {
PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);
}

void _PG_init(void) {
  if (!mysql_sync::compat::preloading_on_coordinator()) return;
  mysql_sync::reserve_visited_databases();
  mysql_sync::compat::register_static_worker("mysql_sync launcher", "mysql_sync_launcher_main");
}
