// What a user configured of a task, read from the catalog and validated in one place.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bgworker/catalog/table_settings.hpp"
#include "core/route/object_selection.hpp"
#include "core/types/table_schema.hpp"
#include "pg/cell_converter.hpp"
#include "pg/spi.hpp"

namespace mysql_sync {

enum class ExistingTables { kError, kTruncate, kAppend };
/// What becomes of the target of a table that the source drops.
enum class DroppedTables { kKeep, kDrop };

struct Operations {
  bool insert = false, update = false, remove = false, alter = false;
};

/// `options` of create_task; docs/settings.md is its counterpart for readers.
struct TaskOptions {
  int load_workers = 2;         ///< processes that load chunks, 1 to 16
  int64_t chunk_rows = 100000;  ///< rows of a load chunk, about
  int64_t batch_rows = 20000;   ///< net changes applied at once
  int64_t batch_bytes = 64 * 1024 * 1024;
  std::optional<bool> create_tables;  ///< not said: see TaskConfig::creates_tables()
  DroppedTables drop_tables = DroppedTables::kKeep;
  bool indexes = false;  ///< secondary indexes of the targets follow those of the source
  pg::ValuePolicies policies;
};

struct TaskConfig {
  std::string task;
  int32_t id = 0;
  std::string server, owner;
  std::vector<std::string> tables;
  std::optional<std::string> target_schema;
  bool sync_schema = true, sync_data = true;
  ExistingTables existing_tables = ExistingTables::kError;
  Operations operations;
  TaskOptions options;
  std::vector<TableSettings> table_settings;

  /// What set_table() said of a table; nullptr: nothing.
  const TableSettings* settings_of(const TableSchema& schema) const;

  /// The patterns of `tables`, parsed; valid for a config that load_task_config() returned.
  ObjectSelection selection() const;
  /// Tables that come later and match `tables` are taken up: by default where it has wildcards.
  bool creates_tables() const;
  /// The target is to be a copy of the source: it is loaded, and gets every change.
  bool is_copy() const { return sync_data && operations.insert && operations.update && operations.remove; }
};

/// Reads and validates a task. Throws StatusError: kNotFound for an unknown task, with the known ones in the
/// hint; kInvalidArgument for a setting that makes no sense, naming it.
TaskConfig load_task_config(pg::SpiSession& spi, const std::string& task);

/// The task of that number, or nothing if it was dropped meanwhile.
std::optional<std::string> task_name_of_id(pg::SpiSession& spi, int32_t id);

/// A setting of create_task and alter_task, as a column of task_config.
struct TaskSetting {
  const char* name;
  Oid type;          ///< of the function's argument
  const char* cast;  ///< the same as SQL
};
/// Stores a new task of the current user; `values`: the task's name, then one for each of `settings`.
/// kAlreadyExists if there is one of the name.
void insert_task(pg::SpiSession& spi, const std::vector<TaskSetting>& settings,
                 const std::vector<pg::Text>& values);
void update_setting(pg::SpiSession& spi, const std::string& task, const TaskSetting& setting,
                    const std::string& value);
/// Forgets a task, its progress and its errors.
void delete_task(pg::SpiSession& spi, const std::string& task);
/// Whether another task reads from the same server.
bool shares_server(pg::SpiSession& spi, const TaskConfig& config);
/// The ids of tasks that are wanted to run.
std::vector<int32_t> wanted_tasks(pg::SpiSession& spi);

/// Names of all tasks.
std::vector<std::string> task_names(pg::SpiSession& spi);

}  // namespace mysql_sync
