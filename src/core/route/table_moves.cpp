#include "core/route/table_moves.hpp"

#include <algorithm>

#include "core/types/name_case.hpp"

namespace mysql_sync {

bool same_table_name(const ddl::TableName& a, const ddl::TableName& b, bool fold_case) {
  if (!fold_case) return a.database == b.database && a.table == b.table;
  return same_name(a.database, b.database) && same_name(a.table, b.table);
}

std::vector<TableMove> net_moves(const std::vector<TableMove>& pairs, bool fold_case) {
  std::vector<TableMove> moves;
  for (const TableMove& pair : pairs) {
    const auto moved = std::find_if(moves.begin(), moves.end(), [&](const TableMove& move) {
      return same_table_name(move.to, pair.from, fold_case);
    });
    if (moved == moves.end())
      moves.push_back(pair);
    else
      moved->to = pair.to;
  }
  moves.erase(
      std::remove_if(moves.begin(), moves.end(),
                     [&](const TableMove& move) { return same_table_name(move.from, move.to, fold_case); }),
      moves.end());
  return moves;
}

}  // namespace mysql_sync
