// What a RENAME TABLE comes to once all of it is done.
#pragma once

#include <vector>

#include "core/ddl/ddl_statement.hpp"

namespace mysql_sync {

struct TableMove {
  ddl::TableName from, to;
};

/// Follows the pairs one after the other, as the source does, so that tables may swap their names through one
/// that is free; nobody ever sees the names in between. Tables that end where they began are left out.
/// `fold_case`: the source compares names without case.
std::vector<TableMove> net_moves(const std::vector<TableMove>& pairs, bool fold_case);

}  // namespace mysql_sync
