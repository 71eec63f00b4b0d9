// The binlog of the source, applied: follows transactions and DDL, decides where a target transaction ends.
//
// Only the boundary, the position after the last complete source transaction, is ever committed. A target
// transaction ends there, when the batch is full, when the source has nothing more at the moment, or
// when the oldest change has waited for half a second. A source transaction larger than a batch is applied in
// several statements of one target transaction.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <string>
#include <unordered_set>

#include "bgworker/stream/cascades.hpp"
#include "bgworker/catalog/database_charsets.hpp"
#include "bgworker/catalog/ghost_tables.hpp"
#include "bgworker/catalog/prepared_transactions.hpp"
#include "bgworker/reload/recent_keys.hpp"
#include "bgworker/reload/reload_pauses.hpp"
#include "bgworker/stream/routed_tables.hpp"
#include "bgworker/stream/statement_reach.hpp"
#include "bgworker/reload/table_reload.hpp"
#include "bgworker/target/target_session.hpp"
#include "bgworker/catalog/task_config.hpp"
#include "bgworker/stream/temporary_tables.hpp"
#include "bgworker/stream/statement_context.hpp"
#include "bgworker/stream/stream_end.hpp"
#include "bgworker/worker/worker_runtime.hpp"
#include "core/batch/commit_policy.hpp"
#include "core/binlog/event_decoder.hpp"
#include "core/binlog/savepoints.hpp"
#include "core/binlog/transaction_tracker.hpp"
#include "core/ddl/schema_change.hpp"
#include "core/route/migration_name.hpp"
#include "core/route/doubtful_rename.hpp"
#include "core/route/rename_plan.hpp"
#include "source/binlog_stream.hpp"

namespace mysql_sync {

/// What the stream must know of the source beside its events.
struct SourceFacts {
  bool mariadb = false;
  bool fold_case = false;     ///< names of tables are compared without case
  bool lowers_names = false;  ///< and are lower case
  bool explicit_defaults_for_timestamp = true;
  int64_t clock_offset_us = 0;  ///< our clock minus the source's
  CollationCharsets charset_of_collation;
  source::CatalogRights rights;
  std::function<source::Connection()> connect;  ///< opens another connection
};

class ChangeStream {
 public:
  /// `control` is a connection of its own, for the end of the binlog. `void_rows` are
  /// passed over. It and `unrelated` must outlive the stream.
  ChangeStream(const TaskConfig& config, const TaskProgress& progress, std::vector<MappedTable> tables,
               source::Connection control, SourceFacts facts, const binlog::VoidRows& void_rows,
               UnrelatedXids& unrelated);

  /// Streams until something ends it. An error leaves as an exception. The destructor undoes the open target
  /// transaction.
  StreamEnd run(source::BinlogStream stream);

  /// Where the stream was when it ended.
  ErrorPlace place() const;
  /// True once something after the start was committed.
  bool has_progressed() const { return policy_.commits() > 1; }

 private:
  /// Only the source knows the table's rows from here on: what was gathered is applied, the table waits for a
  /// reload, and mysql_sync.errors says why. In the open target transaction. `statement`: of the source,
  /// where one is the reason. Throws kUnsupported where the task cannot reload a table.
  void request_reload(MappedTable& table, const std::string& reason, const std::string& statement);
  /// Whether changes and DDL of the transaction being read concern the table as it is known: see
  /// TableLife::is_live(). Where not, only RENAME and DROP of the table are followed.
  bool is_live(const MappedTable& table) const { return table.life.is_live(transactions_.boundary()); }
  bool is_ahead(const MappedTable& table) const { return table.life.is_ahead(transactions_.boundary()); }

  void begin();
  [[noreturn]] void follow(source::BinlogStream& stream);

  using Clock = std::chrono::steady_clock;
  using Header = binlog::EventHeader;

  void handle_packet(std::string_view packet);
  void handle(const binlog::Event& event);
  void handle_embedded(const binlog::Event& event);
  void follow(const binlog::Event& event, const binlog::TransactionStep& step);
  void on(const Header&, const binlog::RotateEvent& event);
  void on(const Header& header, const binlog::FormatDescriptionEvent& event);
  void on(const Header& header, const binlog::QueryEvent& event);
  void on(const Header&, const binlog::XidEvent&) {}
  void on(const Header&, const binlog::GtidEvent&) {}
  void on(const Header&, const binlog::GtidListEvent&) {}
  void on(const Header&, const binlog::HeartbeatEvent&) {}
  void on(const Header& header, const binlog::TableMapEvent& event);
  void on(const Header&, const binlog::RowsEvent& event);
  void route_rows(const binlog::RowsEvent& event);
  void take_rows(MappedTable& table, const binlog::RowsEvent& event);
  void on(const Header&, const binlog::TransactionPayloadEvent& event);
  void on(const Header&, const binlog::IncidentEvent& event);
  void on(const Header&, const binlog::XaPrepareEvent&) {}
  void on(const Header&, const binlog::IgnoredEvent&) {}
  void on(const Header& header, const binlog::UnknownEvent&);

