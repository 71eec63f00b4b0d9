// RENAME TABLE, carried: mappings and targets go to their new names, tables leave the selection and come into
// it. What becomes of each is planned first, see core/route/rename_plan.hpp.
#pragma once

#include "bgworker/stream/migrations.hpp"
#include "core/route/rename_plan.hpp"

namespace mysql_sync {

class NameMoves {
 public:
  NameMoves(StreamState& state, ReloadQueue& reloads, TaskTables& tables, NewTables& new_tables,
            Migrations& migrations)
      : state_(state),
        reloads_(reloads),
        task_tables_(tables),
        new_tables_(new_tables),
        migrations_(migrations) {}

  /// All of them at once.
  void move(const std::vector<TableMove>& pairs, const StatementContext& context);
  /// Whether the task has anything of the name `from`.
  bool knows(const TableMove& move);
  /// It is open which table has its name at this place of the binlog, if any: the source is asked.
  void doubt_name(MappedTable& table, const StatementContext& context);
  void doubt_name(const ddl::TableName& name, const StatementContext& context);
  /// Whether the source has a table of this name now.
  bool exists(const ddl::TableName& name);

 private:
  struct Mover;
  using Renamed = std::vector<std::pair<MappedTable*, ddl::TableName>>;
  Mover mover_of(const TableMove& move);
  void move_mappings(const std::vector<Mover>& movers, const std::vector<MoveAction>& actions,
                     const StatementContext& context);
  void reload_if_read_ahead(MappedTable& table, const StatementContext& context);
  void release_name(MappedTable& gone, const StatementContext& context);
  apply::TargetTable renamed_target(const MappedTable& table, const ddl::TableName& to) const;
  void rename_mappings(const Renamed& renamed, const StatementContext& context);
  void move_target(const MappedTable& table, const apply::TargetTable& from, const apply::TargetTable& to,
                   const StatementContext& context);
  void receive(Mover& mover, const StatementContext& context);
  void rename_away(MappedTable& table, const ddl::TableName& to, const std::string& reason,
                   const StatementContext& context);

  StreamState& state_;
  ReloadQueue& reloads_;
  TaskTables& task_tables_;
  NewTables& new_tables_;
  Migrations& migrations_;
};

}  // namespace mysql_sync
