// The precheck of the tables that the patterns select: on the source, and what they go to.
#pragma once

#include "bgworker/catalog/task_config.hpp"
#include "bgworker/precheck/precheck_items.hpp"
#include "source/connection.hpp"

namespace mysql_sync {

/// `logs_labels`: the binlog has the labels of ENUM and SET. Throws only for a cancel.
std::vector<PrecheckItem> check_tables(const TaskConfig& config, source::Connection& connection,
                                       bool logs_labels);

/// Throws where `status` is a cancel: that is no outcome of a check.
void throw_if_cancelled(const Status& status);

}  // namespace mysql_sync
