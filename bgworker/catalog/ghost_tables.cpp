#include "bgworker/catalog/ghost_tables.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace mysql_sync {

GhostTable* GhostTables::find(std::string_view database, std::string_view table) {
  for (const auto& ghost : ghosts_)
    if (names_.is_same(ghost->copy.schema.database, database) &&
        names_.is_same(ghost->copy.schema.table, table))
      return ghost.get();
  return nullptr;
}

GhostTable* GhostTables::find_number(uint32_t number) {
  for (const auto& ghost : ghosts_)
    if (ghost->copy.number == number) return ghost.get();
  return nullptr;
}

bool GhostTables::has_any(uint32_t of) const {
  return std::any_of(ghosts_.begin(), ghosts_.end(), [&](const auto& ghost) { return ghost->of == of; });
}

std::vector<GhostTable*> GhostTables::in_database(std::string_view database) {
  std::vector<GhostTable*> found;
  for (const auto& ghost : ghosts_)
    if (names_.is_same(ghost->copy.schema.database, database)) found.push_back(ghost.get());
  return found;
}

std::vector<GhostTable*> GhostTables::ghosts_of(uint32_t number) {
  std::vector<GhostTable*> found;
  for (const auto& ghost : ghosts_)
    if (ghost->of == number) found.push_back(ghost.get());
  return found;
}

GhostTable* GhostTables::add(GhostTable ghost) {
  ghosts_.push_back(std::make_unique<GhostTable>(std::move(ghost)));
  return ghosts_.back().get();
}

void GhostTables::remove(const GhostTable& ghost) {
  ghosts_.erase(std::remove_if(ghosts_.begin(), ghosts_.end(),
                               [&](const auto& known) { return known.get() == &ghost; }),
                ghosts_.end());
}

void GhostTables::end_transaction(bool committed) {
  for (const auto& ghost : ghosts_) {
    if (ghost->rows_of_transaction == 0) continue;
    if (committed && ghost->rows) *ghost->rows += ghost->rows_of_transaction;
    ghost->rows_of_transaction = 0;
    ghost->is_unsaved = true;
  }
}

void GhostTables::lose_count_of_transaction() {
  for (const auto& ghost : ghosts_) {
    if (ghost->rows_of_transaction == 0) continue;
    ghost->rows.reset();
    ghost->is_unsaved = true;
  }
}

std::vector<GhostTable*> GhostTables::take_unsaved() {
  std::vector<GhostTable*> unsaved;
  for (const auto& ghost : ghosts_)
    if (std::exchange(ghost->is_unsaved, false)) unsaved.push_back(ghost.get());
  return unsaved;
}

namespace {

std::optional<std::string> rows_text(const GhostTable& ghost) {
  return ghost.rows ? std::optional<std::string>(std::to_string(*ghost.rows)) : std::nullopt;
}

}  // namespace

void save_ghost_progress(pg::SpiSession& spi, const std::string& task, const GhostTable& ghost) {
  spi.execute(
      "UPDATE mysql_sync.ghost_table SET evidence = $3::integer, copied_rows = $4::bigint"
      " WHERE task = $1::name AND number = $2::integer",
      {task, std::to_string(ghost.copy.number), std::to_string(ghost.evidence), rows_text(ghost)});
}

void save_ghost(pg::SpiSession& spi, const std::string& task, const GhostTable& ghost) {
  const MappedTable& copy = ghost.copy;
  const std::string number = std::to_string(copy.number);
  spi.execute(
      "DELETE FROM mysql_sync.ghost_table WHERE task = $1::name AND (number = $2::integer"
      "   OR source_database = $3 AND source_table = $4)",
      {task, number, copy.schema.database, copy.schema.table});
  spi.execute(
      "INSERT INTO mysql_sync.ghost_table (task, number, source_database, source_table, ghost_of,"
      " table_charset, reload, evidence, copied_rows)"
      " VALUES ($1::name, $2::integer, $3, $4, $5::integer, $6, $7, $8::integer, $9::bigint)",
      {task, number, copy.schema.database, copy.schema.table, std::to_string(ghost.of), copy.table_charset,
       ghost.reload, std::to_string(ghost.evidence), rows_text(ghost)});
  save_columns(spi, task, copy);
}

void delete_ghost(pg::SpiSession& spi, const std::string& task, const GhostTable& ghost) {
  for (const char* table : {"ghost_table", "table_column"})
    spi.execute(
        std::string("DELETE FROM mysql_sync.") + table + " WHERE task = $1::name AND number = $2::integer",
        {task, std::to_string(ghost.copy.number)});
}

std::vector<GhostTable> load_ghosts(pg::SpiSession& spi, const std::string& task) {
  std::vector<GhostTable> ghosts;
  const auto rows = spi.query(
      "SELECT number, source_database, source_table, ghost_of, table_charset, reload, evidence, copied_rows"
      "  FROM mysql_sync.ghost_table WHERE task = $1::name ORDER BY number",
      {task});
  for (const pg::TextRow& row : rows) {
    GhostTable ghost;
    ghost.copy.number = static_cast<uint32_t>(std::stoul(*row[0]));
    ghost.copy.schema.database = *row[1];
    ghost.copy.schema.table = *row[2];
    ghost.of = static_cast<uint32_t>(std::stoul(*row[3]));
    ghost.copy.table_charset = *row[4];
    ghost.reload = *row[5];
    ghost.evidence = static_cast<uint32_t>(std::stoul(*row[6]));
    if (row[7]) ghost.rows = std::stoll(*row[7]);
    ghosts.push_back(std::move(ghost));
  }
  std::vector<MappedTable*> copies;
  for (GhostTable& ghost : ghosts) copies.push_back(&ghost.copy);
  load_columns(spi, task, copies);
  return ghosts;
}

}  // namespace mysql_sync
