// Single tables of tasks, found by their names or their targets, and the states that others than the stream
// give them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apply/target_ddl.hpp"
#include "core/route/table_life.hpp"
#include "pg/spi.hpp"

namespace mysql_sync {

struct StoredTable {
  uint32_t number = 0;
  TableState state = TableState::kLoaded;
};

/// The table of this name ("database.table"), dropped ones as well. `locks`: its row stays locked until the
/// end of the transaction.
std::optional<StoredTable> find_stored_table(pg::SpiSession& spi, const std::string& task,
                                             const std::string& source_table, bool locks = false);
/// Locks the row of a table until the end of the transaction. Nothing: there is none of this number.
std::optional<StoredTable> lock_stored_table(pg::SpiSession& spi, const std::string& task, uint32_t number);
/// Whether it has a primary key that the task knows.
bool has_stored_key(pg::SpiSession& spi, const std::string& task, uint32_t number);

/// TableEvent::kFailed: the table is set aside with this error.
void store_failure(pg::SpiSession& spi, const std::string& task, const StoredTable& table,
                   const std::string& error);
struct SuspendedTable {
  std::string source_table, error;
};
/// Tables of the task that are set aside, by name.
std::vector<SuspendedTable> suspended_tables(pg::SpiSession& spi, const std::string& task);
/// Forgets the errors of tables that are not set aside.
void clear_table_errors(pg::SpiSession& spi, const std::string& task);

struct TargetUser {
  std::string task;
  uint32_t number = 0;
  std::string database, table;  ///< of the source
};
/// The tables of all tasks that go to a target.
std::vector<TargetUser> users_of_target(pg::SpiSession& spi, const apply::TargetTable& target);

}  // namespace mysql_sync