  void move_boundary();
  void widen_catch_up();
  void end_transaction(const Header& header);
  void end_committed(const Header& header);
  void end_rolled_back(const Header& header);
  void check_not_applied();
  void end_prepared(const Header& header, bool one_phase);
  void end_xa_statement(const Header& header, const binlog::TransactionStep& step);
  void apply_events(binlog::PieceReader events);
  void commit_current_xa();
  void commit_prepared(const std::string& xid);
  void drop_torn_transaction();
  bool is_void() const;
  ApplyMode mode(const MappedTable& table) const;
  bool selects(binlog::RowsEvent::Kind kind) const;

  StatementContext context_of(const Header& header) const;
  StatementContext context_of(const Header& header, const binlog::QueryEvent& event) const;
  StatementContext no_statement() const;
  ddl::SessionContext session_of(const binlog::QueryEvent& event) const;
  std::string charset_of_collation(uint16_t collation) const;
  std::string session_charset(const binlog::QueryEvent& event) const;
  std::string charset_of_database(const std::string& database);
  std::string statement_in_utf8(const binlog::QueryEvent& event) const;
  ddl::Statement parse_statement(const std::string& sql, const binlog::QueryEvent& event);
  void run_statement(const StatementContext& context, const ddl::AlterTable& statement);
  void run_statement(const StatementContext& context, const ddl::TruncateTable& statement);
  void run_statement(const StatementContext& context, const ddl::CreateTable& statement);
  void run_statement(const StatementContext& context, const ddl::DropTables& statement);
  void run_statement(const StatementContext& context, const ddl::RenameTables& statement);
  void run_statement(const StatementContext& context, const ddl::DatabaseStatement& statement);
  void run_statement(const StatementContext& context, const ddl::RowStatement& statement);
  void run_statement(const StatementContext& context, const ddl::ProgramStatement& statement);
  void run_statement(const StatementContext&, const ddl::Irrelevant&) {}
  Result<ddl::Statement> parse_in_database(const std::string& sql, ddl::SessionContext& session);
  std::optional<ddl::Statement> unread_alter(const std::string& sql, const ddl::SessionContext& session,
                                             const Status& problem);
  void check_nothing_waits(const std::vector<ddl::TableName>& names, const Status& problem);
  std::optional<ddl::CreateTable> unread_create(const std::string& sql, const ddl::SessionContext& session,
                                                const std::string& problem);
  MappedTable* find_live(const std::vector<ddl::TableName>& names);
  GhostTable* find_ghost(const std::vector<ddl::TableName>& names);
  static constexpr const char* kUnknownCharset = "only the source knows the character set that it has now";
  static const char* how_to_go_on();
  [[noreturn]] static void fail_not_carried(const MappedTable& table, const std::string& what,
                                            const StatementContext& context);
  ErrorEntry entry_of(const std::string& table, const std::string& message,
                      const StatementContext& context) const;
  void note(const std::string& table, const std::string& message, const StatementContext& context);
  void in_ddl(const std::function<void(pg::SpiSession&)>& work);
  void note_charset(const std::string& database, const std::string& charset);

  // stream_cascades.cpp
  CascadeStream cascade_stream();
  void doubt_rows(MappedTable& child, const std::string& reason);
  void take_watched(const binlog::RowsEvent& event);
  bool is_deleted_twice(const MappedTable& table, const binlog::RowChange& change);
  bool names_ours(std::string_view sql) const;
  void doubt_read_ahead(const std::vector<ddl::TableName>& parents);
  void follow_foreign_keys(const std::string& sql, const ddl::Statement& statement);

  // stream_savepoints.cpp
  void roll_back_to(const std::string& savepoint);
  void check_savepoint_is_nothing_to_us(const std::string& savepoint);
  void doubt_rollback(uint32_t number);
  bool rolls_back(const MappedTable& table);
  void hold();
  void let_go();
  void let_all_go();

