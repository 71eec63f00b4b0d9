// Which tables are the task's: what its patterns select, and what becomes of a table that loses its name,
// gets it back or is dropped.
#pragma once

#include "bgworker/stream/reload_queue.hpp"
#include "core/route/migration_name.hpp"

namespace mysql_sync {

class TaskTables {
 public:
  TaskTables(StreamState& state, ReloadQueue& reloads) : state_(state), reloads_(reloads) {}

  /// Whether the task's patterns select the name, and it is none that an online schema change uses.
  bool selects(const ddl::TableName& name);
  struct Migration {
    MappedTable* table = nullptr;  ///< that it is of
    MigrationRole role = MigrationRole::kNone;
  };
  /// What a name is to the tables of the task, or to those that are away at the moment.
  std::optional<Migration> migration_of(const ddl::TableName& name);

  /// Stores a mapping that is new and routes the table's rows to it.
  MappedTable& add(MappedTable table);
  /// The source has dropped the table. Its target goes as well where the task says so.
  void drop(MappedTable& table, const StatementContext& context);
  /// No longer one of the task's tables. The mapping stays, to be seen.
  void retire(MappedTable& table);
  /// Frees what a worker that runs for years would keep of tables that come and go every day. Only between
  /// transactions of the target, as what is gathered refers to its tables.
  void forget_retired();

  /// Its name is none that the task selects, or none at all. Rows are not followed until it is back.
  void leave_selection(MappedTable& table, const ddl::TableName& to, const StatementContext& context);
  /// It has its name again, and its target is what it was when it left.
  void return_to_name(MappedTable& table);
  /// A table has the name again, whichever it is: the target becomes that one.
  void reselect(MappedTable& table, const std::string& reason, const StatementContext& context);
  /// Loads what has the name, because of a RENAME TABLE that may not have given it.
  void reload_by_name(MappedTable& table, const std::string& reason, const StatementContext& context);
  /// Stores the table's names and state.
  void save_place(const MappedTable& table);

  /// Forgets a copy of an online schema change.
  void remove_ghost(GhostTable& ghost);

 private:
  bool drops_target(const MappedTable& table);

  StreamState& state_;
  ReloadQueue& reloads_;
  bool has_retired_ = false;
};

}  // namespace mysql_sync
