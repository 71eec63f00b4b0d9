#include "bgworker/catalog/doubtful_renames.hpp"

namespace mysql_sync {

std::vector<TableMove> load_doubtful_renames(pg::SpiSession& spi, const std::string& task) {
  std::vector<TableMove> moves;
  for (const pg::TextRow& row :
       spi.query("SELECT from_database, from_table, to_database, to_table FROM mysql_sync.doubtful_rename"
                 " WHERE task = $1::name ORDER BY place",
                 {task}))
    moves.push_back({{*row[0], *row[1]}, {*row[2], *row[3]}});
  return moves;
}

void save_doubtful_renames(pg::SpiSession& spi, const std::string& task,
                           const std::vector<TableMove>& moves) {
  spi.execute("DELETE FROM mysql_sync.doubtful_rename WHERE task = $1::name", {task});
  for (size_t i = 0; i < moves.size(); ++i)
    spi.execute(
        "INSERT INTO mysql_sync.doubtful_rename (task, place, from_database, from_table, to_database, to_table)"
        " VALUES ($1::name, $2::integer, $3, $4, $5, $6)",
        {task, std::to_string(i), moves[i].from.database, moves[i].from.table, moves[i].to.database,
         moves[i].to.table});
}

}  // namespace mysql_sync
