// What a RENAME TABLE comes to once all of it is done.
#pragma once

#include <vector>

#include "core/route/source_names.hpp"

namespace mysql_sync {

struct TableMove {
  ddl::TableName from, to;
};

/// Follows the pairs one after the other, as the source does, so that tables may swap their names through one
/// that is free; nobody ever sees the names in between. Tables that end where they began are left out.
std::vector<TableMove> net_moves(const std::vector<TableMove>& pairs, const SourceNames& names);

}  // namespace mysql_sync