  // stream_statements.cpp
  bool is_of_temporary(const StatementContext& context, const ddl::Statement& statement);
  void follow_temporary(const ddl::Statement& statement, const StatementContext& context);
  ddl::RowStatement without_temporary(ddl::RowStatement statement, const StatementContext& context) const;
  void lose_count_of_copies(const ddl::RowStatement& statement);
  std::vector<MappedTable*> tables_in_reach(const StatementContext& context);
  void forget_reach(bool doubts, const StatementContext& context);
  void follow_reach(const StatementContext& context, const ddl::Statement& statement);
  Reach reach_of(const ddl::RowStatement& statement);
  std::vector<MappedTable*> tables_of(const Reach& reach, const StatementContext& context);
  void doubt_rollbacks(const Reach& reach, const StatementContext& context);
  void doubt_void(const ddl::Statement& statement, const StatementContext& context);
  void hold_statement(const Reach& reach, const StatementContext& context);
  bool is_emptied_by(const MappedTable& table, const ddl::RowStatement& statement,
                     const StatementContext& context) const;
  void empty_table(MappedTable& table, const StatementContext& context);
  void read_again(MappedTable& table, const std::string& reason, const char* remedy,
                  const StatementContext& context);
  void doubt_all(const std::string& reason, const char* remedy, const StatementContext& context);

  // stream_alter.cpp
  void alter_table(MappedTable& table, const ddl::AlterTable& statement, const StatementContext& context);
  void alter_other(const ddl::OtherTable& other, const StatementContext& context);
  void bring_labels(const MappedTable& table, const ddl::AlterOutcome& outcome);
  std::optional<std::string> reload_reason(const MappedTable& table, const ddl::AlterOutcome& outcome);
  bool has_rows_ahead(const MappedTable& table) const;
  std::vector<std::string> read_as(const MappedTable& table, const ddl::AlterOutcome& outcome) const;
  bool changes_hands(const MappedTable& table, const ddl::AlterOutcome& outcome) const;
  MappedTable with_columns(const MappedTable& table, const ddl::AlterOutcome& outcome) const;
  void have_columns(MappedTable& table, MappedTable after);
  std::vector<std::string> try_columns(const MappedTable& table, const ddl::AlterOutcome& outcome);
  void note_kept(const MappedTable& table, const pg::ErrorReport& report);
  void take_columns(MappedTable& table, const ddl::AlterOutcome& outcome, const StatementContext& context);
  void follow_names(MappedTable& table, const std::vector<std::string>& names);
  void warn_of_rows(const MappedTable& table, const std::string& reason, const StatementContext& context);
  std::vector<std::string> keep_target(const MappedTable& table, const ddl::AlterOutcome& outcome);
  void carry_alter(MappedTable& table, const ddl::AlterOutcome& outcome, const std::string& default_charset,
                   const StatementContext& context);
  static void check_carried(const MappedTable& table, const ddl::AlterOutcome& outcome,
                            const StatementContext& context);
  void resolve_times(ddl::AlterOutcome& outcome, const StatementContext& context);
  void resolve_defaults(TableSchema& schema, const StatementContext& context);
  std::string convert_time(const std::string& time, const std::string& from, const std::string& to);

  // stream_tables.cpp
  bool selects(const ddl::TableName& name);
  void pass_over(const ddl::TableName& name, const std::string& why, const StatementContext& context);
  std::string target_in_use(const apply::TargetTable& target);
  std::optional<apply::SourceColumns> own_remains(const apply::TargetTable& target);
  void check_new_target(const MappedTable& table, bool is_own, const StatementContext& context);
  std::optional<MappedTable> new_mapping(const TableSchema& schema, const StatementContext& context);
  MappedTable& add_mapping(MappedTable table);
  bool leave_out(MappedTable& table, const MappedTable& planned);
  void take_up(const ddl::TableName& name, const std::string& reason, const StatementContext& context);
  void create_table(const TableSchema& schema, const std::string& charset, const StatementContext& context);
  void bring_new_labels(const MappedTable& table);
  void fill_new_target(MappedTable& table, const apply::SourceColumns& before);
  std::optional<MappedTable> definition_of(const ddl::CreateTable& statement,
                                           const StatementContext& context);
  void drop_name(const ddl::TableName& name, const StatementContext& context);
  void table_dropped(MappedTable& table, const StatementContext& context);
  bool drops_target(const MappedTable& table);
  void retire(MappedTable& table);
  void forget_retired();

