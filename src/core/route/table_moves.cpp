#include "core/route/table_moves.hpp"

#include <algorithm>

namespace mysql_sync {

std::vector<TableMove> net_moves(const std::vector<TableMove>& pairs, const SourceNames& names) {
  std::vector<TableMove> moves;
  for (const TableMove& pair : pairs) {
    const auto moved = std::find_if(moves.begin(), moves.end(),
                                    [&](const TableMove& move) { return names.is_same(move.to, pair.from); });
    if (moved == moves.end())
      moves.push_back(pair);
    else
      moved->to = pair.to;
  }
  moves.erase(std::remove_if(moves.begin(), moves.end(),
                             [&](const TableMove& move) { return names.is_same(move.from, move.to); }),
              moves.end());
  return moves;
}

}  // namespace mysql_sync
