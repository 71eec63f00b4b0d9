#include "bgworker/stream/held_rows.hpp"

#include "bgworker/stream/stream_end.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

void HeldRows::set(const std::string& savepoint) { held_.set(savepoint, state_.transactions.row_events()); }

void HeldRows::roll_back_to(const std::string& savepoint) {
  state_.ghosts.lose_count_of_transaction();
  const std::optional<binlog::HeldEvents::Undone> undone = held_.roll_back(savepoint);
  if (!undone) return check_savepoint_is_nothing_to_us(savepoint);
  if (!undone->whole && !state_.transactions.are_void_from(undone->first))
    throw StreamEnded{
        VoidRowsApplied{state_.transactions.boundary(), undone->first, state_.transactions.row_events()}};
  for (const uint32_t number : undone->tables) doubt_rollback(number);
}

void HeldRows::check_savepoint_is_nothing_to_us(const std::string& savepoint) {
  if (!state_.touches_us && !state_.prepared.is_reading()) return;
  pg::fail(
      ErrorCode::kUnsupported,
      "the source rolled a transaction that changes selected tables back to a savepoint that is not in its "
      "binlog",
      "Savepoint: " + savepoint + ".");
}

void HeldRows::doubt_rollback(uint32_t number) {
  MappedTable* table = state_.tables.find_number(number);
  if (table == nullptr || !state_.is_live(*table) || rolls_back(*table)) return;
  reloads_.request(*table, "its engine cannot undo what the source rolled back to a savepoint", "");
}

bool HeldRows::rolls_back(const MappedTable& table) {
  const auto known = rolls_back_.find(table.number);
  if (known != rolls_back_.end()) return known->second;
  const bool answer =
      pg::value_or_throw(source::has_savepoints(state_.control, table.schema.database, table.schema.table));
  rolls_back_[table.number] = answer;
  return answer;
}

void HeldRows::hold() {
  held_.hold(state_.event_bytes);
  if (held_.bytes() > static_cast<size_t>(state_.config.options.batch_bytes)) let_go();
}

/// What is held gets too large, or took effect.
void HeldRows::let_go() {
  if (held_.bytes() == 0) return;
  state_.lets_go = true;
  apply_(binlog::PieceReader(held_.let_go()));
  state_.lets_go = false;
}

void HeldRows::let_all_go() {
  let_go();
  held_.clear();
}

void HeldRows::drop_all() {
  for (const uint32_t number : held_.touched()) doubt_rollback(number);
  held_.clear();
}

}  // namespace mysql_sync
