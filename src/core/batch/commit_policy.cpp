#include "core/batch/commit_policy.hpp"

namespace mysql_sync {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kMaxWait{500};
constexpr milliseconds kPositionInterval{200};
constexpr seconds kBusyPositionInterval{1};
constexpr seconds kIdleInterval{2};
constexpr seconds kLookInterval{1};

}  // namespace

bool CommitPolicy::is_due(const Work& work, Time now) const {
  if (commits_ == 0) return false;
  if (oldest_change_ && now - *oldest_change_ > kMaxWait) return true;
  return work.has_moved && now - last_commit_ > kBusyPositionInterval;
}

bool CommitPolicy::is_due_when_quiet(const Work& work, Time now) const {
  if (commits_ == 0) return false;
  if (work.has_changes) return true;
  return now - last_commit_ >
         (work.has_moved ? milliseconds(kPositionInterval) : milliseconds(kIdleInterval));
}

bool CommitPolicy::wants_look(Time now) const { return !last_look_ || now - *last_look_ > kLookInterval; }

void CommitPolicy::note_change(Time now) {
  if (!oldest_change_) oldest_change_ = now;
}

void CommitPolicy::note_commit(Time now) {
  ++commits_;
  last_commit_ = now;
  oldest_change_.reset();
}

double CommitPolicy::rate(uint64_t rows, Time now) {
  const double elapsed = std::chrono::duration<double>(now - rate_since_).count();
  if (elapsed < 1.0) return rate_;
  rate_ = static_cast<double>(rows - rate_rows_) / elapsed;
  rate_rows_ = rows;
  rate_since_ = now;
  return rate_;
}

}  // namespace mysql_sync
