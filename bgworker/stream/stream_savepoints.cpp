// The part of ChangeStream that undoes what a source rolled back to a savepoint and logged all the same. Row
// events behind a SAVEPOINT are held back until the transaction ends, so undoing them is forgetting them.
// Where they get too many they are let go and applied; a rollback of those ends the stream, which begins the
// transaction again and passes them over.
#include "bgworker/stream/change_stream.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

void ChangeStream::roll_back_to(const std::string& savepoint) {
  ghosts_.lose_count_of_transaction();
  const std::optional<binlog::HeldEvents::Undone> undone = held_.roll_back(savepoint);
  if (!undone) return check_savepoint_is_nothing_to_us(savepoint);
  if (!undone->whole && !transactions_.are_void_from(undone->first))
    throw StreamEnded{VoidRowsApplied{transactions_.boundary(), undone->first, transactions_.row_events()}};
  for (const uint32_t number : undone->tables) doubt_rollback(number);
}

void ChangeStream::check_savepoint_is_nothing_to_us(const std::string& savepoint) {
  if (!transaction_touches_us_ && !prepared_.is_reading()) return;
  pg::fail(
      ErrorCode::kUnsupported,
      "the source rolled a transaction that changes selected tables back to a savepoint that is not in its "
      "binlog",
      "Savepoint: " + savepoint + ".");
}

/// An engine without savepoints keeps its rows.
void ChangeStream::doubt_rollback(uint32_t number) {
  MappedTable* table = tables_.find_number(number);
  if (table == nullptr || !is_live(*table) || rolls_back(*table)) return;
  request_reload(*table, "its engine cannot undo what the source rolled back to a savepoint", "");
}

bool ChangeStream::rolls_back(const MappedTable& table) {
  const auto known = rolls_back_.find(table.number);
  if (known != rolls_back_.end()) return known->second;
  const bool answer =
      pg::value_or_throw(source::has_savepoints(control_, table.schema.database, table.schema.table));
  rolls_back_[table.number] = answer;
  return answer;
}

void ChangeStream::hold() {
  held_.hold(event_bytes_);
  if (held_.bytes() > static_cast<size_t>(config_.options.batch_bytes)) let_go();
}

/// What is held gets too large, or took effect.
void ChangeStream::let_go() {
  if (held_.bytes() == 0) return;
  lets_go_ = true;
  apply_events(binlog::PieceReader(held_.let_go()));
  lets_go_ = false;
}

/// At the end of a transaction.
void ChangeStream::let_all_go() {
  let_go();
  held_.clear();
}

}  // namespace mysql_sync
