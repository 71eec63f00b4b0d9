// What foreign keys of the source do below its binlog: rows of a parent come, what becomes of their children
// is not logged. It is done here by statements, in the same transaction, before any change that was logged
// later. Where the children cannot be told they are loaded again.
#pragma once

#include <functional>
#include <tuple>

#include "apply/foreign_rows.hpp"
#include "bgworker/stream/foreign_keys.hpp"
#include "bgworker/stream/routed_tables.hpp"
#include "bgworker/target/target_session.hpp"
#include "core/base/arena.hpp"

namespace mysql_sync {

/// What it asks of the stream.
struct CascadeStream {
  std::function<bool(const MappedTable&)> is_live;   ///< changes at this place of the binlog go to its target
  std::function<bool(const MappedTable&)> is_exact;  ///< and its target is what the source was
  std::function<void()> changed_unnamed;             ///< rows of a table that is being read were changed
  std::function<void(const MappedTable&)> changed_ahead;               ///< likewise of one that is not exact
  std::function<void(MappedTable&, const std::string& reason)> doubt;  ///< its rows are not known any more
};

/// Everything that is handed in must outlive it. Not thread-safe.
class Cascades {
 public:
  Cascades(const TaskConfig& config, RoutedTables& tables, TargetSession& target, SourceNames names,
           CascadeStream stream)
      : config_(config), tables_(tables), target_(target), keys_(names), stream_(std::move(stream)) {}

  ForeignKeys& keys() { return keys_; }
  /// Reads the keys anew. What was noted refers to those that go, so it is done before.
  void read_keys(source::Connection& source) {
    run();
    keys_.read(source);
  }

  /// Before the rows of an event, of whatever table: what earlier ones have left to do comes first, but for
  /// the deletes of one table, which are gathered.
  void settle(const binlog::RowsEvent& event);
  /// Whether changes of this kind have effects below the table that the task carries.
  bool concerns(const TableSchema& parent, binlog::RowsEvent::Kind kind) const;
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
  /// A key, and what became of the rows that it refers to: they were removed, or their keys changed.
  struct Link {
    const ForeignKey* key = nullptr;
    bool removed = false;

    ForeignAction action() const { return removed ? key->on_delete : key->on_update; }
    bool removes() const { return removed && key->on_delete == ForeignAction::kCascade; }
    bool operator==(const Link& other) const { return key == other.key && removed == other.removed; }
    bool operator<(const Link& other) const {
      return std::tie(key, removed) < std::tie(other.key, other.removed);
    }
  };
  struct Pending {
    Link link;
    std::vector<Value> from, to;  // of the parent; `to` is empty if it was removed. Bytes are in cells_
  };
  struct Child {
    MappedTable* table = nullptr;
    bool is_exact = false;
    std::vector<size_t> columns;
    std::unique_ptr<apply::ForeignRows> rows;
  };
  using Texts = std::vector<apply::ColumnTexts>;

  std::vector<Link> links_of(const std::string& database, const std::string& table, bool removed) const;
  std::vector<Link> links_below(const Link& above) const;
  std::vector<Link> all_below(const Link& above) const;
  bool carries(const Link& link) const;
  bool matters(const Link& link) const;
  bool has_types_of(const Link& link, const TableSchema& parent, const std::vector<size_t>& places);
  void note_key(const Link& link, const TableSchema& parent, const binlog::RowChange& change);
  void run_some(const Link& link, const Pending* rows, size_t count);
  void with_child(const Link& link, const std::function<void(Child&)>& work);
  void follow_rows(const Link& link, Child& child, const Pending* rows, size_t count);
  Child child_of(const Link& link);
  std::string cascade_obstacle(const Link& link, const MappedTable& child, const std::vector<size_t>& places,
                               bool is_exact);
  void follow(const Link& link, Child& child, const Texts& from, const Texts& to, int level);
  using Below = std::vector<std::pair<Link, Texts>>;  // with what the rows had that it refers to
  Below look_below(const Link& link, Child& child, const Texts& keys);
  void follow_removed(const Link& link, Child& child, const Texts& keys, int level);
  void follow_changed(const Link& link, Child& child, const apply::ColumnTexts& from,
                      const apply::ColumnTexts& to, int level);
  void follow_next(const Link& link, Texts old, Texts now, int level);
  void doubt_rows_of(const Link& link, const std::string& why);
  void doubt_child(const Link& link, const std::string& why);
  void doubt_descendants(const Link& above);

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
