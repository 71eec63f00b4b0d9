// What a RENAME TABLE comes to once all of it is done.
#pragma once

#include <vector>

#include "core/ddl/ddl_statement.hpp"

namespace mysql_sync {

struct TableMove {
  ddl::TableName from, to;
};

/// True where the source takes both for the same table. `fold_case`: it compares names without case.
bool same_table_name(const ddl::TableName& a, const ddl::TableName& b, bool fold_case);

/// Follows the pairs one after the other, as the source does, so that tables may swap their names through one
/// that is free; nobody ever sees the names in between. Tables that end where they began are left out.
std::vector<TableMove> net_moves(const std::vector<TableMove>& pairs, bool fold_case);

}  // namespace mysql_sync
