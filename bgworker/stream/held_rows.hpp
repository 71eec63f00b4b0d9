// What a source rolled back to a savepoint and logged all the same. Row events behind a SAVEPOINT are held
// back until the transaction ends, so undoing them is forgetting them. Where they get too many they are let
// go and applied; a rollback of those ends the stream, which begins the transaction again and passes them
// over.
#pragma once

#include <functional>
#include <unordered_map>

#include "bgworker/stream/reload_queue.hpp"
#include "core/binlog/savepoints.hpp"

namespace mysql_sync {

class HeldRows {
 public:
  /// `apply` handles events that are let go, one behind the other.
  using Apply = std::function<void(binlog::PieceReader)>;
  HeldRows(StreamState& state, ReloadQueue& reloads, Apply apply)
      : state_(state), reloads_(reloads), apply_(std::move(apply)) {}

  /// SAVEPOINT.
  void set(const std::string& savepoint);
  /// ROLLBACK TO. Throws StreamEnded where what it undoes was let go.
  void roll_back_to(const std::string& savepoint);
  /// Whether the event being handled is to be held back.
  bool holds() const { return held_.is_holding() && !state_.lets_go; }
  /// Holds back the event being handled.
  void hold();
  /// The event being handled changes the table.
  void touch(const MappedTable& table) { held_.touch(table.number); }
  /// At the end of a transaction that took effect.
  void let_all_go();
  /// At the end of one that took none.
  void drop_all();
  /// Changes of the table were rolled back, which an engine without savepoints cannot do: it keeps its rows.
  void doubt_rollback(uint32_t number);
  /// What is known of the engines of tables may have changed.
  void forget_engines() { rolls_back_.clear(); }

 private:
  void check_savepoint_is_nothing_to_us(const std::string& savepoint);
  bool rolls_back(const MappedTable& table);
  void let_go();

  StreamState& state_;
  ReloadQueue& reloads_;
  Apply apply_;
  binlog::HeldEvents held_;
  std::unordered_map<uint32_t, bool> rolls_back_;  // whether the engine of a table does, by its number
};

}  // namespace mysql_sync
