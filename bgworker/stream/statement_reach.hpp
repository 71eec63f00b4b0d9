// Which tables of the task a statement changes that is logged as a statement: those that it names, and those
// that views, triggers, functions and foreign keys lead it to. The source's catalog tells these as they are
// now, not as they were at the statement.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "bgworker/stream/routed_tables.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "source/connection.hpp"
#include "source/source_programs.hpp"

namespace mysql_sync {

struct Reach {
  std::vector<MappedTable*> tables;
  std::string unknown;  ///< not empty: why it may change any table
};

/// What was read of the source is kept until a statement changes it, so that statements on the same tables
/// cost no query.
class StatementReach {
 public:
  /// `control` and `tables` must outlive it. `rights`: as they were when `control` was opened. `judged`: what
  /// take_judged() gave to workers before this one.
  StatementReach(source::Connection& control, RoutedTables& tables, source::CatalogRights rights,
                 bool mariadb, BinlogPosition judged);

  /// Of a statement that ends at `place` of the binlog.
  Reach of(const ddl::RowStatement& statement, const BinlogPosition& place);
  /// Up to where statements before it were judged by what the source has had since; nothing if that has
  /// not changed since the last call.
  std::optional<BinlogPosition> take_judged();
  /// What hangs on these names changes at `place` of the binlog. True if a statement before it was judged
  /// by what the source has since: it may have changed any table.
  bool forget(const std::vector<ddl::TableName>& names, const BinlogPosition& place);
  bool forget(const ddl::ProgramStatement& statement, const BinlogPosition& place);
  /// The database is dropped. True as above.
  bool forget_database(const std::string& database, const BinlogPosition& place);
  /// Foreign keys or names of tables change.
  void forget_all();

 private:
  /// What hangs on a name.
  struct Known {
    std::vector<ddl::RowStatement> queries;   ///< of a view
    std::vector<ddl::RowStatement> programs;  ///< that run: of triggers, or a routine
    std::string hidden;                       ///< not empty: why there may be a view or a routine
    std::string hidden_triggers;              ///< likewise
    BinlogPosition read_until;                ///< end of the binlog when it was read
  };
  class Walk;

  const Known& of_table(const ddl::TableName& name);
  const Known& of_routine(const ddl::TableName& name);
  /// Tables that a foreign key changes with this one.
  const std::vector<ddl::TableName>& children_of(const ddl::TableName& name);
  std::string table_key(const ddl::TableName& name) const;
  std::string routine_key(const ddl::TableName& name) const;
  const Known& keep(const std::string& key, Known known);
  const Known& use(const Known& known);
  /// True if a worker before this one may have judged by what changes there.
  bool was_judged(const BinlogPosition& place) const { return place <= judged_before_; }
  bool forget_key(const std::string& key, const BinlogPosition& place);
  ddl::SessionContext session_of(const source::ProgramText& text) const;

  source::Connection& control_;
  RoutedTables& tables_;
  source::CatalogRights rights_;
  bool mariadb_;
  BinlogPosition judged_before_;  // empty: nothing was
  BinlogPosition judged_;
  bool judged_is_new_ = false;
  BinlogPosition place_;  // of the statement being judged
  std::unordered_map<std::string, Known> known_;
  std::optional<std::unordered_map<std::string, std::vector<ddl::TableName>>> children_;
};

}  // namespace mysql_sync
