// What foreign keys of the source do below its binlog: rows of a parent come, what becomes of their children
// is not logged. It is done here by statements, in the same transaction, before any change that was logged
// later. Where the children cannot be told they are loaded again.
#pragma once

#include <functional>

#include "apply/foreign_rows.hpp"
#include "bgworker/foreign_keys.hpp"
#include "bgworker/routed_tables.hpp"
#include "bgworker/target_session.hpp"
#include "core/base/arena.hpp"

namespace mysql_sync {

/// What it asks of the stream.
struct CascadeStream {
  std::function<bool(const MappedTable&)> is_live;   ///< changes at this place of the binlog go to its target
  std::function<bool(const MappedTable&)> is_exact;  ///< and its target is what the source was
  std::function<void()> changed_unnamed;             ///< rows of a table that is being read were changed
  std::function<void(MappedTable&, const std::string& reason)> doubt;  ///< its rows are not known any more
};

/// Everything that is handed in must outlive it. Not for several threads.
class Cascades {
 public:
  Cascades(const TaskConfig& config, RoutedTables& tables, TargetSession& target, bool fold_case,
           CascadeStream stream)
      : config_(config), tables_(tables), target_(target), keys_(fold_case), stream_(std::move(stream)) {}

  ForeignKeys& keys() { return keys_; }
  /// Reads the keys anew. What was noted refers to those that go, so it is done before.
  void read_keys(source::Connection& source) {
    run();
    keys_.read(source);
  }

  /// Before the rows of an event, of whatever table: what earlier ones have left to do comes first, but for
  /// the deletes of one table, which are gathered.
  void settle(const binlog::RowsEvent& event);
  /// A row of a table changed.
  void note(const TableSchema& parent, const binlog::RowChange& change);
  /// Rows of a table that is not selected changed.
  void note_watched(const binlog::RowsEvent& event);
  /// Rows of a table changed that cannot be read here.
  void doubt_children(const std::string& database, const std::string& table, binlog::RowsEvent::Kind kind);
  /// Does what was noted. At the end of each transaction.
  void run();
  /// Forgets what was noted: it took no effect.
  void clear() {
    pending_.clear();
    cells_.clear();
  }

 private:
  struct Pending {
    const ForeignKey* key = nullptr;
    bool removed = false;
    std::vector<Value> from, to;  // of the parent; `to` is empty where it was removed. Bytes are in cells_
  };
  struct Child {
    MappedTable* table = nullptr;
    std::vector<size_t> columns;
    std::unique_ptr<apply::ForeignRows> rows;
  };
  using Texts = std::vector<apply::ColumnTexts>;

  void note_key(const ForeignKey& key, const TableSchema& parent, const binlog::RowChange& change);
  void run_some(const ForeignKey& key, const Pending* rows, size_t count);
  Child child_of(const ForeignKey& key, bool removed);
  std::string cascade_obstacle(const ForeignKey& key, const MappedTable& child,
                               const std::vector<size_t>& places, bool removed);
  void follow(const ForeignKey& key, Child& child, const Texts& from, const Texts& to, int level);
  void follow_removed(Child& child, const Texts& keys, int level);
  void follow_changed(Child& child, const apply::ColumnTexts& from, const apply::ColumnTexts& to, int level);
  void follow_next(const ForeignKey& key, Texts old, Texts now, int level);
  std::optional<std::vector<size_t>> carried_columns(const ForeignKey& key, const MappedTable& parent);
  void doubt_rows_of(const ForeignKey& key, const std::string& why);
  void doubt_child(const ForeignKey& key, const std::string& why);
  void doubt_descendants(const ForeignKey& above);

  const TaskConfig& config_;
  RoutedTables& tables_;
  TargetSession& target_;
  ForeignKeys keys_;
  CascadeStream stream_;
  std::vector<Pending> pending_;
  Arena cells_;
  uint64_t table_id_ = 0;  // of the rows noted last
};

}  // namespace mysql_sync
