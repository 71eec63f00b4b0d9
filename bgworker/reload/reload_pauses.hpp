// How long tables wait for a reload that something asks for again and again, which cannot be followed: a
// cascade, a statement that was logged as such.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <unordered_map>

namespace mysql_sync {

class ReloadPauses {
 public:
  using Clock = std::chrono::steady_clock;

  /// The table of this number is to be loaded again: not before then. The first time at once, then twice as
  /// late each time, as long as it is asked for often.
  Clock::time_point next(uint32_t table) {
    constexpr std::chrono::seconds kFirst{2};
    constexpr std::chrono::minutes kLongest{10};
    const Clock::time_point now = Clock::now();
    const auto [entry, is_new] = pauses_.try_emplace(table);
    Pause& pause = entry->second;
    const bool is_frequent = !is_new && now - pause.last < 2 * kLongest;
    pause.length = is_frequent ? std::clamp<Clock::duration>(pause.length * 2, kFirst, kLongest)
                               : Clock::duration::zero();
    pause.last = now;
    return now + pause.length;
  }

 private:
  struct Pause {
    Clock::time_point last;  // it was asked for
    Clock::duration length{};
  };
  std::unordered_map<uint32_t, Pause> pauses_;
};

}  // namespace mysql_sync