  // stream_rename.cpp
  struct Mover;
  using Renamed = std::vector<std::pair<MappedTable*, ddl::TableName>>;
  bool is_known_temporary(const TableMove& move, const StatementContext& context);
  bool renames_temporary(const TableMove& move, bool is_freed, const StatementContext& context);
  bool is_ours(const ddl::TableName& name);
  bool is_in_doubt(const ddl::TableName& name) const;
  MappedTable* table_of_name(const ddl::TableName& name);
  void doubt_name(MappedTable& table, const StatementContext& context);
  void doubt_name(const ddl::TableName& name, const StatementContext& context);
  void reload_by_name(MappedTable& table, const std::string& reason, const StatementContext& context);

  // stream_doubtful_renames.cpp
  void settle_renames(const TableMove& move, const StatementContext& context, NameUse use);
  void prove_name(const ddl::TableName& name, const StatementContext& context);
  void undo_rename(const TableMove& move, const StatementContext& context);
  void verify_rename(const TableMove& move, bool has_from, bool has_to);
  void verify_renames();
  void keep_doubtful_renames();

  bool exists(const ddl::TableName& name);
  Mover mover_of(const TableMove& move);
  void rename_tables(const std::vector<TableMove>& pairs, const StatementContext& context);
  void move_tables(const std::vector<TableMove>& pairs, const StatementContext& context);
  void move_mappings(const std::vector<Mover>& movers, const std::vector<MoveAction>& actions,
                     const StatementContext& context);
  bool is_taken_ahead(const ddl::TableName& name);
  void doubt_rows(MappedTable& table, const StatementContext& context);
  void make_room(MappedTable& gone, const StatementContext& context);
  apply::TargetTable renamed_target(const MappedTable& table, const ddl::TableName& to) const;
  void rename_mappings(const Renamed& renamed, const StatementContext& context);
  void move_target(const MappedTable& table, const apply::TargetTable& from, const apply::TargetTable& to,
                   const StatementContext& context);
  void go_away(MappedTable& table, const ddl::TableName& to, const StatementContext& context);
  void save_place(const MappedTable& table);
  void return_to_name(MappedTable& table);
  void come_back(MappedTable& table, const std::string& reason, const StatementContext& context);
  void arrive(Mover& mover, const StatementContext& context);
  void follow_away(MappedTable& table, const ddl::TableName& to, const std::string& reason,
                   const StatementContext& context);

  // stream_ghosts.cpp
  struct Migration {
    MappedTable* table = nullptr;  ///< that it is of
    MigrationRole role = MigrationRole::kNone;
  };
  std::optional<Migration> migration_of(const ddl::TableName& name);
  bool create_ghost(const ddl::CreateTable& statement, const StatementContext& context);
  void save(const GhostTable& ghost);
  void alter_ghost(GhostTable& ghost, const ddl::AlterTable& statement, const StatementContext& context);
  void remove_ghost(GhostTable& ghost);
  void forget_ghost(GhostTable& ghost, const StatementContext& context);
  bool ghost_moves(GhostTable& ghost, const ddl::TableName& to, const StatementContext& context);
  std::string doubt_copy(const MappedTable& table, const GhostTable& ghost);
  void look_for_hint(const binlog::RowsEvent& event);
  MappedTable* announce_copy(const binlog::TableMapEvent& event);
  void count_copied(const MappedTable& copy, const binlog::RowsEvent& event);
  void note_trigger(const ddl::ProgramStatement& statement);
  bool writes_to(const ddl::ProgramStatement& trigger, const ddl::TableName& name) const;
  void save_ghosts();
  void cut_over(MappedTable& table, GhostTable& ghost, const StatementContext& context);

