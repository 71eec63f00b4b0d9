// The copies that gh-ost and pt-online-schema-change fill, of tables of the task: their columns are followed,
// their rows are not. When a copy takes the place of its table, the difference between the two is what the
// migration did. See docs/architecture.md, "Online schema changes".
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bgworker/table_mapping.hpp"

namespace mysql_sync {

struct GhostTable {
  /// Number, columns and character set. It has no target: target.columns has the names of the table's
  /// columns that these were made of; empty for others, all of them where nobody knows.
  MappedTable copy;
  uint32_t of = 0;     ///< number of the table whose place it is to take
  std::string reload;  ///< why that table has to be read again then; empty: the columns tell all
};

/// The ghosts of a task, in memory. Pointers stay valid until the ghost is removed.
class GhostTables {
 public:
  GhostTables(std::vector<GhostTable> ghosts, bool fold_case);

  GhostTable* find(std::string_view database, std::string_view table);
  GhostTable* find_number(uint32_t number);
  /// True where a migration of the table is under way.
  bool has_any(uint32_t of) const;
  std::vector<GhostTable*> in_database(std::string_view database);
  std::vector<GhostTable*> ghosts_of(uint32_t number);
  GhostTable* add(GhostTable ghost);
  void remove(const GhostTable& ghost);

 private:
  bool is_same(std::string_view a, std::string_view b) const;

  std::vector<std::unique_ptr<GhostTable>> ghosts_;
  bool fold_case_;
};

/// In the catalog; for a ghost that is new, save_ghost() forgets another of its name.
void save_ghost(pg::SpiSession& spi, const std::string& task, const GhostTable& ghost);
void delete_ghost(pg::SpiSession& spi, const std::string& task, const GhostTable& ghost);
std::vector<GhostTable> load_ghosts(pg::SpiSession& spi, const std::string& task);

}  // namespace mysql_sync
