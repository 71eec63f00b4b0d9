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

/// What is known of the row that an update changes where the update does not tell all of its cells.
enum class RowBasis : uint8_t {
  kTarget,  ///< the target has it as it was before the update, or will once the batch is applied
  kSource   ///< that is not certain: only the source has the row
};

enum class NetKind : uint8_t { kInsert, kUpdate, kDelete };

/// What has to happen to one key. `row` holds all columns for insert and update; `key` the primary key's
/// cells in key order. A table without a primary key has the whole row as its key and no updates.
///
/// Cells of `row` that are not Value::is_complete() depend on a row of the target as it is before any change
/// of the batch: the one with the key `origin`. Where `origin` is empty this is an update: an absent cell
/// keeps what the row has, and a kJsonDiff is to be applied to it.
struct NetChange {
  NetKind kind = NetKind::kInsert;
  RowView key;
  RowView row;  ///< size 0 for a delete
  RowView origin;
  bool partial = false;  ///< `row` may have cells that are not complete
};

/// The changes of one table, in the order in which they must be applied: deletes, then updates, then inserts,
/// each sorted by first appearance of the key in the binlog.
struct TableChanges {
  uint32_t table = 0;  ///< the caller's number for the table
  std::vector<NetChange> deletes, updates, inserts;
  /// Keys whose rows must be read from the source, after all else: their `row` says too little.
  std::vector<NetChange> refreshes;

  bool empty() const { return deletes.empty() && updates.empty() && inserts.empty() && refreshes.empty(); }
};

/// Owns copies of all cells until clear(). Not thread-safe.
///
/// Merging, strict: insert+update = insert, insert+delete = nothing, update+update = update,
/// update+delete = delete, delete+insert = update. All else (insert+insert, delete+delete, delete+update,
/// update+insert) cannot happen on one key and is kConflict. Idempotent: the later one wins, and
/// insert+delete = delete; insert and update then both mean "make the row so, there or not", and a delete
/// may find nothing. An update that changes the key is a delete of the old and an insert of the new key.
/// Keys are equal where their bytes are (a case-insensitive collation of MySQL's does not matter: the target
/// sees two keys), but -0.0 equals 0.0.
///
/// An update may lack cells (Value::is_complete()). What the batch knows of the key fills them in; the rest
/// is left to NetChange::origin, to the row of the target, or to the source, as `basis` says. In idempotent
/// mode an update that lacks cells does nothing to a key that the batch deletes.
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
  Status update(uint32_t number, const TableSchema& schema, RowView before, RowView after, ApplyMode mode,
                RowBasis basis = RowBasis::kTarget);
  Status remove(uint32_t number, const TableSchema& schema, RowView before, ApplyMode mode);
  /// The row of this key, which the batch has changed, is to be read from the source whatever is known of it.
  void refresh(uint32_t number, const TableSchema& schema, RowView row);

  /// Net changes now held, and the bytes of memory they take: cells, keys and index.
  size_t changes() const;
  size_t bytes() const;
  /// Calls of insert(), update() and remove() since clear(): what the source did, for the statistics.
  size_t source_changes() const;
  /// Changes since clear() that may need a row of the target or the source to be read.
  size_t unresolved() const;
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
