// Online schema changes: their copies are followed, and take their tables' place; see ghost_tables.hpp.
#pragma once

#include <set>
#include <unordered_map>

#include "bgworker/stream/alter_carrier.hpp"
#include "bgworker/stream/new_tables.hpp"

namespace mysql_sync {

class Migrations {
 public:
  Migrations(StreamState& state, ReloadQueue& reloads, TaskTables& tables, NewTables& new_tables,
             SessionTimes& times, AlterCarrier& alters)
      : state_(state),
        reloads_(reloads),
        task_tables_(tables),
        new_tables_(new_tables),
        times_(times),
        alters_(alters) {}

  /// True if the new table is one of a migration's: followed, or of no concern.
  bool begin(const ddl::CreateTable& statement, const StatementContext& context);
  /// The copy is altered while it is empty, or nearly so: what that did to rows does not count, what the
  /// columns are then does.
  void alter(GhostTable& ghost, const ddl::AlterTable& statement, const StatementContext& context);
  /// The copy gets another name. False if it turns out to be a table like any other.
  bool move(GhostTable& ghost, const ddl::TableName& to, const StatementContext& context);
  /// The copy was dropped. If its table is gone as well, it will not come back.
  void give_up(GhostTable& ghost, const StatementContext& context);
  /// pt-online-schema-change keeps the copy up to date by three triggers on the table.
  void note_trigger(const ddl::ProgramStatement& statement);
  /// Rows of a copy that come by a statement are not counted.
  void lose_count(const ddl::RowStatement& statement);

  /// The table map of a table that is none of the task's. The copy that it is of; nullptr: none.
  MappedTable* announce_copy(const binlog::TableMapEvent& event);
  /// Rows of a copy.
  void count_copied(const MappedTable& copy, const binlog::RowsEvent& event);
  /// gh-ost's notes of a migration, as soon as a row event tells one.
  void look_for_hint(const binlog::RowsEvent& event);

  /// Stores what is known of a copy.
  void save(const GhostTable& ghost);
  /// Stores what has become known since the last commit.
  void save_progress();

 private:
  std::string doubt_copy(const MappedTable& table, const GhostTable& ghost);
  bool writes_to(const ddl::ProgramStatement& trigger, const ddl::TableName& name) const;
  void cut_over(MappedTable& table, GhostTable& ghost, const StatementContext& context);

  StreamState& state_;
  ReloadQueue& reloads_;
  TaskTables& task_tables_;
  NewTables& new_tables_;
  SessionTimes& times_;
  AlterCarrier& alters_;
  std::set<std::string> changelogs_;  // keys of the copies that gh-ost has made changelogs for
  std::unordered_map<uint64_t, uint32_t> changelog_ids_;  // number of the copy, by number of the changelog
};

}  // namespace mysql_sync
