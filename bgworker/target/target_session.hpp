// The target side of the stream: gathers changes in a batch, applies them, and commits them together with the
// position. Every failure leaves as an exception; the destructor then undoes what was not
// committed.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "apply/applier.hpp"
#include "apply/target_ddl.hpp"
#include "bgworker/catalog/table_mapping.hpp"
#include "bgworker/catalog/task_progress.hpp"
#include "bgworker/source/row_refresh.hpp"
#include "core/batch/change_batch.hpp"
#include "core/binlog/row_decoder.hpp"
#include "pg/transaction.hpp"

namespace mysql_sync {

/// Thrown if rows that were read from the source cannot be written because the source's columns have changed
/// since: NULLs that the target does not take yet, for example. The target transaction is lost, the table has
/// to be loaded again, and the stream begins again at the committed position.
struct SourceIsAhead {
  uint32_t table = 0;  ///< its number
  std::string error;
};

/// Tables handed in must stay where they are until the next commit().
class TargetSession {
 public:
  /// `refresh` reads rows of the source and must outlive the session. `replaces_blindly`: the source leaves
  /// columns out of incomplete rows that changed (MariaDB): those that REPLACE set to their defaults, and
  /// virtual generated ones.
  TargetSession(const TaskConfig& config, RowRefresh& refresh, bool replaces_blindly);

  /// Opens the target transaction if none is open.
  void begin();
  /// Takes a row change; applies the batch (without committing) when it has grown to its limit.
  void change(const MappedTable& table, const binlog::RowChange& change, ApplyMode mode,
              const ChangePlace& place);
  /// Applies what is gathered, without committing.
  void apply_batch();
  /// Applies what is gathered, then carries an ALTER to the target. Returns the mapping's target columns from
  /// here on; the caller puts them into its mapping.
  /// try_alter(): if the target refuses, nothing of the ALTER is left, and PgError is thrown.
  std::vector<std::string> alter(const MappedTable& table, const ddl::AlterOutcome& outcome,
                                 uint32_t event_time);
  std::vector<std::string> try_alter(const MappedTable& table, const ddl::AlterOutcome& outcome);
  /// Stores the new columns of a table: the schema history's step, in the transaction of the DDL.
  void save_schema(const MappedTable& table);
  void truncate(const MappedTable& table, bool on_target);
  /// Applies what is gathered, then changes the target by `ddl`, which counts as one statement of the table.
  void carry(const MappedTable& table, const std::function<void()>& ddl);
  /// Notes in mysql_sync.errors and as the task's last error, in this transaction; the task goes on.
  void warn(const ErrorEntry& entry);
  /// Runs `work` in the open target transaction, whose rows and position it commits with.
  void within(const std::function<void(pg::SpiSession&)>& work);
  /// Tables whose columns on the source had changed when rows of them were read: their targets are out of
  /// date. Their numbers, since the last call.
  std::vector<uint32_t> take_outdated() { return std::exchange(outdated_, {}); }
  /// Makes the target ready for a reload; see apply::fit_target(). `after`: the table as it will be.
  void fit(const MappedTable& before, const MappedTable& after);
  /// Writes rows of a reload, `rows.inserts`, there or not, and deletes `rows.deletes`. They do not count as
  /// changes. Returns the values that a policy changed.
  uint64_t load(const MappedTable& table, const TableChanges& rows);
  /// Counts rows that were changed beside the batches.
  void count(const MappedTable& table, const apply::ApplyCounts& counts);
  /// Takes a table that is gone on the source out of the mapping.
  void drop_mapping(const MappedTable& table);

  /// The source table whose changes are being applied; after an error, the one it concerns. May be empty.
  const std::string& applying() const { return applying_; }
  /// What fails in `work` is the table's, whatever else is being done.
  void on_behalf_of(const MappedTable& table, const std::function<void()>& work);

  /// True when the batch is large enough to be committed at the next boundary.
  bool is_full() const;
  /// True when so many tables are concerned that their locks should be given back soon.
  bool holds_many_tables() const { return involved_.size() >= kMaxTables; }
  /// True when something waits for commit().
  bool has_work() const { return transaction_ != nullptr || !batch_.empty(); }

  /// Applies the rest and commits with `note`, whose counters this fills in; `state`: the task's new state,
  /// or nullptr. `flush_counters`: also write the tables' counters, which otherwise wait up to a second.
  void commit(CommitNote note, const char* state, bool flush_counters);

  /// Rows applied since the session began.
  uint64_t rows_applied() const { return rows_applied_; }

 private:
  using Clock = std::chrono::steady_clock;
  bool is_too_open() const;
  void change_row(const MappedTable& table, const binlog::RowChange& change, ApplyMode mode,
                  const ChangePlace& place);
  void change_beside_windows(const MappedTable& table, const binlog::RowChange& change, ApplyMode mode,
                             const ChangePlace& place);
  void arrive(const MappedTable& table, RowView after, ApplyMode mode);
  void change_incomplete(const MappedTable& table, const binlog::RowChange& change, ApplyMode mode,
                         const ChangePlace& place);
  RowView without_unmapped(const MappedTable& table, RowView row);
  bool clear_generated(const MappedTable& table);
  void enter_batch(const MappedTable& table, ApplyMode mode);
  void apply_table(const TableChanges& changes);
  void apply_refreshes(const MappedTable& table, const std::vector<NetChange>& keys);
  void write_refreshed(const MappedTable& table, const TableChanges& rows);
  void apply_changes(const MappedTable& table, const TableChanges& changes, ApplyMode mode);
  TableCounts& counts_of(uint32_t number);
  void write_counters(pg::SpiSession& spi);

  const TaskConfig& config_;
  RowRefresh& refresh_;
  const bool replaces_blindly_;
  std::vector<Value> row_;  // of change_incomplete()
  std::unique_ptr<apply::Applier> applier_;
  ChangeBatch batch_;
  struct BatchTable {
    const MappedTable* table = nullptr;
    std::optional<ApplyMode> mode;  // of its changes in the batch
  };
  std::vector<BatchTable> tables_;  // by number
  std::unique_ptr<pg::Transaction> transaction_;
  CommitNotes notes_;
  CommitNote pending_;  // counters of the open transaction
  std::vector<TableCounts> table_counts_;
  Clock::time_point counters_written_{};
  uint64_t rows_applied_ = 0;
  std::string applying_;
  std::vector<uint32_t> outdated_;
  static constexpr size_t kMaxTables = 200;
  std::set<uint32_t> involved_;  // tables of the open transaction, or of the batch
};

}  // namespace mysql_sync
