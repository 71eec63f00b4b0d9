// RENAME TABLE that may be of a temporary table: whether it is followed, and what the binlog, or the names at
// the source, tell of it later; see core/route/doubtful_rename.hpp. One that turns out to be of a temporary
// table is undone, and what has its names is loaded again.
#pragma once

#include "bgworker/stream/name_moves.hpp"
#include "core/route/doubtful_rename.hpp"

namespace mysql_sync {

class DoubtfulNames {
 public:
  DoubtfulNames(StreamState& state, TaskTables& tables, NameMoves& moves)
      : state_(state), task_tables_(tables), moves_(moves) {}

  /// Reads what is stored of the task.
  void load(pg::SpiSession& spi);
  bool empty() const { return doubtful_.empty(); }

  void carry(const ddl::RenameTables& statement, const StatementContext& context);
  /// Renames that are certain.
  void rename(const std::vector<TableMove>& pairs, const StatementContext& context);
  /// A later statement makes a table of the name `move.to`, or takes one of the name `move.from` away or uses
  /// it, where these are not empty.
  void settle(const TableMove& move, const StatementContext& context, NameUse use);
  /// A statement or a row event uses a table of this name.
  void prove(const ddl::TableName& name, const StatementContext& context);
  /// Its tables have no names any more.
  void forget_database(const std::string& database);
  /// A followed rename that may have been of a temporary table has given the name.
  bool is_in_doubt(const ddl::TableName& name) const;

  /// DDL comes: the names seen at the source tell nothing of the place behind it.
  void forget_names_seen() { names_seen_.reset(); }
  bool has_seen_names() const { return names_seen_.has_value(); }
  /// The names that the source has at the end of its binlog are those of the place where the stream gets
  /// there, unless a statement comes in between.
  void verify();

 private:
  bool is_known_temporary(const TableMove& move, const StatementContext& context);
  bool is_ours(const ddl::TableName& name);
  bool renames_temporary(const TableMove& move, bool is_freed, const StatementContext& context);
  MappedTable* table_of_name(const ddl::TableName& name);
  void undo(const TableMove& move, const StatementContext& context);
  void verify_rename(const TableMove& move, bool has_from, bool has_to);
  void keep();

  StreamState& state_;
  TaskTables& task_tables_;
  NameMoves& moves_;
  std::vector<TableMove> doubtful_;  // followed, though perhaps of temporary tables
  /// Whether the source has the names of each of them, at an end of its binlog up to which no DDL is known.
  struct NamesSeen {
    BinlogPosition end;
    std::vector<std::pair<bool, bool>> there;
  };
  std::optional<NamesSeen> names_seen_;
};

}  // namespace mysql_sync
