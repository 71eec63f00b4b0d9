#include "bgworker/task/error_recovery.hpp"

#include <algorithm>

#include "bgworker/catalog/table_mapping.hpp"
#include "bgworker/worker/table_suspend.hpp"
#include "pg/compat/worker_compat.hpp"

namespace mysql_sync {

namespace {

constexpr int kMaxPauseSeconds = 60;
constexpr int kFirstSlowPauseSeconds = 5;
constexpr int kPersistPauseSeconds = 2;

/// The task stops until somebody starts it again.
void fail_task(pg::SpiSession& spi, const std::string& task, const pg::ErrorReport& report,
               const ErrorPlace& place) {
  note_error(spi, task, one_line(report));
  set_wanted(spi, task, false);
  set_state(spi, task, task_state::kFailed);
  if (!place.source_table.empty()) set_table_error(spi, task, place.source_table, one_line(report));
}

pg::ErrorReport with_remedy(pg::ErrorReport report, const std::string& task, Outcome outcome) {
  if (outcome == Outcome::kFail && report.hint.empty())
    report.hint = "Fix the cause, then call mysql_sync.start_task('" + task +
                  "'): it goes on where the last commit ended.";
  return report;
}

/// A cancel does not end it: it is meant for a statement, and there is none.
void sleep_for(int seconds) noexcept {
  const TimestampTz until = GetCurrentTimestamp() + int64_t{seconds} * 1000000;
  while (GetCurrentTimestamp() < until) {
    try {
      pg::guard([] { compat::wait_for_latch(200); });
    } catch (...) {
      continue;
    }
  }
}

Outcome find_outcome(pg::SpiSession& spi, const TaskConfig& config, const pg::ErrorReport& report) {
  if (!task_name_of_id(spi, config.id)) return Outcome::kNone;
  const TaskProgress progress = read_progress(spi, config.task);
  return progress.wanted_running ? outcome_of(report, !progress.applied.empty()) : Outcome::kNone;
}

/// A role that is no superuser any more cannot even note what it met: the worker notes it as who it was at
/// first, and ends.
std::optional<pg::ErrorReport> leave_lost_owner(const TaskConfig& config) {
  bool is_lost = false;
  in_transaction([&](pg::SpiSession&) { is_lost = pg::guard([] { return !superuser_arg(GetUserId()); }); });
  if (!is_lost) return std::nullopt;
  SetUserIdAndSecContext(GetSessionUserId(), 0);
  pg::ErrorReport report;
  report.sqlstate = ERRCODE_INSUFFICIENT_PRIVILEGE;
  report.message = "the task's owner \"" + config.owner + "\" is no superuser any more";
  report.detail = "Tasks are for superusers.";
  report.hint = "ALTER ROLE ... SUPERUSER, then start the task again.";
  return report;
}

}  // namespace

Outcome outcome_of(const pg::ErrorReport& report, bool has_begun) {
  if (is_transient(report)) return Outcome::kRetry;
  return may_pass(report) && has_begun ? Outcome::kRetrySlowly : Outcome::kFail;
}

bool ErrorRecovery::recover(const pg::ErrorReport& report, const ErrorPlace& place, bool is_noted) noexcept {
  for (;;) {
    Outcome outcome = Outcome::kRetry;
    try {
      outcome = note(report, place, is_noted);
    } catch (...) {  // after the pause it is met again
      log_failure(config_.task, report, place, "has met an error");
      log_current_failure(config_.task, "cannot note it");
    }
    const bool tries_again = outcome == Outcome::kRetry || outcome == Outcome::kRetrySlowly;
    if (tries_again) pause(outcome);
    if (!tries_again || !lost_owner_) return tries_again || outcome == Outcome::kGoOn;
  }
}

Outcome ErrorRecovery::note(const pg::ErrorReport& given, const ErrorPlace& place, bool is_noted) {
  if (!lost_owner_) lost_owner_ = leave_lost_owner(config_);
  const pg::ErrorReport& met = lost_owner_ ? *lost_owner_ : given;
  Outcome outcome = Outcome::kNone;
  bool is_new = false;
  in_transaction([&](pg::SpiSession& spi) {
    outcome = find_outcome(spi, config_, met);
    if (outcome == Outcome::kNone) return;
    if (outcome == Outcome::kFail && is_set_aside(spi, met, place)) {
      outcome = Outcome::kGoOn;
      return;
    }
    const pg::ErrorReport report = with_remedy(met, config_.task, outcome);
    is_new = !is_noted && record_error(spi, config_.task, report, place);
    if (outcome == Outcome::kFail) return fail_task(spi, config_.task, report, place);
    note_retry(spi, config_.task, one_line(report));
  });
  if (outcome == Outcome::kFail)
    log_failure(config_.task, met, place, "has failed");
  else if (outcome == Outcome::kGoOn)
    log_failure(config_.task, met, place, "has set a table aside");
  else if (is_new)
    log_failure(config_.task, met, place, "will try again");
  return outcome;
}

bool ErrorRecovery::is_set_aside(pg::SpiSession& spi, const pg::ErrorReport& report,
                                 const ErrorPlace& place) const {
  const bool may_be = concerns_one_table(report) || hinders_reload(spi, config_, report, place);
  return may_be && suspend_table(spi, config_, report, place);
}

void ErrorRecovery::pause(Outcome outcome) noexcept {
  const int first = outcome == Outcome::kRetrySlowly ? kFirstSlowPauseSeconds : 1;
  pause_seconds_ = std::clamp(pause_seconds_ * 2, first, kMaxPauseSeconds);
  sleep_for(pause_seconds_);
}

void persist(const std::function<void()>& work) {
  for (;;) {
    try {
      return work();
    } catch (...) {
      log_current_failure({}, "will try again");
    }
    sleep_for(kPersistPauseSeconds);
  }
}

}  // namespace mysql_sync
