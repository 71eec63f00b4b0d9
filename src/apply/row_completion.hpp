// Changes that say too little (binlog_row_image MINIMAL or NOBLOB, partial JSON), completed by what the
// target has: a row that got another key takes the cells that the source did not log with it, and JSON diffs
// are applied to the value that is there.
#pragma once

#include <map>

#include "apply/target_relation.hpp"
#include "core/base/arena.hpp"

namespace mysql_sync::apply {

/// Needs a transaction, and that none of `changes`, which must outlive it, is applied yet.
class RowCompletion {
 public:
  /// Reads rows of the target. Errors leave as pg::StatusError (kConflict if, in strict mode, a row is not
  /// there, or where JSON diffs do not fit) or pg::PgError. Idempotent: a row that is not there leaves the
  /// change an update of what is known, with the rest absent.
  RowCompletion(const TargetRelation& target, const TableChanges& changes, ApplyMode mode);

  /// The changes with nothing in them that is not complete, but for absent cells of updates, which keep what
  /// the row has.
  const TableChanges& changes() const { return completed_ ? *completed_ : given_; }

 private:
  struct Pending {
    NetChange* change;
    NetChange lookup;  ///< the key to look up, as a change by key
    Value* cells;      ///< of the change's row, ours to write to
    bool found = false;
  };
  using Groups = std::map<std::vector<size_t>, std::vector<Pending>>;

  std::vector<size_t> wanted_columns(const NetChange& change) const;
  bool is_needed(const std::vector<NetChange>& changes) const;
  void collect(std::vector<NetChange>& changes, Groups* groups);
  void complete(const std::vector<size_t>& columns, std::vector<Pending>& pending);
  void fetch(const std::vector<size_t>& columns, Pending* pending, size_t count);
  void take_row(const std::vector<size_t>& columns, uint64_t row, Pending& pending);
  void take_cell(const MappedColumn& column, const char* text, Pending& pending);
  void give_up(Pending& pending);
  void move_updates();

  const TargetRelation& target_;
  const TableChanges& given_;
  const bool strict_;
  std::optional<TableChanges> completed_;
  Arena arena_;
};

}  // namespace mysql_sync::apply
