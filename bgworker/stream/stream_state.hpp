// What the parts of a stream share: what it is of, where it is, and the target's session.
#pragma once

#include <functional>
#include <string>

#include "bgworker/catalog/database_charsets.hpp"
#include "bgworker/catalog/ghost_tables.hpp"
#include "bgworker/catalog/prepared_transactions.hpp"
#include "bgworker/catalog/task_config.hpp"
#include "bgworker/catalog/task_progress.hpp"
#include "bgworker/reload/recent_keys.hpp"
#include "bgworker/source/row_names.hpp"
#include "bgworker/source/row_refresh.hpp"
#include "bgworker/stream/routed_tables.hpp"
#include "bgworker/stream/statement_context.hpp"
#include "bgworker/stream/temporary_tables.hpp"
#include "bgworker/target/target_session.hpp"
#include "bgworker/worker/worker_runtime.hpp"
#include "core/binlog/transaction_tracker.hpp"
#include "source/source_metadata.hpp"
#include "source/source_programs.hpp"

namespace mysql_sync {

/// What the stream must know of the source beside its events.
struct SourceFacts {
  bool mariadb = false;
  SourceNames names;
  bool lowers_names = false;  ///< names of tables are stored in lower case
  bool explicit_defaults_for_timestamp = true;
  int64_t clock_offset_us = 0;  ///< our clock minus the source's
  CollationCharsets charset_of_collation;
  source::CatalogRights rights;
  std::function<source::Connection()> connect;  ///< opens another connection
};

/// Its parts hold a reference to it and outlive nothing of it. What an error leaves of it is good for
/// destruction only, but for `transactions`, `target` and `current_table`, which tell where it was.
struct StreamState {
  /// `control` is a connection of its own. `void_rows` and `unrelated` must outlive it.
  StreamState(const TaskConfig& config, const TaskProgress& progress, std::vector<MappedTable> tables,
              source::Connection control, SourceFacts facts, const binlog::VoidRows& void_rows,
              UnrelatedXids& unrelated);

  /// Whether changes and DDL of the transaction being read concern the table as it is known: see
  /// TableLife::is_live(). Where not, only RENAME and DROP of the table are followed.
  bool is_live(const MappedTable& table) const { return table.life.is_live(transactions.boundary()); }
  /// See TableLife::is_ahead().
  bool is_ahead(const MappedTable& table) const { return table.life.is_ahead(transactions.boundary()); }
  /// Whether what columns are called is followed in a table that waits for its reload.
  bool follows_names(const MappedTable& table) const;
  /// How changes of the transaction being read are applied to the table.
  ApplyMode mode(const MappedTable& table) const;
  /// Whether rows of the table may have been read ahead of the transaction being read.
  bool has_rows_ahead(const MappedTable& table) const;
  /// Whether the row event being handled took no effect.
  bool is_void() const;
  /// After rows may have been read from the source.
  void widen_catch_up();

  /// For what happens between the events, or for another reason than a statement.
  StatementContext no_statement() const;
  /// In the target transaction of the statement, behind all that was gathered before it.
  void in_ddl(const std::function<void(pg::SpiSession&)>& work);
  /// Says something in mysql_sync.errors that is no reason to look at the task.
  void note(const std::string& table, const std::string& message, const StatementContext& context);
  /// Warns that rows of a target may differ.
  void warn_of_rows(const MappedTable& table, const std::string& reason, const StatementContext& context);

  const TaskConfig& config;
  const SourceFacts facts;
  source::Connection control;
  RoutedTables tables;
  GhostTables ghosts;
  DatabaseCharsets databases;
  TemporaryTables temporary;
  uint32_t source_version = 0;  ///< of the server that wrote the file, as FormatDescriptionEvent has it

  RowRefresh refresh;
  TargetSession target;
  PreparedTransactions prepared;
  RecentKeys recent;
  RowNames names;
  /// Commits the open target transaction, while the source goes on.
  std::function<void()> commit;

  binlog::TransactionTracker transactions;
  BinlogPosition consistent;         ///< up to here idempotently: further where rows were read again
  bool touches_us = false;           ///< the transaction being read concerns the task
  bool lets_go = false;              ///< the events being handled were held back
  bool commits_xa = false;           ///< the rows being applied were prepared before
  bool commits_at_boundary = false;  ///< what was done can be used only after its commit
  std::string_view event_bytes;      ///< of the event being handled
  std::string current_table;         ///< for messages

 private:
  uint64_t refreshes_ = 0;  // seen of refresh
};

/// Of an event that is no statement. `now`: StreamState::no_statement().
StatementContext context_of(const binlog::EventHeader& header, StatementContext now);

/// An entry of mysql_sync.errors on a table, with the place and the text of the statement.
ErrorEntry entry_of(const std::string& table, const std::string& message, const StatementContext& context);

/// "database.table".
std::string display_name(const ddl::TableName& name);

/// Throws kUnsupported: what a statement does to a table is not carried.
[[noreturn]] void fail_not_carried(const MappedTable& table, const std::string& what,
                                   const StatementContext& context);
/// What remains where a statement stops the task.
const char* how_to_go_on();

constexpr const char* kUnknownCharset = "only the source knows the character set that it has now";

}  // namespace mysql_sync
