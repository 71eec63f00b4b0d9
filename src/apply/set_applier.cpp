#include "apply/set_applier.hpp"

#include <map>

#include "apply/bound_rows.hpp"
#include "apply/key_order.hpp"
#include "apply/row_completion.hpp"
#include "apply/set_statements.hpp"
#include "apply/target_catalog.hpp"
#include "apply/target_rights.hpp"
#include "pg/acting_role.hpp"
#include "pg/spi.hpp"
#include "pg/encoding.hpp"

namespace mysql_sync::apply {

namespace {

using pg::fail;
using pg::guard;

/// One apply to one table.
class SetRun {
 public:
  SetRun(const TargetRelation& target, ApplyMode mode)
      : target_(target), strict_(mode == ApplyMode::kStrict) {
    memory_ = guard([] {
      return AllocSetContextCreate(CurrentMemoryContext, "mysql_sync statement", ALLOCSET_DEFAULT_MINSIZE,
                                   ALLOCSET_DEFAULT_INITSIZE, ALLOCSET_DEFAULT_MAXSIZE);
    });
  }

  void remove(const std::vector<NetChange>& changes) {
    if (target_.key.empty()) return remove_copies(changes);
    const Phase phase{"delete", true, make_parameters(target_, target_.key)};
    each_chunk(changes, phase, [&](const Chunk& chunk, const BoundRows& rows) {
      const bool numbered = strict_ && chunk.source == RowSource::kArrays;
      const uint64_t done = run(statements(phase, chunk).remove(numbered), phase, rows);
      if (strict_ && done < chunk.count) fail_missing(target_, phase.verb, first_unreturned(chunk).key);
      if (strict_ && done > chunk.count) fail_doubled(done, phase, chunk);
      counts_.deleted += done;
      SPI_freetuptable(SPI_tuptable);
    });
  }

  void update(const std::vector<NetChange>& changes) {
    const bool partial =
        std::any_of(changes.begin(), changes.end(), [](const NetChange& change) { return change.partial; });
    if (!partial) return update_columns(changes, all_columns());
    for (const auto& [columns, group] : by_known_columns(changes)) update_columns(group, columns);
  }

  void insert(const std::vector<NetChange>& changes) {
    const Phase phase{"insert", false, make_parameters(target_, all_columns())};
    const bool may_exist = !strict_ && !target_.key.empty();
    each_chunk(changes, phase, [&](const Chunk& chunk, const BoundRows& rows) {
      const uint64_t there = may_exist ? run(statements(phase, chunk).update(), phase, rows) : 0;
      counts_.updated += there;
      if (there >= chunk.count) return;
      if (may_exist) return insert_missing(phase, chunk, rows);
      counts_.inserted += run(statements(phase, chunk).insert(), phase, rows);
    });
  }

  const ApplyCounts& counts() const { return counts_; }

 private:
  using Groups = std::map<std::vector<size_t>, std::vector<NetChange>>;

  /// Updates that set the same columns: nothing is written that the source did not tell.
  Groups by_known_columns(const std::vector<NetChange>& changes) const {
    Groups groups;
    for (const NetChange& change : changes) {
      std::vector<size_t> known;
      for (size_t i = 0; i < target_.columns.size(); ++i)
        if (!change.row[target_.columns[i].source].is_absent()) known.push_back(i);
      groups[known].push_back(change);
    }
    return groups;
  }

  void update_columns(const std::vector<NetChange>& changes, const std::vector<size_t>& columns) {
    const Phase phase{"update", false, make_parameters(target_, columns)};
    const bool insert = !strict_ && target_.target.insert_missing && columns.size() == target_.columns.size();
    each_chunk(changes, phase, [&](const Chunk& chunk, const BoundRows& rows) {
      const uint64_t done = run(statements(phase, chunk).update(), phase, rows);
      counts_.updated += done;
      if (strict_) expect_all(done, phase, chunk, rows);
      if (insert && done < chunk.count) insert_missing(phase, chunk, rows);
    });
  }

  SetStatements statements(const Phase& phase, const Chunk& chunk) const {
    return {target_, phase.parameters, chunk.source};
  }

  std::vector<size_t> all_columns() const {
    std::vector<size_t> columns(target_.columns.size());
    for (size_t i = 0; i < columns.size(); ++i) columns[i] = i;
    return columns;
  }

  template <typename F>
  void each_chunk(const std::vector<NetChange>& changes, const Phase& phase, F apply_chunk) {
    const std::vector<const NetChange*> sorted = in_key_order(changes);
    for (size_t begin = 0; begin < sorted.size();) {
      const Chunk chunk = next_chunk(sorted, begin);
      apply_chunk(chunk, bind(phase, chunk));
      guard([&] { MemoryContextReset(memory_); });
      begin += chunk.count;
    }
  }

  BoundRows bind(const Phase& phase, const Chunk& chunk) {
    const MemorySwitch inside(memory_);
    uint64 changed = 0;
    const BoundRows rows = guard([&] {
      ApplyContext context{&target_, phase.verb, nullptr, {}};
      context.push();
      const BoundRows bound = bind_rows(phase, chunk, &context, &changed);
      context.pop();
      return bound;
    });
    counts_.changed_by_policy += changed;
    return rows;
  }

