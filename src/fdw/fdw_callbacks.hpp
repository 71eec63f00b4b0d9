// What the handler hands to the server: one function per callback, each with its body in entry().
#pragma once

#include "pg/compat/fdw_compat.hpp"

namespace mysql_sync::fdw {

// Planning, in fdw_plan.cpp.
void get_relation_size(PlannerInfo* root, RelOptInfo* relation, Oid foreign_table);
void get_paths(PlannerInfo* root, RelOptInfo* relation, Oid foreign_table);
// Two of a name: the handler's field takes the one of the server's version, of which 9.4 knows no outer plan.
ForeignScan* get_plan(PlannerInfo* root, RelOptInfo* relation, Oid foreign_table, ForeignPath* best_path,
                      List* target_list, List* clauses, Plan* outer_plan);
ForeignScan* get_plan(PlannerInfo* root, RelOptInfo* relation, Oid foreign_table, ForeignPath* best_path,
                      List* target_list, List* clauses);
#if MYSQL_SYNC_HAS_UPPER_PATHS
void get_upper_paths(PlannerInfo* root, UpperRelationKind stage, RelOptInfo* input, RelOptInfo* output,
                     void* extra);
#endif

// Running, in fdw_scan.cpp.
void begin_scan(ForeignScanState* node, int flags);
TupleTableSlot* iterate_scan(ForeignScanState* node);
void rescan(ForeignScanState* node);
void end_scan(ForeignScanState* node);

// In fdw_explain.cpp.
void explain_scan(ForeignScanState* node, ExplainState* state);

#if MYSQL_SYNC_HAS_IMPORT_FOREIGN_SCHEMA
// In fdw_import.cpp.
List* import_foreign_schema(ImportForeignSchemaStmt* statement, Oid server);
#endif

}  // namespace mysql_sync::fdw
