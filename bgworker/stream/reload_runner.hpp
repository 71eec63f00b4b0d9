// Single tables loaded again, between the transactions of the binlog: in turns with them, so that the others
// do not wait long.
#pragma once

#include "bgworker/reload/table_reload.hpp"
#include "bgworker/stream/new_tables.hpp"
#include "source/binlog_stream.hpp"

namespace mysql_sync {

class ReloadRunner {
 public:
  ReloadRunner(StreamState& state, ReloadQueue& reloads, TaskTables& tables, NewTables& new_tables)
      : state_(state),
        reloads_(reloads),
        task_tables_(tables),
        new_tables_(new_tables),
        reload_(state.config, state.facts.connect) {}

  /// Between two transactions. As long as a step of a reload has taken, the stream goes on, unless it has
  /// nothing to do: then `on_quiet` is called now and then.
  void run_between(source::BinlogStream& stream, const std::function<void()>& on_quiet);
  /// Reloads that have caught up at the boundary, in the transaction that reaches it.
  void finish();
  /// Statistics of those that were finished. Not inside a transaction.
  void analyze();

 private:
  using Clock = Reload::Clock;
  void look_for_requests();
  bool step(Reload& reload, MappedTable& table);
  bool begin(Reload& reload, MappedTable& table);
  void give_up_if_absent(Reload& reload, MappedTable& table);
  bool knows_names(Reload& reload, const MappedTable& table, const MappedTable& planned) const;
  void await_news(Reload& reload, const Status& status);
  std::optional<MappedTable> plan(Reload& reload, const MappedTable& table);
  bool find_labels(Reload& reload, MappedTable* planned);
  void check_alone(const MappedTable& table);
  bool read_some(Reload& reload, MappedTable& table);
  std::optional<ReloadStep> read_unless_changed(Reload& reload, const MappedTable& table,
                                                const std::string& rest);
  void note_step(MappedTable& table, const ReloadStep& read);
  uint64_t load_rows(const MappedTable& table, const TableChanges& rows);
  uint64_t load_unknown(const MappedTable& table, const std::vector<NetChange>& keys);

  StreamState& state_;
  ReloadQueue& reloads_;
  TaskTables& task_tables_;
  NewTables& new_tables_;
  TableReload reload_;
  std::vector<uint32_t> not_analyzed_;  // numbers of tables
  Clock::time_point requests_seen_{}, step_end_{};
  Clock::duration step_took_{};
};

}  // namespace mysql_sync
