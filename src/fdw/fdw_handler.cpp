#include "fdw/fdw_callbacks.hpp"
#include "pg/guard.hpp"

namespace {

[[noreturn]] void refuse_change(const char* table) {
  ereport(ERROR, (errcode(ERRCODE_FDW_ERROR), errmsg("foreign table \"%s\" cannot be changed", table),
                  errdetail("Foreign tables of mysql_sync are read only."),
                  errhint("Change the table at the MySQL source.")));
  pg_unreachable();
}

// The planner asks for these before it looks at the source; so the answer needs none. Of the two, the
// handler's field takes the one of the server's version.
[[maybe_unused]] void add_update_targets(PlannerInfo*, Index, RangeTblEntry*, Relation table) {
  refuse_change(RelationGetRelationName(table));
}
[[maybe_unused]] void add_update_targets(Query*, RangeTblEntry*, Relation table) {
  refuse_change(RelationGetRelationName(table));
}

List* plan_modify(PlannerInfo* root, ModifyTable*, Index table, int) {
  refuse_change(get_rel_name(planner_rt_fetch(table, root)->relid));
}

int updatable_events(Relation) { return 0; }

}  // namespace

extern "C" {
PG_FUNCTION_INFO_V1(mysql_sync_fdw_handler);

Datum mysql_sync_fdw_handler(PG_FUNCTION_ARGS) {
  namespace fdw = mysql_sync::fdw;
  (void)fcinfo;
  FdwRoutine* routine = makeNode(FdwRoutine);
  routine->GetForeignRelSize = fdw::get_relation_size;
  routine->GetForeignPaths = fdw::get_paths;
  routine->GetForeignPlan = fdw::get_plan;
  routine->BeginForeignScan = fdw::begin_scan;
  routine->IterateForeignScan = fdw::iterate_scan;
  routine->ReScanForeignScan = fdw::rescan;
  routine->EndForeignScan = fdw::end_scan;
  routine->ExplainForeignScan = fdw::explain_scan;
  routine->AddForeignUpdateTargets = add_update_targets;
  routine->PlanForeignModify = plan_modify;
  routine->IsForeignRelUpdatable = updatable_events;
#if MYSQL_SYNC_HAS_UPPER_PATHS
  routine->GetForeignUpperPaths = fdw::get_upper_paths;
#endif
#if MYSQL_SYNC_HAS_IMPORT_FOREIGN_SCHEMA
  routine->ImportForeignSchema = fdw::import_foreign_schema;
#endif
  PG_RETURN_POINTER(routine);
}
}
