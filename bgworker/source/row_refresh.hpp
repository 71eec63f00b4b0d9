// Rows that are read anew from the source while the binlog is applied: where it says too little of a row, and
// the target's own is not certain to be what the source had.
//
// That is so while a task catches up with its load, as the target may be ahead of the event, and for good
// where the target is no copy. A row that was read is ahead of the binlog itself: up to the end of the binlog
// noted after the reading, changes of it are idempotent. See docs/architecture.md, "Rows that are not whole".
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "bgworker/source/row_names.hpp"
#include "bgworker/source/source_rows.hpp"
#include "core/binlog/position.hpp"

namespace mysql_sync {

/// Where a change stands in the binlog.
struct ChangePlace {
  BinlogPosition begin;  ///< the transaction begins here or later
  BinlogPosition end;    ///< and ends here or later; exactly known only as far as it was read
};

class RowRefresh {
 public:
  /// `source` must outlive it. `is_copy`: the target is a copy of the source from `consistent` on.
  RowRefresh(source::Connection& source, bool is_copy, BinlogPosition consistent)
      : source_(source), is_copy_(is_copy), inexact_until_(consistent), ahead_until_(std::move(consistent)) {}

  /// What is known of the row that an update makes of another; neither is_ahead().
  RowBasis basis(const MappedTable& table, RowView before, RowView after, const ChangePlace& place);

  /// False: no row is ahead.
  bool has_windows() const { return !windows_.empty(); }
  /// The row of this key was read after the change at `place`: the target has it, or has none, as the change
  /// and others behind it left it.
  bool is_ahead(const MappedTable& table, RowView row, const ChangePlace& place);

  /// Reads the rows of these keys as they are now, as upserts; keys that the source has no more give deletes.
  /// Needs no transaction. The views live until the next call. Every change that was read from the binlog
  /// before the call is in what it returns. Nothing if the source has the table no more, or with other
  /// columns.
  std::optional<TableChanges> read(const MappedTable& table, const std::vector<NetChange>& keys);

  /// True if the source's columns take nothing that those known do not take.
  bool knows_columns(const MappedTable& table);

  /// DDL is about to change the target: its rows are not what was read any more, so changes that were in them
  /// have to be made again.
  void forget_windows();

  /// Rows of the table were changed here by what the target has, which may be ahead of the binlog: what was
  /// in a row as it was read counts no more, and rows may be missing that the source has.
  void distrust(const MappedTable& table) { distrusted_[table.number] = {count_, ahead_until_}; }
  /// After that: whether an update that lacks cells may find no row though the source has one.
  bool may_lack(const MappedTable& table, const ChangePlace& place) const;

  /// Up to here changes have to be idempotent.
  const BinlogPosition& ahead_until() const { return ahead_until_; }
  /// Calls of read() so far.
  uint64_t count() const { return count_; }

 private:
  /// A row that was read holds everything up to `seen`, and nothing from `until` on.
  struct Window {
    BinlogPosition seen, until;
    uint64_t reading = 0;  ///< its number, from 1
  };
  struct Distrust {
    uint64_t readings = 0;  ///< that had been made
    BinlogPosition until;   ///< rows were ahead
  };

  const Window* window_of(const MappedTable& table, RowView row);
  bool read_all(const MappedTable& table, const std::vector<NetChange>& keys, TableChanges* rows);
  std::string query(const MappedTable& table, const SourceRows& reader, const NetChange* keys,
                    size_t count) const;
  std::string condition(const TableSchema& schema, RowView key) const;
  std::string literal(const Column& column, const Value& value) const;
  Status read_some(const MappedTable& table, const SourceRows& reader, const NetChange* keys, size_t count,
                   TableChanges* rows);
  Status read_rows(const std::string& query, const SourceRows& reader, TableChanges* rows);
  void remove_absent(const MappedTable& table, const std::vector<NetChange>& keys, TableChanges* rows);
  void note(const MappedTable& table, const std::vector<NetChange>& keys, const BinlogPosition& seen);

  source::Connection& source_;
  const bool is_copy_;
  BinlogPosition inexact_until_;  ///< changes that begin before it meet rows that may be ahead
  BinlogPosition ahead_until_;
  std::unordered_map<std::string, Window> windows_;    ///< by the name of the row
  std::unordered_map<uint32_t, Distrust> distrusted_;  ///< by the number of the table
  uint64_t count_ = 0;
  RowNames names_;
  Arena arena_;
};

}  // namespace mysql_sync
