// What differs between the servers in the interface of foreign data wrappers: PostgreSQL 13 to 18, and
// Greenplum 6 with PostgreSQL 9.4. The rest of src/fdw knows no version.
#pragma once

#include "pg/compat/postgres_headers.hpp"

extern "C" {
#include "access/reloptions.h"
#if PG_VERSION_NUM >= 90500
#include "access/stratnum.h"
#else
#include "access/skey.h"
#endif
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "commands/explain.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif
#include "foreign/fdwapi.h"
#include "foreign/foreign.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#if PG_VERSION_NUM >= 120000
#include "access/table.h"
#include "optimizer/optimizer.h"
#else
#include "access/heapam.h"
#include "optimizer/var.h"
#endif
#include "parser/parsetree.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"
}

/// Paths above the scan, FinalPathExtraData among what they are given.
#define MYSQL_SYNC_HAS_UPPER_PATHS (PG_VERSION_NUM >= 130000)
#define MYSQL_SYNC_HAS_IMPORT_FOREIGN_SCHEMA (PG_VERSION_NUM >= 90500)

// Outside of our namespaces: PostgreSQL's macros below name a type Value (before 15), which we have as well.
inline char* mysql_sync_string_of(void* string_node) { return strVal(string_node); }
inline int mysql_sync_integer_of(void* integer_node) { return static_cast<int>(intVal(integer_node)); }

