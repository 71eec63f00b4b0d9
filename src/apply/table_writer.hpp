// Writes the rows of one table through PostgreSQL's executor: finds rows by key with one index scan that
// stays open, changes them in place, inserts in bulk as COPY does.
//
// Everything here is backend code in C++ clothes: it runs inside guard(), holds nothing with a destructor,
// and leaves errors to ereport. An abort of the transaction cleans up after it.
#pragma once

#include "pg/compat/executor_compat.hpp"

#if MYSQL_SYNC_EXECUTOR_API

#include "apply/target_relation.hpp"

namespace mysql_sync::apply {

/// Rows gathered for one multi-row insert.
struct InsertBuffer {
  static constexpr int kMaxRows = 1000;
  static constexpr size_t kMaxBytes = 256 * 1024;

  TupleTableSlot** slots;
  const NetChange** changes;  ///< whose rows they are, for messages
  int rows;
  size_t bytes;
};

struct TableWriter {
  const TargetRelation* target;
  Relation relation;
  EState* estate;
  ResultRelInfo* result;
  EPQState recheck;
  MemoryContext row_memory;     ///< reset before each row
  MemoryContext buffer_memory;  ///< reset after each bulk insert
  Snapshot snapshot;

  Relation index;  ///< of the key; nullptr if rows are not looked up
  IndexScanDesc scan;
  ScanKeyData scan_keys[INDEX_MAX_KEYS];

  TupleTableSlot* found_slot;  ///< the row as it is in the table
  TupleTableSlot* new_slot;    ///< the row as it shall be
  ExprState** defaults;        ///< for each of target->unmapped; nullptr: NULL
  InsertBuffer buffer;
  bool simple_insert, simple_update, simple_delete;  ///< no row triggers are in the way
  ApplyContext context;
  ApplyCounts counts;

  /// Opens indexes, takes a snapshot. `look_up`: rows will be looked up by key.
  void begin(const TargetRelation* known, Relation opened, bool look_up);
  /// Inserts what is buffered and releases everything.
  void end();

  /// False if there is no such row.
  bool remove(const NetChange& change);
  bool update(const NetChange& change);
  /// May stay in the buffer until flush() or end().
  void insert(const NetChange& change);
  void flush();

 private:
  void begin_memory();
  void begin_row(const NetChange& change);
  void classify_triggers();
  void begin_lookup();
  void begin_inserts();
  bool fill_scan_keys(RowView key, uint64* changed_by_policy);
  bool look_up(IndexScanDesc by_index);
  bool lock_found(const SnapshotData& dirty);
  bool find(RowView key);
  bool find_latest(RowView key);
  TM_Result remove_found();
  TM_Result update_found(const NetChange& change);
  void set_cells(RowView row);
  void set_known_cells(RowView row);
  void store_new_row(RowView row);
  void store_updated_row(const NetChange& change);
  void check_new_row(CmdType command);
  void buffer_row(const NetChange& change);
  void index_buffered_row(TupleTableSlot* slot);
};

static_assert(std::is_trivially_destructible_v<TableWriter>, "ereport may jump over it");

}  // namespace mysql_sync::apply

#endif  // MYSQL_SYNC_EXECUTOR_API
