// The end of target transactions: what is committed with them, when, and how far the stream is behind its
// source.
#pragma once

#include "bgworker/stream/migrations.hpp"
#include "bgworker/stream/reload_runner.hpp"
#include "core/batch/commit_policy.hpp"

namespace mysql_sync {

class StreamCommitter {
 public:
  StreamCommitter(StreamState& state, ReloadQueue& reloads, ReloadRunner& reload_runner,
                  Migrations& migrations, const TaskProgress& progress);

  /// `quiet`: the source has nothing more at the moment.
  void commit(bool quiet);
  /// The boundary moves to where the stream is. Where the load's rows are caught up with, the task's state
  /// changes.
  void move_boundary();
  /// A transaction of the source has ended.
  void note_transaction();
  bool is_due() const;
  bool is_due_when_quiet() const;

  /// Asks the source for the end of its binlog.
  void look_at_source_end();
  /// Likewise, once a second.
  void look_now_and_then();
  /// As it was seen last.
  const BinlogPosition& source_end() const { return source_end_; }

  /// A file of the binlog is read that was begun then, by the source's clock; 0: unknown.
  void note_file(uint32_t created) { file_created_ = created; }
  uint32_t file_created() const { return file_created_; }
  uint64_t commits() const { return policy_.commits(); }

 private:
  using Clock = CommitPolicy::Clock;
  CommitPolicy::Work work() const;
  bool is_caught_up() const;
  int64_t current_at_us() const;

  StreamState& state_;
  ReloadQueue& reloads_;
  ReloadRunner& reload_runner_;
  Migrations& migrations_;
  CommitPolicy policy_;
  const BinlogPosition load_end_;  // the target is a copy of the source from here on
  BinlogPosition source_end_;
  uint32_t file_created_;       // of what is committed
  bool synchronizing_ = false;  // the state has been set
};

}  // namespace mysql_sync
