// Deletes and updates find their row by the index of the key; see table_writer.hpp. What is no ordinary table
// (partitioned, foreign, a view) goes to the set-based applier, which leaves the routing of rows to SQL; so
// do deletes of tables without a key, for which one scan must find many rows.
#include "apply/executor_applier.hpp"

#include "apply/key_order.hpp"
#include "apply/row_completion.hpp"
#include "apply/set_applier.hpp"
#include "apply/table_writer.hpp"
#include "apply/target_rights.hpp"
#include "pg/acting_role.hpp"
#include "pg/guard.hpp"

namespace mysql_sync::apply {

#if MYSQL_SYNC_EXECUTOR_API

namespace {

using pg::guard;

constexpr size_t kChunk = 1000;  ///< rows in one guard(): the guard costs nothing then, interrupts are served

/// One apply to one table. Each phase returns when all of its changes are done, or throws.
class ExecutorRun {
 public:
  ExecutorRun(const TargetRelation& target, Relation relation, ApplyMode mode, bool look_up)
      : target_(target), strict_(mode == ApplyMode::kStrict) {
    guard([&] { writer_.begin(&target, relation, look_up); });
  }

  void remove(const std::vector<NetChange>& changes) {
    run(changes, "delete", [this](const NetChange& change) { return writer_.remove(change) || !strict_; });
  }
  void update(const std::vector<NetChange>& changes) {
    run(changes, "update", [this](const NetChange& change) {
      if (writer_.update(change)) return true;
      if (!strict_ && target_.target.insert_missing && !change.partial) writer_.insert(change);
      return !strict_;
    });
  }
  void insert(const std::vector<NetChange>& changes) {
    const bool may_exist = !strict_ && !target_.key.empty();
    run(changes, "insert", [this, may_exist](const NetChange& change) {
      if (!may_exist || !writer_.update(change)) writer_.insert(change);
      return true;
    });
  }

  ApplyCounts finish() {
    guard([&] { writer_.end(); });
    return writer_.counts;
  }

 private:
  /// Applies `change_row` to each change; it returns false for a row that is missing and must not be.
  template <typename F>
  void run(const std::vector<NetChange>& changes, const char* verb, F change_row) {
    const std::vector<const NetChange*> sorted = in_key_order(changes);
    for (size_t begin = 0; begin < sorted.size(); begin += kChunk) {
      const NetChange* const* at = sorted.data() + begin;
      const size_t count = std::min(sorted.size() - begin, kChunk);
      const NetChange* missing = guard([&] { return run_chunk(at, count, verb, change_row); });
      if (missing != nullptr) fail_missing(target_, verb, missing->key);
    }
  }

  /// Returns the change whose row is missing, if any.
  template <typename F>
  const NetChange* run_chunk(const NetChange* const* changes, size_t count, const char* verb, F& change_row) {
    writer_.context.verb = verb;
    writer_.context.push();
    const NetChange* missing = nullptr;
    for (size_t i = 0; i < count && missing == nullptr; ++i) {
      CHECK_FOR_INTERRUPTS();
      if (!change_row(*changes[i])) missing = changes[i];
    }
    writer_.flush();
    writer_.context.pop();
    return missing;
  }

  const TargetRelation& target_;
  const bool strict_;
  TableWriter writer_;
};

class ExecutorApplier : public Applier {
 public:
  ApplyCounts apply(const TargetTable& target, const TableSchema& source, const TableChanges& changes,
                    ApplyMode mode) override {
    const OpenRelation relation(target.schema, target.table, RowExclusiveLock);
    const bool whole_rows = source.primary_key.empty() && !changes.deletes.empty();
    if (relation.kind() != RELKIND_RELATION || whole_rows)
      return set_based_->apply(target, source, changes, mode);

    pg::check(check_rights(relation, rights_for(target, changes, mode)));
    const pg::ActingRole owner(relation.owner());
    const TargetRelation& known = cache_.find(relation, target, source);
    const bool must_find = !changes.deletes.empty() || !changes.updates.empty();
    const bool look_up = must_find || (mode == ApplyMode::kIdempotent && !known.key.empty());
    if (look_up && !OidIsValid(known.key_index.id)) fail_without_key(known);
    const RowCompletion completion(known, changes, mode);
    ExecutorRun run(known, relation.get(), mode, look_up);
    run.remove(completion.changes().deletes);
    run.update(completion.changes().updates);
    run.insert(completion.changes().inserts);
    return run.finish();
  }

  void truncate(const TargetTable& target) override { set_based_->truncate(target); }

  void reset() override {
    cache_.clear();
    set_based_->reset();
  }

 private:
  TargetCache cache_;
  std::unique_ptr<Applier> set_based_ = make_set_applier();
};

}  // namespace

std::unique_ptr<Applier> make_executor_applier() { return std::make_unique<ExecutorApplier>(); }

#else

std::unique_ptr<Applier> make_executor_applier() {
  pg::fail(ErrorCode::kUnsupported, "this server has no applier by rows");
}

#endif

}  // namespace mysql_sync::apply
