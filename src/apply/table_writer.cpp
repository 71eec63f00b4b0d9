#include "apply/table_writer.hpp"

#if MYSQL_SYNC_EXECUTOR_API

namespace mysql_sync::apply {

namespace {

Snapshot latest_snapshot() {
  CommandCounterIncrement();  // what the transaction did so far is to be seen
  PushActiveSnapshot(GetLatestSnapshot());
  return GetActiveSnapshot();
}

bool has_trigger(const TriggerDesc* triggers, bool TriggerDesc::*before, bool TriggerDesc::*after) {
  return triggers != nullptr && (triggers->*before || triggers->*after);
}

ExprState* prepare_default(Relation relation, AttrNumber attribute) {
  Node* expression = build_column_default(relation, attribute);
  if (expression == nullptr) return nullptr;
  return ExecInitExpr(expression_planner(reinterpret_cast<Expr*>(expression)), nullptr);
}

/// The equality of an index column, as its operator class has it.
void init_scan_key(ScanKey key, Relation index, int column) {
  bool is_null;
  const Datum classes = SysCacheGetAttr(INDEXRELID, index->rd_indextuple, Anum_pg_index_indclass, &is_null);
  const Oid operator_class = reinterpret_cast<oidvector*>(DatumGetPointer(classes))->values[column];
  const Oid type = get_opclass_input_type(operator_class);
  const Oid equals =
      get_opfamily_member(get_opclass_family(operator_class), type, type, BTEqualStrategyNumber);
  if (!OidIsValid(equals)) {
    elog(ERROR, "index \"%s\" has no equality operator for column %d", RelationGetRelationName(index),
         column + 1);
  }
  ScanKeyInit(key, static_cast<AttrNumber>(column + 1), BTEqualStrategyNumber, get_opcode(equals), Datum{0});
  key->sk_collation = index->rd_indcollation[column];
}

}  // namespace

void TableWriter::begin(const TargetRelation* known, Relation opened, bool look_up) {
  std::memset(static_cast<void*>(this), 0, sizeof(*this));
  target = known;
  relation = opened;
  context.relation = known;
  snapshot = latest_snapshot();
  estate = CreateExecutorState();
  MemoryContext caller = MemoryContextSwitchTo(estate->es_query_cxt);
  begin_memory();
  compat::init_range_table(estate, relation);
  result = compat::init_result_relation(estate, relation);
  compat::init_recheck(&recheck, estate);
  estate->es_snapshot = snapshot;
  estate->es_output_cid = GetCurrentCommandId(true);
  AfterTriggerBeginQuery();
  classify_triggers();
  new_slot = ExecInitExtraTupleSlot(estate, RelationGetDescr(relation), &TTSOpsVirtual);
  if (look_up) begin_lookup();
  begin_inserts();
  MemoryContextSwitchTo(caller);
}

void TableWriter::begin_memory() {
  row_memory = AllocSetContextCreate(estate->es_query_cxt, "mysql_sync row", ALLOCSET_DEFAULT_SIZES);
  buffer_memory = AllocSetContextCreate(estate->es_query_cxt, "mysql_sync insert", ALLOCSET_DEFAULT_SIZES);
}

void TableWriter::classify_triggers() {
  const TriggerDesc* triggers = result->ri_TrigDesc;
  const bool is_heap = relation->rd_tableam == GetHeapamTableAmRoutine() && !relation->rd_rel->relispartition;
  simple_insert = is_heap && (triggers == nullptr || !triggers->trig_insert_before_row);
  simple_update = is_heap && !has_trigger(triggers, &TriggerDesc::trig_update_before_row,
                                          &TriggerDesc::trig_update_after_row);
  simple_delete = is_heap && !has_trigger(triggers, &TriggerDesc::trig_delete_before_row,
                                          &TriggerDesc::trig_delete_after_row);
}

/// What the row before it needed is given back; the buffer has memory of its own.
void TableWriter::begin_row(const NetChange& change) {
  context.current = &change;
  ResetPerTupleExprContext(estate);
  MemoryContextReset(row_memory);
}

void TableWriter::begin_lookup() {
  index = index_open(target->key_index.id, RowExclusiveLock);
  const int columns = static_cast<int>(target->key_index.cells.size());
  for (int i = 0; i < columns; ++i) init_scan_key(&scan_keys[i], index, i);
  scan = compat::begin_index_scan(relation, index, snapshot, columns);
  found_slot = table_slot_create(relation, &estate->es_tupleTable);
}

void TableWriter::begin_inserts() {
  const size_t unmapped = target->unmapped.size();
  defaults = static_cast<ExprState**>(palloc0(sizeof(ExprState*) * (unmapped + 1)));
  for (size_t i = 0; i < unmapped; ++i) defaults[i] = prepare_default(relation, target->unmapped[i]);
  buffer.slots = static_cast<TupleTableSlot**>(palloc0(sizeof(TupleTableSlot*) * InsertBuffer::kMaxRows));
  buffer.changes = static_cast<const NetChange**>(palloc0(sizeof(NetChange*) * InsertBuffer::kMaxRows));
}

void TableWriter::end() {
  flush();
  if (scan != nullptr) index_endscan(scan);
  if (index != nullptr) index_close(index, NoLock);
  EvalPlanQualEnd(&recheck);
  AfterTriggerEndQuery(estate);
  compat::close_trigger_relations(estate);
  ExecResetTupleTable(estate->es_tupleTable, false);
  ExecCloseIndices(result);
  FreeExecutorState(estate);
  PopActiveSnapshot();
  CommandCounterIncrement();
}

/// False if a cell is null: equal to nothing.
bool TableWriter::fill_scan_keys(RowView key, uint64* changed_by_policy) {
  const auto& cells = target->key_index.cells;
  for (size_t i = 0; i < cells.size(); ++i) {
    const MappedColumn& column = target->columns[target->key[cells[i]]];
    bool is_null;
    scan_keys[i].sk_argument = column.converter.convert(key[cells[i]], &is_null, changed_by_policy);
    if (is_null) return false;
  }
  return true;
}

bool TableWriter::look_up(IndexScanDesc by_index) {
  MemoryContext caller = MemoryContextSwitchTo(estate->es_query_cxt);
  index_rescan(by_index, scan_keys, static_cast<int>(target->key_index.cells.size()), nullptr, 0);
  const bool found = index_getnext_slot(by_index, ForwardScanDirection, found_slot);
  MemoryContextSwitchTo(caller);
  return found;
}

/// Looks with the snapshot taken at the beginning: each key occurs once among the changes, so what this
/// writer did cannot matter. What other transactions did meanwhile shows when the row is changed.
bool TableWriter::find(RowView key) {
  return fill_scan_keys(key, &counts.changed_by_policy) && look_up(scan);
}

/// Waits for other transactions that change the row, and locks its latest version. Slower than find(). What
/// logical replication has for this compares all columns, unless the index is the table's identity.
bool TableWriter::find_latest(RowView key) {
  uint64 counted_already = 0;
  if (!fill_scan_keys(key, &counted_already)) return false;
  SnapshotData dirty;
  InitDirtySnapshot(dirty);
  MemoryContext caller = MemoryContextSwitchTo(estate->es_query_cxt);
  IndexScanDesc of_all =
      compat::begin_index_scan(relation, index, &dirty, static_cast<int>(target->key_index.cells.size()));
  MemoryContextSwitchTo(caller);
  bool found = look_up(of_all);
  while (found && !lock_found(dirty)) found = look_up(of_all);
  index_endscan(of_all);
  return found;
}

/// False if another transaction had the row: it is to be looked up again.
bool TableWriter::lock_found(const SnapshotData& dirty) {
  const TransactionId other = TransactionIdIsValid(dirty.xmin) ? dirty.xmin : dirty.xmax;
  if (TransactionIdIsValid(other)) {
    XactLockTableWait(other, nullptr, nullptr, XLTW_None);
    return false;
  }
  TM_FailureData failure;
  const TM_Result done =
      table_tuple_lock(relation, &found_slot->tts_tid, snapshot, found_slot, GetCurrentCommandId(false),
                       LockTupleExclusive, LockWaitBlock, 0, &failure);
  if (done != TM_Ok && done != TM_Updated && done != TM_Deleted)
    elog(ERROR, "a row of table \"%s\" cannot be locked: %d", RelationGetRelationName(relation), done);
  CHECK_FOR_INTERRUPTS();
  return done == TM_Ok;
}

void TableWriter::set_cells(RowView row) {
  for (const MappedColumn& column : target->columns) {
    const int at = column.attribute - 1;
    new_slot->tts_values[at] =
        column.converter.convert(row[column.source], &new_slot->tts_isnull[at], &counts.changed_by_policy);
  }
}

/// Cells that the change does not tell stay as they are.
void TableWriter::set_known_cells(RowView row) {
  for (const MappedColumn& column : target->columns) {
    const Value& cell = row[column.source];
    const int at = column.attribute - 1;
    if (cell.is_absent()) continue;
    new_slot->tts_values[at] =
        column.converter.convert(cell, &new_slot->tts_isnull[at], &counts.changed_by_policy);
  }
}

void TableWriter::store_new_row(RowView row) {
  ExecClearTuple(new_slot);
  std::memset(new_slot->tts_isnull, true,
              sizeof(bool) * static_cast<size_t>(new_slot->tts_tupleDescriptor->natts));
  set_cells(row);
  for (size_t i = 0; i < target->unmapped.size(); ++i) {
    if (defaults[i] == nullptr) continue;
    const int at = target->unmapped[i] - 1;
    new_slot->tts_values[at] =
        ExecEvalExpr(defaults[i], GetPerTupleExprContext(estate), &new_slot->tts_isnull[at]);
  }
  ExecStoreVirtualTuple(new_slot);
}

void TableWriter::store_updated_row(const NetChange& change) {
  const auto columns = static_cast<size_t>(new_slot->tts_tupleDescriptor->natts);
  ExecClearTuple(new_slot);
  if (change.partial || !target->unmapped.empty()) {
    slot_getallattrs(found_slot);
    std::memcpy(new_slot->tts_values, found_slot->tts_values, sizeof(Datum) * columns);
    std::memcpy(new_slot->tts_isnull, found_slot->tts_isnull, sizeof(bool) * columns);
  } else {
    std::memset(new_slot->tts_isnull, true, sizeof(bool) * columns);
  }
  change.partial ? set_known_cells(change.row) : set_cells(change.row);
  ExecStoreVirtualTuple(new_slot);
}

void TableWriter::check_new_row(CmdType command) {
  const TupleConstr* constraints = RelationGetDescr(relation)->constr;
  if (constraints == nullptr) return;
  if (constraints->has_generated_stored) compat::compute_generated(result, estate, new_slot, command);
  ExecConstraints(result, new_slot, estate);
}

TM_Result TableWriter::remove_found() {
  TM_FailureData failure;
  return table_tuple_delete(relation, &found_slot->tts_tid, estate->es_output_cid, snapshot, InvalidSnapshot,
                            true, &failure, false);
}

TM_Result TableWriter::update_found(const NetChange& change) {
  store_updated_row(change);
  check_new_row(CMD_UPDATE);
  return compat::update_row(result, estate, &found_slot->tts_tid, new_slot);
}

bool TableWriter::remove(const NetChange& change) {
  begin_row(change);
  MemoryContext caller = MemoryContextSwitchTo(row_memory);
  bool found = !simple_delete || find(change.key);
  if (found && (!simple_delete || remove_found() != TM_Ok)) {  // triggers, or another transaction changed it
    found = find_latest(change.key);
    if (found) compat::simple_delete(result, estate, &recheck, found_slot);
  }
  MemoryContextSwitchTo(caller);
  counts.deleted += found ? 1 : 0;
  return found;
}

bool TableWriter::update(const NetChange& change) {
  begin_row(change);
  MemoryContext caller = MemoryContextSwitchTo(row_memory);
  bool found = !simple_update || find(change.key);
  if (found && (!simple_update || update_found(change) != TM_Ok)) {
    found = find_latest(change.key);
    if (found) store_updated_row(change);
    if (found) compat::simple_update(result, estate, &recheck, found_slot, new_slot);
  }
  MemoryContextSwitchTo(caller);
  counts.updated += found ? 1 : 0;
  return found;
}

void TableWriter::insert(const NetChange& change) {
  begin_row(change);
  MemoryContext caller = MemoryContextSwitchTo(row_memory);
  store_new_row(change.row);
  if (simple_insert) {
    check_new_row(CMD_INSERT);
    buffer_row(change);
  } else {
    compat::simple_insert(result, estate, new_slot);
  }
  MemoryContextSwitchTo(caller);
  ++counts.inserted;
  if (buffer.rows == InsertBuffer::kMaxRows || buffer.bytes >= InsertBuffer::kMaxBytes) flush();
}

/// The tuple is formed here, once: a virtual slot would be copied twice by the multi-row insert.
void TableWriter::buffer_row(const NetChange& change) {
  TupleTableSlot*& slot = buffer.slots[buffer.rows];
  if (slot == nullptr) {
    MemoryContext caller = MemoryContextSwitchTo(estate->es_query_cxt);
    slot = ExecInitExtraTupleSlot(estate, RelationGetDescr(relation), &TTSOpsHeapTuple);
    MemoryContextSwitchTo(caller);
  }
  MemoryContext caller = MemoryContextSwitchTo(buffer_memory);
  HeapTuple tuple = heap_form_tuple(RelationGetDescr(relation), new_slot->tts_values, new_slot->tts_isnull);
  MemoryContextSwitchTo(caller);
  buffer.bytes += tuple->t_len;
  buffer.changes[buffer.rows++] = &change;
  ExecStoreHeapTuple(tuple, slot, true);  // "may be freed" is what keeps the insert from copying it again
}

void TableWriter::flush() {
  if (buffer.rows == 0) return;
  context.current = nullptr;
  MemoryContext caller = MemoryContextSwitchTo(buffer_memory);
  table_multi_insert(relation, buffer.slots, buffer.rows, estate->es_output_cid, 0, nullptr);
  for (int i = 0; i < buffer.rows; ++i) {
    context.current = buffer.changes[i];
    index_buffered_row(buffer.slots[i]);
  }
  for (int i = 0; i < buffer.rows; ++i) ExecClearTuple(buffer.slots[i]);
  MemoryContextSwitchTo(caller);
  buffer.rows = 0;
  buffer.bytes = 0;
  MemoryContextReset(buffer_memory);
}

void TableWriter::index_buffered_row(TupleTableSlot* slot) {
  List* deferred = NIL;
  if (result->ri_NumIndices > 0) deferred = compat::insert_index_entries(result, estate, slot);
  if (result->ri_TrigDesc != nullptr) ExecARInsertTriggers(estate, result, slot, deferred, nullptr);
  list_free(deferred);
  ResetPerTupleExprContext(estate);
}

}  // namespace mysql_sync::apply

#endif  // MYSQL_SYNC_EXECUTOR_API
