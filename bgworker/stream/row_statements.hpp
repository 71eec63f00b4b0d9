// Statements that were logged as statements: what they changed is not in the binlog as rows, and is read from
// the source again.
#pragma once

#include "bgworker/stream/held_rows.hpp"
#include "bgworker/stream/migrations.hpp"
#include "bgworker/stream/statement_reach.hpp"

namespace mysql_sync {

class RowStatements {
 public:
  /// `judged`: see StatementReach.
  RowStatements(StreamState& state, ReloadQueue& reloads, HeldRows& held, Migrations& migrations,
                const BinlogPosition& judged);

  void carry(const ddl::RowStatement& statement, const StatementContext& context);
  void carry(const ddl::ProgramStatement& statement, const StatementContext& context);
  /// A statement in a transaction that was rolled back as a whole.
  void doubt_void(const ddl::Statement& statement, const StatementContext& context);
  /// DDL changes what hangs on names of tables.
  void follow_reach(const ddl::Statement& statement, const StatementContext& context);

  /// Of which table of the name a statement is that the source marks as one of temporary tables cannot be
  /// told where nobody saw the temporary one made. True if it is, or the table is loaded again.
  bool is_of_temporary(const ddl::Statement& statement, const StatementContext& context);
  /// Statements on temporary tables of their session, where the binlog has the one that made them.
  void follow_temporary(const ddl::Statement& statement, const StatementContext& context);

 private:
  ddl::RowStatement without_temporary(ddl::RowStatement statement, const StatementContext& context) const;
  std::vector<MappedTable*> tables_in_reach(const StatementContext& context);
  Reach reach_of(const ddl::RowStatement& statement);
  std::vector<MappedTable*> tables_of(const Reach& reach, const StatementContext& context);
  void doubt_rollbacks(const Reach& reach, const StatementContext& context);
  void hold(const Reach& reach, const StatementContext& context);
  bool is_emptied_by(const MappedTable& table, const ddl::RowStatement& statement,
                     const StatementContext& context) const;
  void forget_reach(bool doubts, const StatementContext& context);
  void empty_table(MappedTable& table, const StatementContext& context);
  void read_again(MappedTable& table, const std::string& reason, const char* remedy,
                  const StatementContext& context);
  void doubt_all(const std::string& reason, const char* remedy, const StatementContext& context);

  StreamState& state_;
  ReloadQueue& reloads_;
  HeldRows& held_;
  Migrations& migrations_;
  StatementReach reach_;
  bool has_warned_ = false;
};

}  // namespace mysql_sync
