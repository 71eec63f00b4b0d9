// Which tables are to be loaded again and how far that is, in the catalog.
//
//   loaded -> reload_wanted -> reloading -> catching_up -> loaded; see core/route/table_life.hpp
//
// Every function works inside the caller's transaction. See docs/architecture.md, "Reloads".
#pragma once

#include <string>
#include <vector>

#include "bgworker/catalog/table_mapping.hpp"
#include "bgworker/catalog/task_progress.hpp"

namespace mysql_sync {

/// Why this task cannot load a table again; empty if it can. It must be one whose target tables hold
/// nothing but the rows of their source table.
std::string reload_problem(const TaskConfig& config);

/// What asked for a reload, for mysql_sync.errors.
struct ReloadReason {
  std::string reason;  ///< "ALTER TABLE ... DROP PARTITION"
  std::string detail;  ///< the source's statement, or an error; may be empty
  std::string position, gtid;
};

/// The table waits for a reload from here on. Stores that, and says why in mysql_sync.errors. Throws
/// kUnsupported if reload_problem() says something.
void want_reload(pg::SpiSession& spi, const TaskConfig& config, MappedTable& table,
                 const ReloadReason& reason);

/// Notes that a user asked for it; the stream sees it within a second.
void ask_for_reload(pg::SpiSession& spi, const std::string& task, uint32_t number);
/// Notes that the reload whose rows are being read has to be repeated: it counts once they are.
void want_repeated(pg::SpiSession& spi, const std::string& task, uint32_t number, const std::string& reason);

struct ReloadRequest {
  uint32_t number = 0;  ///< of the table
  pg::Text repeats;     ///< the reason of one that repeats another; nothing: a user asked for it
};
/// take_ returns those that count, one for each table, and forgets them.
bool is_reload_asked_for(pg::SpiSession& spi, const std::string& task);
std::vector<ReloadRequest> take_asked_for(pg::SpiSession& spi, const std::string& task);

/// True if a table of the task waits for a reload, or has not caught up with one, or may come to one, as a
/// RENAME TABLE is in doubt.
bool has_unfinished_reload(pg::SpiSession& spi, const std::string& task);

/// How far the rows of a table are read: kept in mysql_sync.load_chunk as one chunk that grows.
struct ReloadStep {
  uint64_t rows = 0, bytes = 0, changed_by_policy = 0;
  std::string rest;  ///< the condition for the rows that are still to be read
  bool done = false;
};
void begin_reload(pg::SpiSession& spi, const std::string& task, const MappedTable& table);
std::string rest_of_reload(pg::SpiSession& spi, const std::string& task, uint32_t number);
void save_step(pg::SpiSession& spi, const std::string& task, uint32_t number, const ReloadStep& step);

}  // namespace mysql_sync