  uint64_t run(const std::string& sql, const Phase& phase, const BoundRows& rows) {
    const int count = static_cast<int>(phase.parameters.size());
    const std::string own_sql = pg::to_server(sql);
    const int code = guard([&] {
      CHECK_FOR_INTERRUPTS();
      ApplyContext context{&target_, phase.verb, nullptr, {}};
      context.push();
      const int result =
          SPI_execute_with_args(own_sql.c_str(), count, rows.types, rows.values, rows.nulls, false, 0);
      context.pop();
      return result;
    });
    if (code < 0) fail(ErrorCode::kInternal, std::string("SPI failed: ") + SPI_result_code_string(code), sql);
    return SPI_processed;
  }

  void insert_missing(const Phase& phase, const Chunk& chunk, const BoundRows& rows) {
    counts_.inserted += run(statements(phase, chunk).insert_missing(), phase, rows);
  }

  void remove_copies(const std::vector<NetChange>& changes) {
    const Phase phase{"delete", false, make_parameters(target_, all_columns())};
    each_chunk(changes, phase, [&](const Chunk& chunk, const BoundRows& rows) {
      const uint64_t done = run(statements(phase, chunk).remove_copies(), phase, rows);
      if (strict_ && done < chunk.count) fail_fewer(done, phase, chunk);
      counts_.deleted += done;
    });
  }

  void expect_all(uint64_t done, const Phase& phase, const Chunk& chunk, const BoundRows& rows) {
    if (done < chunk.count) fail_missing(target_, phase.verb, first_missing(phase, chunk, rows).key);
    if (done > chunk.count) fail_doubled(done, phase, chunk);
  }

  [[noreturn]] void fail_doubled(uint64_t done, const Phase& phase, const Chunk& chunk) const {
    fail(ErrorCode::kConflict,
         std::string("several rows to ") + phase.verb + " have the same key in table " +
             target_.target.display_name(),
         found_for(done, chunk, " keys"),
         "Give the target table a primary key, call mysql_sync.resync_table() for the table, then start "
         "the task.");
  }

  [[noreturn]] void fail_fewer(uint64_t done, const Phase& phase, const Chunk& chunk) const {
    fail(ErrorCode::kConflict,
         std::string("rows to ") + phase.verb + " not found in table " + target_.target.display_name(),
         found_for(done, chunk, " rows"),
         "Load the table again: call mysql_sync.resync_table(), then start the task.");
  }

  std::string found_for(uint64_t done, const Chunk& chunk, const char* what) const {
    return std::to_string(done) + " rows were found for " + std::to_string(chunk.count) + what +
           ", the first of which is " + describe_key(target_, chunk.changes[0]->key) + ".";
  }

  /// The first change whose row is missing still, after an update.
  const NetChange& first_missing(const Phase& phase, const Chunk& chunk, const BoundRows& rows) {
    if (chunk.source == RowSource::kSingleRow) return *chunk.changes[0];
    const uint64_t found = run(statements(phase, chunk).first_missing(), phase, rows);
    return *chunk.changes[found == 0 ? 0 : returned_number(0)];
  }

  /// The first change whose number a delete did not return.
  const NetChange& first_unreturned(const Chunk& chunk) const {
    if (chunk.source == RowSource::kSingleRow) return *chunk.changes[0];
    std::vector<bool> returned(chunk.count);
    for (uint64_t row = 0; row < SPI_processed; ++row) returned.at(returned_number(row)) = true;
    const auto missing = std::find(returned.begin(), returned.end(), false);
    return *chunk.changes[missing == returned.end() ? 0 : missing - returned.begin()];
  }

  /// The number in a row of the last statement's result, from 0.
  size_t returned_number(uint64_t row) const {
    return guard([&] {
      bool is_null;
      const Datum number = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1, &is_null);
      return static_cast<size_t>(DatumGetInt32(number) - 1);
    });
  }

  const TargetRelation& target_;
  const bool strict_;
  MemoryContext memory_;
  ApplyCounts counts_;
};

class SetApplier : public Applier {
 public:
  ApplyCounts apply(const TargetTable& target, const TableSchema& source, const TableChanges& changes,
                    ApplyMode mode) override {
    const OpenRelation relation(target.schema, target.table, RowExclusiveLock);
    pg::check(check_rights(relation, rights_for(target, changes, mode)));
    const pg::ActingRole owner(relation.owner());
    const TargetRelation& known = cache_.find(relation, target, source);
    if (known.key.empty() && !changes.updates.empty()) fail_without_key(known);
    const pg::SpiSession spi;
    const RowCompletion completion(known, changes, mode);
    SetRun run(known, mode);
    run.remove(completion.changes().deletes);
    run.update(completion.changes().updates);
    run.insert(completion.changes().inserts);
    guard([] { CommandCounterIncrement(); });
    return run.counts();
  }

  void truncate(const TargetTable& target) override {
    pg::SpiSession spi;
    run_as_owner(spi, target, "TRUNCATE TABLE " + qualified(target));
  }

  void reset() override { cache_.clear(); }

 private:
  TargetCache cache_;
};

}  // namespace

std::unique_ptr<Applier> make_set_applier() { return std::make_unique<SetApplier>(); }

}  // namespace mysql_sync::apply
