// The binlog of the source, applied: follows its transactions and hands rows and statements to the parts of
// the stream.
//
// Only the boundary, the position after the last complete source transaction, is ever committed. A target
// transaction ends there, when the batch is full, when the source has nothing more at the moment, or when the
// oldest change has waited for half a second. A source transaction larger than a batch is applied in several
// statements of one target transaction.
//
// The parts share a StreamState and know those that stand before them below, none that stand behind.
#pragma once

#include "bgworker/stream/alter_carrier.hpp"
#include "bgworker/stream/doubtful_names.hpp"
#include "bgworker/stream/foreign_key_effects.hpp"
#include "bgworker/stream/held_rows.hpp"
#include "bgworker/stream/migrations.hpp"
#include "bgworker/stream/name_moves.hpp"
#include "bgworker/stream/new_tables.hpp"
#include "bgworker/stream/reload_queue.hpp"
#include "bgworker/stream/reload_runner.hpp"
#include "bgworker/stream/row_router.hpp"
#include "bgworker/stream/row_statements.hpp"
#include "bgworker/stream/session_times.hpp"
#include "bgworker/stream/statement_carrier.hpp"
#include "bgworker/stream/statement_reader.hpp"
#include "bgworker/stream/stream_committer.hpp"
#include "bgworker/stream/stream_end.hpp"
#include "bgworker/stream/stream_state.hpp"
#include "bgworker/stream/task_tables.hpp"
#include "core/binlog/event_decoder.hpp"

namespace mysql_sync {

class ChangeStream {
 public:
  /// `control` is a connection of its own, for the end of the binlog. `void_rows` are passed over. It and
  /// `unrelated` must outlive the stream.
  ChangeStream(const TaskConfig& config, const TaskProgress& progress, std::vector<MappedTable> tables,
               source::Connection control, SourceFacts facts, const binlog::VoidRows& void_rows,
               UnrelatedXids& unrelated);

  /// Streams until something ends it. An error leaves as an exception. The destructor undoes the open target
  /// transaction.
  StreamEnd run(source::BinlogStream stream);

  /// Where the stream was when it ended.
  ErrorPlace place() const;
  /// True once something after the start was committed.
  bool has_progressed() const { return committer_.commits() > 1; }

 private:
  using Header = binlog::EventHeader;
  void begin();
  [[noreturn]] void follow(source::BinlogStream& stream);
  void on_quiet();
  void on_busy();

  void handle_packet(std::string_view packet);
  void handle_embedded(std::string_view bytes);
  void follow(const binlog::Event& event, const binlog::TransactionStep& step);
  void take(const binlog::Event& event);
  void begin_file();
  void check_file(const Header& header, const binlog::FormatDescriptionEvent& event);
  void unpack(const binlog::TransactionPayloadEvent& event);

  void end_transaction(const Header& header);
  void end_committed(const Header& header);
  void end_rolled_back(const Header& header);
  void check_not_applied();
  void drop_torn_transaction();

  void apply_events(binlog::PieceReader events);
  void end_prepared(const Header& header, bool one_phase);
  void end_xa_statement(const Header& header, const binlog::TransactionStep& step);
  void commit_prepared(const std::string& xid);

  StreamState state_;
  binlog::EventDecoder decoder_;
  std::string file_;  // of the binlog, being read
  ReloadQueue reloads_;
  HeldRows held_;
  ForeignKeyEffects foreign_keys_;
  SessionTimes times_;
  TaskTables task_tables_;
  NewTables new_tables_;
  AlterCarrier alters_;
  Migrations migrations_;
  NameMoves moves_;
  DoubtfulNames doubtful_;
  RowStatements row_statements_;
  RowRouter rows_;
  StatementReader reader_;
  StatementCarrier statements_;
  ReloadRunner reload_runner_;
  StreamCommitter committer_;
};

}  // namespace mysql_sync