namespace mysql_sync::pg::compat {

inline List* target_expressions(RelOptInfo* relation) {
#if PG_VERSION_NUM >= 90600
  return relation->reltarget->exprs;
#else
  return relation->reltargetlist;
#endif
}

/// Whose rights count for a table of a query being planned.
inline Oid planning_user(PlannerInfo* root, RelOptInfo* relation) {
#if PG_VERSION_NUM >= 160000
  const Oid user = relation->userid;
  (void)root;
#else
  const Oid user = planner_rt_fetch(relation->relid, root)->checkAsUser;
#endif
  return OidIsValid(user) ? user : GetUserId();
}

/// Whose rights count for a scan being run.
inline Oid scan_user(ForeignScanState* node) {
  auto* plan = reinterpret_cast<ForeignScan*>(node->ss.ps.plan);
#if PG_VERSION_NUM >= 160000
  const Oid user = plan->checkAsUser;
#elif PG_VERSION_NUM >= 120000
  const Oid user = exec_rt_fetch(plan->scan.scanrelid, node->ss.ps.state)->checkAsUser;
#else
  const Oid user = rt_fetch(plan->scan.scanrelid, node->ss.ps.state->es_range_table)->checkAsUser;
#endif
  return OidIsValid(user) ? user : GetUserId();
}

struct PathCosts {
  double rows;
  Cost startup, total;
};

inline Path* make_scan_path(PlannerInfo* root, RelOptInfo* relation, const PathCosts& costs, List* pathkeys,
                            List* fdw_private) {
#if PG_VERSION_NUM >= 180000
  return reinterpret_cast<Path*>(
      create_foreignscan_path(root, relation, nullptr, costs.rows, 0, costs.startup, costs.total, pathkeys,
                              relation->lateral_relids, nullptr, nullptr, fdw_private));
#elif PG_VERSION_NUM >= 170000
  return reinterpret_cast<Path*>(create_foreignscan_path(root, relation, nullptr, costs.rows, costs.startup,
                                                         costs.total, pathkeys, relation->lateral_relids,
                                                         nullptr, nullptr, fdw_private));
#elif PG_VERSION_NUM >= 90600
  return reinterpret_cast<Path*>(create_foreignscan_path(root, relation, nullptr, costs.rows, costs.startup,
                                                         costs.total, pathkeys, relation->lateral_relids,
                                                         nullptr, fdw_private));
#else
  return reinterpret_cast<Path*>(create_foreignscan_path(root, relation, costs.rows, costs.startup,
                                                         costs.total, pathkeys, relation->lateral_relids,
                                                         fdw_private));
#endif
}

inline ForeignScan* make_scan(List* target_list, List* local_conditions, Index relation, List* parameters,
                              List* fdw_private) {
#if PG_VERSION_NUM >= 90500
  return make_foreignscan(target_list, local_conditions, relation, parameters, fdw_private, NIL, NIL,
                          nullptr);
#else
  return make_foreignscan(target_list, local_conditions, relation, parameters, fdw_private);
#endif
}

/// The states of parameter expressions, a List of ExprState.
inline List* initialize_expressions(List* expressions, PlanState* parent) {
#if PG_VERSION_NUM >= 100000
  return ExecInitExprList(expressions, parent);
#else
  return reinterpret_cast<List*>(ExecInitExpr(reinterpret_cast<Expr*>(expressions), parent));
#endif
}

inline Datum evaluate(ExprState* expression, ExprContext* context, bool* is_null) {
#if PG_VERSION_NUM >= 100000
  return ExecEvalExpr(expression, context, is_null);
#else
  return ExecEvalExpr(expression, context, is_null, nullptr);
#endif
}

inline Datum* slot_values(TupleTableSlot* slot) {
#if defined(GP_VERSION_NUM) && PG_VERSION_NUM < 90500
  return slot_get_values(slot);
#else
  return slot->tts_values;
#endif
}

inline bool* slot_nulls(TupleTableSlot* slot) {
#if defined(GP_VERSION_NUM) && PG_VERSION_NUM < 90500
  return slot_get_isnull(slot);
#else
  return slot->tts_isnull;
#endif
}

inline Form_pg_attribute attribute(TupleDesc description, int index) {
#if PG_VERSION_NUM >= 100000
  return TupleDescAttr(description, index);
#else
  return description->attrs[index];
#endif
}

inline TupleDesc make_tuple_description(int columns) {
#if PG_VERSION_NUM >= 120000
  return CreateTemplateTupleDesc(columns);
#else
  return CreateTemplateTupleDesc(columns, false);
#endif
}

/// Share of rows that satisfy conditions on one relation.
inline Selectivity selectivity(PlannerInfo* root, List* conditions, RelOptInfo* relation) {
  const int relid = static_cast<int>(relation->relid);
#if defined(GP_VERSION_NUM) && PG_VERSION_NUM < 90500
  return clauselist_selectivity(root, conditions, relid, JOIN_INNER, nullptr, false);
#else
  return clauselist_selectivity(root, conditions, relid, JOIN_INNER, nullptr);
#endif
}

/// For relations whose lock somebody holds already.
inline Relation open_locked_table(Oid relation) {
#if PG_VERSION_NUM >= 120000
  return table_open(relation, NoLock);
#else
  return heap_open(relation, NoLock);
#endif
}

inline void close_locked_table(Relation relation) {
#if PG_VERSION_NUM >= 120000
  table_close(relation, NoLock);
#else
  heap_close(relation, NoLock);
#endif
}

inline bool is_descending(PathKey* pathkey) {
#if PG_VERSION_NUM >= 180000
  return pathkey->pk_cmptype == COMPARE_GT;
#else
  return pathkey->pk_strategy == BTGreaterStrategyNumber;
#endif
}

inline bool may_use_server(Oid server, Oid user) {
#if PG_VERSION_NUM >= 160000
  return object_aclcheck(ForeignServerRelationId, server, user, ACL_USAGE) == ACLCHECK_OK;
#else
  return pg_foreign_server_aclcheck(server, user, ACL_USAGE) == ACLCHECK_OK;
#endif
}

inline Oid user_mapping_oid(HeapTuple tuple) {
#if PG_VERSION_NUM >= 120000
  return reinterpret_cast<Form_pg_user_mapping>(GETSTRUCT(tuple))->oid;
#else
  return HeapTupleGetOid(tuple);
#endif
}

/// Where on Greenplum a foreign table is to be read by every segment, each of which would then read all of
/// it.
inline bool is_read_by_all_segments(ForeignTable* table) {
#ifdef GP_VERSION_NUM
  return table->exec_location == FTEXECLOCATION_ALL_SEGMENTS;
#else
  (void)table;
  return false;
#endif
}

#if MYSQL_SYNC_HAS_UPPER_PATHS
/// A path of the base relation as a final path of the query.
inline void add_final_path(PlannerInfo* root, RelOptInfo* final_relation, Path* path) {
  PathTarget* target = root->upper_targets[UPPERREL_FINAL];
  add_path(final_relation,
           reinterpret_cast<Path*>(create_projection_path(root, final_relation, path, target)));
}
#endif

}  // namespace mysql_sync::pg::compat
