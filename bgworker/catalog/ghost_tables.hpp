// The copies that gh-ost and pt-online-schema-change fill, of tables of the task: their columns are followed,
// their rows are counted. When a copy takes the place of its table, the difference between the two is what
// the migration did. See docs/architecture.md, "Online schema changes".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bgworker/catalog/table_mapping.hpp"
#include "core/route/source_names.hpp"

namespace mysql_sync {

struct GhostTable {
  /// Number, columns and character set. It has no target: target.columns has the names of the table's
  /// columns that these were made of; empty for others, all of them where nobody knows.
  MappedTable copy;
  uint32_t of = 0;     ///< number of the table whose place it is to take
  std::string reload;  ///< why that table has to be read again then; empty: the columns tell all

  /// What a tool does and nobody else, as bits: a name proves nothing.
  enum Evidence : uint32_t {
    kChangelog = 1,  ///< gh-ost: its changelog table was made before the copy
    kMigrated = 2,   ///< gh-ost: its first note there
    kInsertTrigger =
        4,  ///< pt-online-schema-change: its triggers, the first made before a row came into the copy
    kUpdateTrigger = 8,
    kDeleteTrigger = 16
  };
  static constexpr uint32_t kGhOst = kChangelog | kMigrated;
  static constexpr uint32_t kPercona = kInsertTrigger | kUpdateTrigger | kDeleteTrigger;
  uint32_t evidence = 0;
  bool is_proven() const { return (evidence & kGhOst) == kGhOst || (evidence & kPercona) == kPercona; }
  /// That the copy has by the events since it was made; nothing: not known.
  std::optional<int64_t> rows;
  int64_t rows_of_transaction = 0;  ///< of the one being read
  bool is_unsaved = false;          ///< evidence or rows
};

/// The ghosts of a task, in memory. Pointers stay valid until the ghost is removed.
class GhostTables {
 public:
  explicit GhostTables(SourceNames names) : names_(names) {}

  GhostTable* find(std::string_view database, std::string_view table);
  GhostTable* find_number(uint32_t number);
  /// True if a migration of the table is under way.
  bool has_any(uint32_t of) const;
  std::vector<GhostTable*> in_database(std::string_view database);
  std::vector<GhostTable*> ghosts_of(uint32_t number);
  GhostTable* add(GhostTable ghost);
  void remove(const GhostTable& ghost);
  /// The transaction being read took effect, or none.
  void end_transaction(bool committed);
  /// Some of what it did took no effect, and nobody says what.
  void lose_count_of_transaction();
  /// Those whose evidence or rows are to be saved.
  std::vector<GhostTable*> take_unsaved();

 private:
  std::vector<std::unique_ptr<GhostTable>> ghosts_;
  SourceNames names_;
};

/// In the catalog; for a ghost that is new, save_ghost() forgets another of its name.
void save_ghost(pg::SpiSession& spi, const std::string& task, const GhostTable& ghost);
/// Stores evidence and rows.
void save_ghost_progress(pg::SpiSession& spi, const std::string& task, const GhostTable& ghost);
void delete_ghost(pg::SpiSession& spi, const std::string& task, const GhostTable& ghost);
std::vector<GhostTable> load_ghosts(pg::SpiSession& spi, const std::string& task);

}  // namespace mysql_sync
