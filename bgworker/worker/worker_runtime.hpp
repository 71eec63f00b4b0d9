// What the workers of a task have in common: who they act for, and how a failure is recorded.
#pragma once

#include <functional>
#include <string>

#include "bgworker/catalog/task_config.hpp"
#include "bgworker/catalog/task_progress.hpp"

namespace mysql_sync {

/// Acts as the owner of the task from now on. Not inside a transaction.
void become_owner(const std::string& owner);

/// Runs `work` in a transaction of its own and commits.
void in_transaction(const std::function<void(pg::SpiSession&)>& work);

/// Where in the source an error arose, as far as known.
struct ErrorPlace {
  std::string source_table, position, gtid;
};

/// True for errors that a task that has run before waits out: transient ones, and a login that the source
/// refuses, as passwords are changed there first.
bool may_pass(const pg::ErrorReport& report);

/// Writes an error to mysql_sync.errors. False if it counts one that may pass at an entry of the last
/// minutes that says the same.
bool record_error(pg::SpiSession& spi, const std::string& task, const pg::ErrorReport& report,
                  const ErrorPlace& place);

/// A line of the server's log, as a WARNING: "mysql_sync task "shop" of database "app" has failed: ...". Not
/// inside a transaction. `task` may be empty. Throws nothing.
void log_failure(const std::string& task, const pg::ErrorReport& report, const ErrorPlace& place,
                 const char* what) noexcept;
/// The same of the exception being handled.
void log_current_failure(const std::string& task, const char* what) noexcept;

/// "message: detail", for last_error.
std::string one_line(const pg::ErrorReport& report);

/// The body of a worker: nothing thrown leaves it.
void run_worker(const std::function<void()>& body);

}  // namespace mysql_sync
