#include "bgworker/catalog/load_chunks.hpp"

namespace mysql_sync {

namespace {

/// In the order in which others lock these rows: first the table's, then the chunk's. Two workers that do the
/// last two chunks at once may both leave the table at loading: end_load() corrects that.
void follow_state(pg::SpiSession& spi, const std::string& task, const LoadChunk& chunk) {
  spi.execute(
      "UPDATE mysql_sync.table_mapping m SET state = CASE WHEN l.pending THEN 'loading' ELSE 'loaded' END"
      "  FROM (SELECT count(*) > 0 AS pending FROM mysql_sync.load_chunk"
      "         WHERE task = $1::name AND number = $2::integer AND chunk <> $3::integer AND NOT done) l"
      " WHERE m.task = $1::name AND m.number = $2::integer"
      "   AND (m.state = 'waiting' OR m.state = 'loading' AND NOT l.pending)",
      {task, std::to_string(chunk.number), chunk.chunk});
}

}  // namespace

void save_chunks(pg::SpiSession& spi, const std::string& task, uint32_t number,
                 const std::vector<std::string>& conditions) {
  for (size_t i = 0; i < conditions.size(); ++i) {
    spi.execute(
        "INSERT INTO mysql_sync.load_chunk (task, number, chunk, condition)"
        " VALUES ($1::name, $2::integer, $3::integer, $4)",
        {task, std::to_string(number), std::to_string(i + 1), conditions[i]});
  }
}

uint64_t pending_chunks(pg::SpiSession& spi, const std::string& task) {
  const auto row = spi.query_row(
      "SELECT count(*) FROM mysql_sync.load_chunk WHERE task = $1::name AND NOT done AND chunk > 0", {task});
  return std::stoull(*(*row)[0]);
}

std::vector<LoadChunk> read_pending_chunks(pg::SpiSession& spi, const std::string& task) {
  std::vector<LoadChunk> chunks;
  for (const pg::TextRow& row : spi.query(
           "SELECT number, chunk, condition FROM mysql_sync.load_chunk WHERE task = $1::name AND NOT done"
           "   AND chunk > 0 ORDER BY number, chunk",
           {task}))
    chunks.push_back({static_cast<uint32_t>(std::stoul(*row[0])), *row[1], *row[2]});
  return chunks;
}

bool is_pending(pg::SpiSession& spi, const std::string& task, const LoadChunk& chunk) {
  const auto row = spi.query_row(
      "SELECT done FROM mysql_sync.load_chunk WHERE task = $1::name AND number = $2::integer AND chunk = $3::integer",
      {task, std::to_string(chunk.number), chunk.chunk});
  return row && *(*row)[0] == "f";
}

void finish_chunk(pg::SpiSession& spi, const std::string& task, const LoadChunk& chunk,
                  const LoadedRows& loaded) {
  follow_state(spi, task, chunk);
  spi.execute(
      "UPDATE mysql_sync.load_chunk SET done = true, rows = $4::bigint, bytes = $5::bigint,"
      "       values_changed_by_policy = $6::bigint"
      " WHERE task = $1::name AND number = $2::integer AND chunk = $3::integer",
      {task, std::to_string(chunk.number), chunk.chunk, std::to_string(loaded.rows),
       std::to_string(loaded.bytes), std::to_string(loaded.changed_by_policy)});
}

bool has_chunks(pg::SpiSession& spi, const std::string& task, uint32_t number) {
  return spi
      .query_row("SELECT 1 FROM mysql_sync.load_chunk WHERE task = $1::name AND number = $2::integer LIMIT 1",
                 {task, std::to_string(number)})
      .has_value();
}

void delete_chunks(pg::SpiSession& spi, const std::string& task, uint32_t number) {
  spi.execute("DELETE FROM mysql_sync.load_chunk WHERE task = $1::name AND number = $2::integer",
              {task, std::to_string(number)});
}

}  // namespace mysql_sync
