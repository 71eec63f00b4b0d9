// The executor's row-writing API on PostgreSQL 13 to 18. Everything here runs inside guard().
#pragma once

#include "pg/compat/apply_compat.hpp"

#if MYSQL_SYNC_EXECUTOR_API

extern "C" {
#include "access/genam.h"
#include "access/heapam.h"
#include "commands/trigger.h"
#include "executor/nodeModifyTable.h"
#include "executor/tuptable.h"
#include "optimizer/optimizer.h"
#include "parser/parse_relation.h"
#include "rewrite/rewriteHandler.h"
#include "storage/lmgr.h"
#include "utils/syscache.h"
}

namespace mysql_sync::compat {

/// The range table of `estate`: the one relation. All columns count as updated, so that generated columns are
/// computed on update as well.
inline void init_range_table(EState* estate, Relation relation) {
  RangeTblEntry* entry = makeNode(RangeTblEntry);
  entry->rtekind = RTE_RELATION;
  entry->relid = RelationGetRelid(relation);
  entry->relkind = relation->rd_rel->relkind;
  entry->rellockmode = RowExclusiveLock;
  Bitmapset* columns = nullptr;
  for (int column = 1; column <= RelationGetNumberOfAttributes(relation); ++column) {
    columns = bms_add_member(columns, column - FirstLowInvalidHeapAttributeNumber);
  }
#if PG_VERSION_NUM >= 160000
  List* permissions = NIL;
  addRTEPermissionInfo(&permissions, entry)->updatedCols = columns;
#if PG_VERSION_NUM >= 180000
  ExecInitRangeTable(estate, list_make1(entry), permissions, bms_make_singleton(1));
#else
  ExecInitRangeTable(estate, list_make1(entry), permissions);
#endif
#else
  entry->updatedCols = columns;
  ExecInitRangeTable(estate, list_make1(entry));
#endif
}

/// Opens the relation's indexes for writing through `estate`.
inline ResultRelInfo* init_result_relation(EState* estate, Relation relation) {
  ResultRelInfo* result = makeNode(ResultRelInfo);
  InitResultRelInfo(result, relation, 1, nullptr, 0);
#if PG_VERSION_NUM < 140000
  estate->es_result_relations = result;
  estate->es_num_result_relations = 1;
  estate->es_result_relation_info = result;
#else
  (void)estate;
#endif
  ExecOpenIndices(result, false);
  return result;
}

/// Closes what AFTER triggers made the executor open.
inline void close_trigger_relations(EState* estate) {
#if PG_VERSION_NUM >= 140000
  ExecCloseResultRelations(estate);
#else
  ExecCleanUpTriggerState(estate);
#endif
}

inline void init_recheck(EPQState* recheck, EState* estate) {
#if PG_VERSION_NUM >= 160000
  EvalPlanQualInit(recheck, estate, nullptr, NIL, -1, NIL);
#else
  EvalPlanQualInit(recheck, estate, nullptr, NIL, -1);
#endif
}

inline IndexScanDesc begin_index_scan(Relation table, Relation index, Snapshot snapshot, int keys) {
#if PG_VERSION_NUM >= 180000
  return index_beginscan(table, index, snapshot, nullptr, keys, 0);
#else
  return index_beginscan(table, index, snapshot, keys, 0);
#endif
}

inline void compute_generated(ResultRelInfo* result, EState* estate, TupleTableSlot* slot, CmdType command) {
#if PG_VERSION_NUM >= 140000
  ExecComputeStoredGenerated(result, estate, slot, command);
#else
  (void)result;
  ExecComputeStoredGenerated(estate, slot, command);
#endif
}

/// Index entries of a new row; the indexes whose uniqueness is deferred are returned.
inline List* insert_index_entries(ResultRelInfo* result, EState* estate, TupleTableSlot* slot) {
#if PG_VERSION_NUM >= 160000
  return ExecInsertIndexTuples(result, slot, estate, false, false, nullptr, NIL, false);
#elif PG_VERSION_NUM >= 140000
  return ExecInsertIndexTuples(result, slot, estate, false, false, nullptr, NIL);
#else
  (void)result;
  return ExecInsertIndexTuples(slot, estate, false, nullptr, NIL);
#endif
}

/// Replaces the row at `tid` and makes the index entries that the new version needs.
inline TM_Result update_row(ResultRelInfo* result, EState* estate, ItemPointer tid, TupleTableSlot* slot) {
  Relation relation = result->ri_RelationDesc;
  TM_FailureData failure;
  LockTupleMode mode;
#if PG_VERSION_NUM >= 160000
  TU_UpdateIndexes indexes;
#else
  bool indexes;
#endif
  const TM_Result done = table_tuple_update(relation, tid, slot, estate->es_output_cid, estate->es_snapshot,
                                            InvalidSnapshot, true, &failure, &mode, &indexes);
  if (done != TM_Ok || result->ri_NumIndices == 0) return done;
#if PG_VERSION_NUM >= 160000
  if (indexes == TU_None) return done;
  list_free(
      ExecInsertIndexTuples(result, slot, estate, true, false, nullptr, NIL, indexes == TU_Summarizing));
#elif PG_VERSION_NUM >= 140000
  if (indexes) list_free(ExecInsertIndexTuples(result, slot, estate, true, false, nullptr, NIL));
#else
  if (indexes) list_free(ExecInsertIndexTuples(slot, estate, false, nullptr, NIL));
#endif
  return done;
}

inline void simple_insert(ResultRelInfo* result, EState* estate, TupleTableSlot* slot) {
#if PG_VERSION_NUM >= 140000
  ExecSimpleRelationInsert(result, estate, slot);
#else
  (void)result;
  ExecSimpleRelationInsert(estate, slot);
#endif
}

inline void simple_update(ResultRelInfo* result, EState* estate, EPQState* recheck, TupleTableSlot* found,
                          TupleTableSlot* slot) {
#if PG_VERSION_NUM >= 140000
  ExecSimpleRelationUpdate(result, estate, recheck, found, slot);
#else
  (void)result;
  ExecSimpleRelationUpdate(estate, recheck, found, slot);
#endif
}

inline void simple_delete(ResultRelInfo* result, EState* estate, EPQState* recheck, TupleTableSlot* found) {
#if PG_VERSION_NUM >= 140000
  ExecSimpleRelationDelete(result, estate, recheck, found);
#else
  (void)result;
  ExecSimpleRelationDelete(estate, recheck, found);
#endif
}

}  // namespace mysql_sync::compat

#endif  // MYSQL_SYNC_EXECUTOR_API
