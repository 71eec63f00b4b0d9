// RENAME TABLE statements that were followed and may be of temporary tables, which MariaDB logs alike, until
// a later statement or the source tells. Kept in mysql_sync.doubtful_rename, as a worker may end in between.
#pragma once

#include <string>
#include <vector>

#include "core/route/table_moves.hpp"
#include "pg/spi.hpp"

namespace mysql_sync {

/// In the order of the binlog.
std::vector<TableMove> load_doubtful_renames(pg::SpiSession& spi, const std::string& task);
void save_doubtful_renames(pg::SpiSession& spi, const std::string& task, const std::vector<TableMove>& moves);

}  // namespace mysql_sync
