// Rows that the stream has changed lately, in tables whose rows are being read from the source as well.
//
// The source logs a transaction before it makes it visible. So a row that is read may be older than the
// change of it that the stream has applied: such a row must not overwrite the target's.
#pragma once

#include <chrono>
#include <string>
#include <unordered_map>

#include "core/binlog/position.hpp"

namespace mysql_sync {

/// Names are those of RowNames. Not thread-safe.
class RecentKeys {
 public:
  enum class Change {
    kNone,    ///< what was read is the newest
    kWhole,   ///< the target has, or has no more, the row as a later change left it
    kPartial  ///< neither has the row for certain
  };

  /// Nothing is known of changes that begin before `start`.
  explicit RecentKeys(BinlogPosition start) : blind_until_(std::move(start)) {}

  using Clock = std::chrono::steady_clock;

  struct NewChange {
    BinlogPosition begin, end;       ///< its transaction begins at `begin` and goes on at least to `end`
    bool whole = false;              ///< it told the whole row, or deleted it
    Clock::time_point keep_until{};  ///< not to be forgotten before, whatever is said to be visible
  };
  void note(const std::string& row, const NewChange& change);
  /// Nothing is known of changes that begin before `until`.
  void go_blind(const BinlogPosition& until);

  /// True if rows can be read now, `visible` being a position before which everything is visible.
  bool suffices_for(const BinlogPosition& visible) const { return blind_until_ <= visible; }
  /// Forgets what is visible.
  void forget(const BinlogPosition& visible);

  /// What happened to a row that was read after forget().
  Change find(const std::string& row) const;
  bool empty() const { return changes_.empty(); }

 private:
  struct Entry {
    BinlogPosition begin;
    bool whole;
    Clock::time_point keep_until;
  };
  BinlogPosition blind_until_;
  std::unordered_map<std::string, Entry> changes_;
};

}  // namespace mysql_sync
