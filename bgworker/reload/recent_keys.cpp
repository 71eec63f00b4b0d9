#include "bgworker/reload/recent_keys.hpp"

#include <algorithm>

namespace mysql_sync {

namespace {

constexpr size_t kMaxKeys = 100000;

}  // namespace

/// What a partial change left open, a later one need not tell either.
void RecentKeys::note(const std::string& row, const NewChange& change) {
  Entry& entry = changes_.try_emplace(row, Entry{{}, true, {}}).first->second;
  entry = {change.begin, entry.whole && change.whole, std::max(entry.keep_until, change.keep_until)};
  if (changes_.size() <= kMaxKeys) return;
  changes_.clear();
  go_blind(change.end);
}

void RecentKeys::go_blind(const BinlogPosition& until) {
  if (blind_until_ < until) blind_until_ = until;
}

void RecentKeys::forget(const BinlogPosition& visible) {
  const Clock::time_point now = Clock::now();
  for (auto entry = changes_.begin(); entry != changes_.end();) {
    const bool is_over = entry->second.begin < visible && entry->second.keep_until <= now;
    entry = is_over ? changes_.erase(entry) : std::next(entry);
  }
}

RecentKeys::Change RecentKeys::find(const std::string& row) const {
  const auto found = changes_.find(row);
  if (found == changes_.end()) return Change::kNone;
  return found->second.whole ? Change::kWhole : Change::kPartial;
}

}  // namespace mysql_sync
