// What the worker of a task does about an error: it notes it, and tries again after a pause or ends. None of
// that is certain to work: the disk may be full, the worker cancelled. An error that cannot be noted never
// ends the worker, as without a launcher nobody would start another.
#pragma once

#include "bgworker/catalog/task_config.hpp"
#include "bgworker/worker/worker_runtime.hpp"

namespace mysql_sync {

/// What becomes of a task after an error.
enum class Outcome {
  kRetry,
  kRetrySlowly,  ///< the source refuses the login: it counts the attempts, and locks accounts and hosts
  kFail,
  kGoOn,  ///< the table was set aside
  kNone   ///< it was stopped or dropped meanwhile
};

/// `has_begun`: the task has noted its position, so the source has let it in before.
Outcome outcome_of(const pg::ErrorReport& report, bool has_begun);

/// Notes an error that a worker meets again and again, and says whether the task goes on.
class ErrorRecovery {
 public:
  explicit ErrorRecovery(const TaskConfig& config) : config_(config) {}

  /// Notes the error and pauses. False if the task has failed or is not wanted any more.
  /// Throws nothing. `is_noted`: a load worker has
  /// written it to mysql_sync.errors.
  bool recover(const pg::ErrorReport& report, const ErrorPlace& place, bool is_noted) noexcept;
  /// The task gets on: the next pause is short.
  void reset() { pause_seconds_ = 0; }

 private:
  Outcome note(const pg::ErrorReport& report, const ErrorPlace& place, bool is_noted);
  bool is_set_aside(pg::SpiSession& spi, const pg::ErrorReport& report, const ErrorPlace& place) const;
  void pause(Outcome outcome) noexcept;

  const TaskConfig& config_;
  int pause_seconds_ = 0;
  /// The owner is no superuser any more; the worker is its first self again, and may do nothing but note it.
  std::optional<pg::ErrorReport> lost_owner_;
};

/// Runs `work` until it throws nothing, with pauses: for what a worker cannot do without.
void persist(const std::function<void()>& work);

}  // namespace mysql_sync
