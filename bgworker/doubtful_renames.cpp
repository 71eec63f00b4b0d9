#include "bgworker/doubtful_renames.hpp"

namespace mysql_sync {

std::vector<TableMove> load_doubtful_renames(pg::SpiSession& spi, const std::string& task, bool followed) {
  std::vector<TableMove> moves;
  for (const pg::TextRow& row :
       spi.query("SELECT from_database, from_table, to_database, to_table FROM mysql_sync.doubtful_rename"
                 " WHERE task = $1::name AND is_followed = $2::boolean ORDER BY place",
                 {task, followed ? "true" : "false"}))
    moves.push_back({{*row[0], *row[1]}, {*row[2], *row[3]}});
  return moves;
}

void save_doubtful_renames(pg::SpiSession& spi, const std::string& task, const std::vector<TableMove>& moves,
                           const std::vector<TableMove>& followed) {
  spi.execute("DELETE FROM mysql_sync.doubtful_rename WHERE task = $1::name", {task});
  size_t place = 0;
  const auto save = [&](const std::vector<TableMove>& some, const char* is_followed) {
    for (const TableMove& move : some)
      spi.execute(
          "INSERT INTO mysql_sync.doubtful_rename"
          " (task, place, from_database, from_table, to_database, to_table, is_followed)"
          " VALUES ($1::name, $2::integer, $3, $4, $5, $6, $7::boolean)",
          {task, std::to_string(place++), move.from.database, move.from.table, move.to.database,
           move.to.table, is_followed});
  };
  save(moves, "false");
  save(followed, "true");
}

}  // namespace mysql_sync
