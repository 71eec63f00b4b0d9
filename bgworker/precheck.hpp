// Everything that must hold before a task starts, looked at on source and target.
#pragma once

#include <string>
#include <vector>

#include "bgworker/task_config.hpp"
#include "source/connection.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

struct PrecheckItem {
  enum class Status { kPassed, kWarning, kFailed };
  std::string item;    ///< what was looked at: "binlog_format"
  std::string object;  ///< of what: "shop.orders", the server
  Status status = Status::kPassed;
  std::string detail, remedy;
};

/// Runs all checks. Needs a transaction; leaves nothing behind. Problems are items, not errors; only what
/// keeps the checks themselves from running (no such server, a cancel) throws.
std::vector<PrecheckItem> run_precheck(const TaskConfig& config);

/// "passed", "warning", "failed".
const char* precheck_status_name(PrecheckItem::Status status);

/// The failed items in one text, a line each; empty when nothing failed.
std::string describe_failures(const std::vector<PrecheckItem>& items);

/// The selected tables with their schemas as the source has them now, in the order of their names.
std::vector<TableSchema> read_selected_schemas(source::Connection& connection, const TaskConfig& config);

/// Estimated rows of each selected table, as the source's statistics have it.
std::vector<source::TableListing> list_selected_tables(source::Connection& connection,
                                                       const TaskConfig& config);

}  // namespace mysql_sync
