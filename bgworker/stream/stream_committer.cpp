#include "bgworker/stream/stream_committer.hpp"

namespace mysql_sync {

namespace {

int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

StreamCommitter::StreamCommitter(StreamState& state, ReloadQueue& reloads, ReloadRunner& reload_runner,
                                 Migrations& migrations, const TaskProgress& progress)
    : state_(state),
      reloads_(reloads),
      reload_runner_(reload_runner),
      migrations_(migrations),
      load_end_(progress.consistent),
      file_created_(progress.file_created) {}

void StreamCommitter::move_boundary() {
  const bool before = load_end_ <= state_.transactions.boundary();
  state_.transactions.settle();
  if (load_end_ <= state_.transactions.boundary() && !before) commit(false);
}

void StreamCommitter::note_transaction() {
  if (state_.target.has_work()) policy_.note_change(Clock::now());
}

bool StreamCommitter::is_due() const { return policy_.is_due(work(), Clock::now()); }

bool StreamCommitter::is_due_when_quiet() const { return policy_.is_due_when_quiet(work(), Clock::now()); }

void StreamCommitter::look_now_and_then() {
  if (policy_.wants_look(Clock::now())) look_at_source_end();
}

CommitPolicy::Work StreamCommitter::work() const {
  return {state_.target.has_work(), !(state_.transactions.committed() == state_.transactions.boundary())};
}

void StreamCommitter::commit(bool quiet) {
  look_now_and_then();
  state_.target.apply_batch();
  state_.widen_catch_up();
  reloads_.request_outdated();
  reload_runner_.finish();
  const BinlogPosition& boundary = state_.transactions.boundary();
  const bool loaded = load_end_ <= boundary;
  const char* state = loaded && !synchronizing_ ? task_state::kSynchronizing : nullptr;
  CommitNote note;
  note.applied = boundary;
  note.gtid_set = state_.transactions.gtids().to_string();
  note.source_end = source_end_ < boundary ? boundary : source_end_;
  note.caught_up = quiet && is_caught_up();
  note.current_at_us = note.caught_up ? now_us() : current_at_us();
  note.consistent = state_.consistent;
  note.file_created = file_created_;
  note.rows_per_second = policy_.rate(state_.target.rows_applied(), Clock::now());
  state_.prepared.save();
  migrations_.save_progress();
  state_.target.commit(note, state, quiet);
  synchronizing_ = synchronizing_ || loaded;
  state_.commits_at_boundary = false;
  state_.transactions.mark_committed();
  policy_.note_commit(Clock::now());
  reload_runner_.analyze();
}

void StreamCommitter::look_at_source_end() {
  policy_.note_look(Clock::now());
  source_end_ = pg::value_or_throw(source::read_binlog_status(state_.control)).position;
}

bool StreamCommitter::is_caught_up() const {
  return source_end_ <= state_.transactions.boundary() && state_.consistent <= state_.transactions.boundary();
}

int64_t StreamCommitter::current_at_us() const {
  const uint32_t seconds = state_.transactions.boundary_time();
  if (seconds == 0) return now_us();
  return std::min(now_us(), int64_t{seconds} * 1000000 + state_.facts.clock_offset_us);
}

}  // namespace mysql_sync
