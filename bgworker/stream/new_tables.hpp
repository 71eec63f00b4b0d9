// Tables that come into a running task: made on the source, or renamed to a name that the task selects.
#pragma once

#include "bgworker/stream/session_times.hpp"
#include "bgworker/stream/task_tables.hpp"

namespace mysql_sync {

class NewTables {
 public:
  NewTables(StreamState& state, ReloadQueue& reloads, TaskTables& tables, SessionTimes& times)
      : state_(state), reloads_(reloads), task_tables_(tables), times_(times) {}

  /// A table that was just made, and is empty: what comes into it is in the binlog from here on.
  void add_empty(const TableSchema& schema, const std::string& charset, const StatementContext& context);
  /// A table with rows: they have to be read from the source.
  void add_with_rows(const ddl::TableName& name, const std::string& reason, const StatementContext& context);
  /// True for a table that was added with its rows and turns out to be none that can be carried: it is
  /// forgotten, as if it had never been selected, until a statement changes it. A target that was kept goes
  /// on being known as ours.
  bool leave_out(MappedTable& table, const MappedTable& planned);
  /// The columns of a new table, and its character set; nothing if the statement does not tell them.
  std::optional<MappedTable> definition_of(const ddl::CreateTable& statement,
                                           const StatementContext& context);
  /// The columns of the table of the same target that the task has filled and kept; see kept_columns().
  std::optional<apply::SourceColumns> own_remains(const apply::TargetTable& target);

 private:
  void warn_not_carried(const ddl::TableName& name, const std::string& why, const StatementContext& context);
  std::string target_in_use(const apply::TargetTable& target);
  void check_new_target(const MappedTable& table, bool is_own, const StatementContext& context);
  std::optional<MappedTable> new_mapping(const TableSchema& schema, const StatementContext& context);
  void bring_new_labels(const MappedTable& table);
  void fill_new_target(MappedTable& table, const apply::SourceColumns& before);

  StreamState& state_;
  ReloadQueue& reloads_;
  TaskTables& task_tables_;
  SessionTimes& times_;
};

}  // namespace mysql_sync
