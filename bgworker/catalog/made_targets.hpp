// Targets that a start has made which did not come to its end: it makes many tables in several transactions,
// as each holds its locks until it commits. The next start knows them for its own.
#pragma once

#include "apply/applier.hpp"
#include "pg/spi.hpp"

namespace mysql_sync {

void note_made(pg::SpiSession& spi, const std::string& task, const apply::TargetTable& target);
bool is_made(pg::SpiSession& spi, const std::string& task, const apply::TargetTable& target);

}  // namespace mysql_sync
