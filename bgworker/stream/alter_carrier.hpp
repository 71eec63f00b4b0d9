// ALTER TABLE of a table of the task, carried to its target, or by a reload of the table.
#pragma once

#include "bgworker/stream/reload_queue.hpp"
#include "bgworker/stream/session_times.hpp"
#include "core/ddl/schema_change.hpp"

namespace mysql_sync {

class AlterCarrier {
 public:
  AlterCarrier(StreamState& state, ReloadQueue& reloads, SessionTimes& times)
      : state_(state), reloads_(reloads), times_(times) {}

  /// Throws kUnsupported if the task does not carry it.
  void alter(MappedTable& table, const ddl::AlterTable& statement, const StatementContext& context);
  /// What comes to an ALTER TABLE. `default_charset`: of the table after it; empty: as before.
  void carry(MappedTable& table, const ddl::AlterOutcome& outcome, const std::string& default_charset,
             const StatementContext& context);
  /// What columns are called goes on being followed where a reload is to bring all else: what was chosen for
  /// a column stays with it. The binlog alone tells a rename from a column that goes and another one that
  /// comes.
  void follow_names(MappedTable& table, const std::vector<std::string>& names);
  /// Labels that rows behind the statement may use. Before anything else of it: where a target transaction is
  /// open, labels come within it.
  void bring_labels(const MappedTable& table, const ddl::AlterOutcome& outcome);

 private:
  std::optional<std::string> reload_reason(const MappedTable& table, const ddl::AlterOutcome& outcome);
  std::vector<std::string> read_as(const MappedTable& table, const ddl::AlterOutcome& outcome) const;
  bool changes_hands(const MappedTable& table, const ddl::AlterOutcome& outcome) const;
  MappedTable with_columns(const MappedTable& table, const ddl::AlterOutcome& outcome) const;
  void have_columns(MappedTable& table, MappedTable after);
  std::vector<std::string> try_columns(const MappedTable& table, const ddl::AlterOutcome& outcome);
  void note_kept(const MappedTable& table, const pg::ErrorReport& report);
  void take_columns(MappedTable& table, const ddl::AlterOutcome& outcome, const StatementContext& context);
  std::vector<std::string> keep_target(const MappedTable& table, const ddl::AlterOutcome& outcome);
  static void check_carried(const MappedTable& table, const ddl::AlterOutcome& outcome,
                            const StatementContext& context);

  StreamState& state_;
  ReloadQueue& reloads_;
  SessionTimes& times_;
};

}  // namespace mysql_sync
