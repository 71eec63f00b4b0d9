// Row changes gathered for one apply: for each table the net change of each key, bounded in rows and bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/arena.hpp"
#include "core/base/status.hpp"
#include "core/types/table_schema.hpp"
#include "core/types/value.hpp"

namespace mysql_sync {

/// How changes meet rows that are already there (or already gone).
enum class ApplyMode {
  kStrict,     ///< a missing or doubled row is an error: the target is not the copy it should be
  kIdempotent  ///< catching up after the load: the target may be ahead of the event
};

enum class NetKind : uint8_t { kInsert, kUpdate, kDelete };

/// What has to happen to one key. `row` holds all columns for insert and update; `key` the primary key's
/// cells in key order. A table without a primary key has the whole row as its key and no updates.
struct NetChange {
  NetKind kind = NetKind::kInsert;
  RowView key;
  RowView row;  ///< size 0 for a delete
};

/// The changes of one table, in the order in which they must be applied: deletes, then updates, then inserts,
/// each sorted by first appearance of the key in the binlog.
struct TableChanges {
  uint32_t table = 0;  ///< the caller's number for the table
  std::vector<NetChange> deletes, updates, inserts;
};

/// Owns copies of all cells until clear(). Not for several threads.
///
/// Merging, strict: insert+update = insert, insert+delete = nothing, update+update = update,
/// update+delete = delete, delete+insert = update. All else (insert+insert, delete+delete, delete+update,
/// update+insert) cannot happen on one key and is kConflict. Idempotent: the later one wins, and
/// insert+delete = delete; insert and update then both mean "make the row so, there or not", and a delete
/// may find nothing. An update that changes the key is a delete of the old and an insert of the new key.
/// Keys are equal where their bytes are (a case-insensitive collation of MySQL's does not matter: the target
/// sees two keys), but -0.0 equals 0.0.
///
/// A table without a primary key is a bag of rows: its inserts and deletes of equal rows cancel out, an
/// update is a delete and an insert, and a row may come out several times; it knows no conflicts, in either
/// mode.
///
/// After an error the batch holds a part of the change: clear() it.
class ChangeBatch {
 public:
  ChangeBatch();
  ~ChangeBatch();
  ChangeBatch(const ChangeBatch&) = delete;
  ChangeBatch& operator=(const ChangeBatch&) = delete;

  /// `schema` must live until clear(); the same number always comes with the same primary key. A row must
  /// have as many cells as the schema has columns (kInternal). The cells are copied.
  Status insert(uint32_t number, const TableSchema& schema, RowView row, ApplyMode mode);
  Status update(uint32_t number, const TableSchema& schema, RowView before, RowView after, ApplyMode mode);
  Status remove(uint32_t number, const TableSchema& schema, RowView before, ApplyMode mode);

  /// Net changes now held, and the bytes of memory they take: cells, keys and index.
  size_t changes() const;
  size_t bytes() const;
  /// Calls of insert(), update() and remove() since clear(): what the source did, for the statistics.
  size_t source_changes() const;
  bool empty() const { return changes() == 0; }

  /// The changes by table, tables in order of first appearance; tables whose changes cancelled out are left
  /// out. Views live until the next change or clear().
  std::vector<TableChanges> take_tables() const;
  void clear();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mysql_sync
