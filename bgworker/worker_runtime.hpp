// What the workers of a task have in common: who they act for, and how a failure is recorded.
#pragma once

#include <functional>
#include <string>

#include "bgworker/task_config.hpp"
#include "bgworker/task_progress.hpp"

namespace mysql_sync {

/// Acts as the owner of the task from now on. Not inside a transaction.
void become_owner(const std::string& owner);

/// Runs `work` in a transaction of its own and commits.
void in_transaction(const std::function<void(pg::SpiSession&)>& work);

/// Where in the source an error arose, as far as known.
struct ErrorPlace {
  std::string source_table, position, gtid;
};

/// Writes an error to mysql_sync.errors; a transient one once, however often it is met in a row.
void record_error(pg::SpiSession& spi, const std::string& task, const pg::ErrorReport& report,
                  const ErrorPlace& place);

/// "message: detail", for last_error.
std::string one_line(const pg::ErrorReport& report);

/// The body of a worker: nothing thrown leaves it.
void run_worker(const std::function<void()>& body);

}  // namespace mysql_sync
