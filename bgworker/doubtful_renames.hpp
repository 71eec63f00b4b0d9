// RENAME TABLE statements that may be of temporary tables, which MariaDB logs alike, until a later statement
// or the source tells. Kept in mysql_sync.doubtful_rename, as a worker may end in between.
#pragma once

#include <string>
#include <vector>

#include "core/route/table_moves.hpp"
#include "pg/spi.hpp"

namespace mysql_sync {

/// In the order of the binlog. `followed`: those whose table goes by the new name; else those whose table
/// keeps the old one.
std::vector<TableMove> load_doubtful_renames(pg::SpiSession& spi, const std::string& task, bool followed);
void save_doubtful_renames(pg::SpiSession& spi, const std::string& task, const std::vector<TableMove>& moves,
                           const std::vector<TableMove>& followed);

}  // namespace mysql_sync
