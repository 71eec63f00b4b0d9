#include "bgworker/stream/reload_queue.hpp"

#include <algorithm>

#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/reload/table_reload.hpp"

namespace mysql_sync {

ReloadQueue::ReloadQueue(StreamState& state) : state_(state) {
  for (const MappedTable* table : state_.tables.all())
    if (table->life.has_reload()) add(table->number);
}

void ReloadQueue::request(MappedTable& table, const std::string& reason, const std::string& statement) {
  state_.target.apply_batch();
  const ReloadReason why{reason, statement, state_.transactions.next().to_string(),
                         state_.transactions.gtid_text()};
  state_.target.within([&](pg::SpiSession& spi) { want_reload(spi, state_.config, table, why); });
  add(table.number);
}

Reload* ReloadQueue::find(uint32_t number) {
  const auto known = std::find_if(reloads_.begin(), reloads_.end(),
                                  [&](const Reload& reload) { return reload.number == number; });
  return known == reloads_.end() ? nullptr : &*known;
}

void ReloadQueue::add(uint32_t number) {
  if (Reload* known = find(number)) {
    known->repeats = false;
    return;
  }
  Reload reload;
  reload.number = number;
  reloads_.push_back(std::move(reload));
}

void ReloadQueue::put_off(const MappedTable& table) {
  if (Reload* reload = find(table.number))
    reload->not_before = std::max(reload->not_before, pauses_.next(table.number));
}

void ReloadQueue::repeat(MappedTable& table, const std::string& reason) {
  Reload* reload = find(table.number);
  if (reload == nullptr || std::exchange(reload->repeats, true)) return;
  state_.target.within(
      [&](pg::SpiSession& spi) { want_repeated(spi, state_.config.task, table.number, reason); });
}

void ReloadQueue::request_outdated() {
  for (const uint32_t number : state_.target.take_outdated()) {
    MappedTable* table = state_.tables.find_number(number);
    if (table != nullptr && state_.is_live(*table))
      request(*table, "the source has changed its columns, and the binlog lacks some of its rows' cells", {});
  }
}

void ReloadQueue::distrust_history(MappedTable& table, const Status& misfit) {
  const auto before = misfits_.find(table.number);
  const bool again = before != misfits_.end() && same_table(before->second, table.schema);
  if (again || !reload_problem(state_.config).empty()) pg::check(misfit);
  misfits_[table.number] = table.schema;
  request(table, misfit.message(), misfit.detail());
}

void ReloadQueue::take_requests() {
  std::vector<ReloadRequest> requests;
  state_.target.within([&](pg::SpiSession& spi) { requests = take_asked_for(spi, state_.config.task); });
  for (const ReloadRequest& asked : requests) {
    MappedTable* table = state_.tables.find_number(asked.number);
    if (table == nullptr) continue;
    request(*table, asked.repeats ? *asked.repeats : "resync_table() was called", {});
    if (asked.repeats) put_off(*table);
  }
}

Reload* ReloadQueue::next() {
  const auto table_of = [&](const Reload& reload) { return state_.tables.find_number(reload.number); };
  reloads_.remove_if([&](const Reload& reload) {
    const MappedTable* table = table_of(reload);
    return table == nullptr || !table->life.has_reload();
  });
  Reload* found = nullptr;
  for (Reload& reload : reloads_) {
    const TableLife& life = table_of(reload)->life;
    if (life.is(TableState::kReloading)) return &reload;
    const bool is_due = life.is(TableState::kReloadWanted) && reload.not_before <= Reload::Clock::now();
    if (found == nullptr && is_due) found = &reload;
  }
  return found;
}

std::vector<uint32_t> ReloadQueue::catching_up() const {
  std::vector<uint32_t> numbers;
  for (const Reload& reload : reloads_) {
    const MappedTable* table = state_.tables.find_number(reload.number);
    if (table != nullptr && table->life.is(TableState::kCatchingUp)) numbers.push_back(reload.number);
  }
  return numbers;
}

}  // namespace mysql_sync