  /// A table that is, or waits to be, loaded again.
  struct Reload {
    MappedTable* table = nullptr;
    Clock::time_point not_before;            // it is not tried again
    std::optional<Clock::time_point> since;  // it could begin, had it not to wait for its rows
    /// The source did not have the table: what brings it is in the binlog up to here, if anything does.
    std::optional<BinlogPosition> absent_until;
    bool repeats = false;  // it is known that what is being read has to be read once more
    /// It could not be read, as it was not there: what became of it is in the binlog up to here.
    std::optional<BinlogPosition> gone_until;
    /// The source had these columns, and what they were called before is in the binlog up to there.
    std::optional<BinlogPosition> named_until;
    std::vector<Column> named;
  };
  bool follows_names(const MappedTable& table) const;
  void follow_reload(MappedTable& table);
  void put_off(const MappedTable& table);
  void repeat_reload(MappedTable& table, const std::string& reason);
  void find_reloads();
  void give_up_if_absent(Reload& reload);
  bool knows_names(Reload& reload, const MappedTable& planned) const;
  void reload_outdated();
  binlog::RowDecoder* begin_rows(MappedTable& table, const binlog::RowsEvent& event);
  void distrust_history(MappedTable& table, const Status& misfit);
  void take_requests();
  void look_for_requests();
  void note_recent(const MappedTable& table, const binlog::RowChange& change);
  void reload_between(source::BinlogStream& stream);
  Reload* next_reload();
  bool step(Reload& reload);
  void await_news(Reload& reload, const Status& status);
  std::optional<MappedTable> plan_reload(Reload& reload);
  bool find_labels(Reload& reload, MappedTable* planned);
  bool begin_reload(Reload& reload);
  void check_alone(const MappedTable& table);
  bool read_some(Reload& reload);
  std::optional<ReloadStep> read_unless_changed(Reload& reload, const std::string& rest);
  void note_step(MappedTable& table, const ReloadStep& read);
  uint64_t load_rows(const MappedTable& table, const TableChanges& rows);
  uint64_t load_unknown(const MappedTable& table, const std::vector<NetChange>& keys);
  void finish_reloads();
  void analyze_reloaded();

  void on_quiet();
  void on_busy();
  void commit(bool quiet);
  CommitPolicy::Work work() const;
  void look_at_source_end();
  bool is_caught_up() const;
  int64_t current_at_us() const;

  const TaskConfig& config_;
  RoutedTables tables_;
  GhostTables ghosts_;
  std::set<std::string> changelogs_;  // keys of the copies that gh-ost has made changelogs for
  std::unordered_map<uint64_t, uint32_t> changelog_ids_;  // number of the copy, by number of the changelog
  DatabaseCharsets databases_;
  source::Connection control_;
  RowRefresh refresh_;
  TargetSession target_;
  PreparedTransactions prepared_;
  SourceFacts facts_;
  StatementReach reach_;
  TemporaryTables temporary_;
  std::vector<TableMove> doubtful_renames_;  // followed, though perhaps of temporary tables
  /// Whether the source has the names of each of them, at an end of its binlog up to which no DDL is known.
  struct NamesSeen {
    BinlogPosition end;
    std::vector<std::pair<bool, bool>> there;
  };
  std::optional<NamesSeen> names_seen_;
  binlog::EventDecoder decoder_;
  uint32_t source_version_ = 0;  // of the server that wrote the file, as FormatDescriptionEvent has it

  binlog::TransactionTracker transactions_;
  const BinlogPosition load_end_;  // the target is a copy of the source from here on
  BinlogPosition consistent_;      // up to here idempotently: further where rows were read again
  uint64_t refreshes_ = 0;         // seen of refresh_
  BinlogPosition source_end_;
  std::string file_;  // being read
  uint32_t file_created_ =
      0;  // when the file of what is committed was begun, by the source's clock; 0 unknown
  Cascades cascades_;
  std::unordered_set<std::string> deleted_;  // rows of the statement, where it may delete a row twice
  binlog::HeldEvents held_;
  bool lets_go_ = false;                           // the events being handled were held
  std::unordered_map<uint32_t, bool> rolls_back_;  // whether the engine of a table does, by its number
  std::string_view event_bytes_;                   // of the event being handled
  bool transaction_touches_us_ = false;
  bool commits_at_boundary_ = false;  // a label of an enum type can be used only after its commit
  bool synchronizing_ = false;        // the state has been set
  bool has_retired_ = false;          // tables_ holds some that are dropped
  std::string current_table_;         // for messages

  TableReload reload_;
  std::list<Reload> reloads_;  // of tables that are not kLoaded, in the order in which they were asked for
  std::vector<const MappedTable*> not_analyzed_;       // since their reload
  std::unordered_map<uint32_t, TableSchema> misfits_;  // columns that row events did not fit last, by table
  ReloadPauses pauses_;
  bool has_warned_of_statements_ = false;
  RecentKeys recent_;
  RowNames names_;
  bool commits_xa_ = false;  // the rows being applied were prepared before
  Clock::time_point requests_seen_{}, step_end_{};
  Clock::duration step_took_{};

  CommitPolicy policy_;
};

}  // namespace mysql_sync
