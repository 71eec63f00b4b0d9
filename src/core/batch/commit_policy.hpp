// When a stream commits what it has gathered for the target: soon where the source pauses, not too often
// where it goes on and on, and now and then where nothing happens, to show that it lives. Time is handed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace mysql_sync {

class CommitPolicy {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  /// What there is to commit.
  struct Work {
    bool has_changes = false;  ///< something waits for the target
    bool has_moved = false;    ///< the boundary is behind the committed position
  };

  /// The source sends more. A change waits for half a second at most, a position alone for a second.
  bool is_due(const Work& work, Time now) const;
  /// The source has nothing more at the moment. Changes are committed at once, a position alone after 200 ms,
  /// and every two seconds whatever there is.
  bool is_due_when_quiet(const Work& work, Time now) const;
  /// The end of the source's binlog is asked for about once a second.
  bool wants_look(Time now) const;

  /// A transaction of the source has ended, with something for the target.
  void note_change(Time now);
  void note_look(Time now) { last_look_ = now; }
  void note_commit(Time now);

  /// Commits so far. The first one stores where the stream begins; nothing else is stored before it.
  uint64_t commits() const { return commits_; }

  /// Rows per second over the last second or more. `rows`: applied since the beginning.
  double rate(uint64_t rows, Time now);

 private:
  std::optional<Time> oldest_change_;
  std::optional<Time> last_look_;
  Time last_commit_{};
  uint64_t commits_ = 0;
  Time rate_since_{};
  uint64_t rate_rows_ = 0;
  double rate_ = 0;
};

}  // namespace mysql_sync
