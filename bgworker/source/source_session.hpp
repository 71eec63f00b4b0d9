// Connections of a task to its source, with the options of its server and the user mapping of its owner.
#pragma once

#include "bgworker/catalog/task_config.hpp"
#include "source/binlog_stream.hpp"
#include "source/connection.hpp"

namespace mysql_sync {

/// The connection options of a task's server. Needs a transaction. Throws StatusError if server or user
/// mapping is missing.
source::ConnectionOptions source_options(const TaskConfig& config);

/// Connects; waits as a backend waits (latch, cancel). Throws StatusError.
source::Connection connect_source(const source::ConnectionOptions& options);

/// Our identity among the replicas of the source: the server option server_id, or one derived from this
/// database system and the task.
uint32_t replica_server_id(const TaskConfig& config);

/// True if the number comes from the server's option.
bool has_own_server_id(const TaskConfig& config);

/// Whether labels of ENUM and SET may have been added at the end, and NULLs allowed. Where the target has an
/// enum type, or NOT NULL, rows that use them cannot be written yet.
enum class Labels { kMayGrow, kSame };

/// After rows were read by the names of their columns: true if the columns that the mapping knows are
/// still there, in their order, with their types and their key, as names may have changed hands. Columns that
/// came since do not matter; the stream adds them.
bool keeps_columns(source::Connection& source, const TableSchema& mapped, Labels labels = Labels::kMayGrow);

}  // namespace mysql_sync
