// The tables of a task as the stream meets them: by name in statements, by number in row events.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bgworker/catalog/table_mapping.hpp"
#include "core/binlog/event.hpp"
#include "core/binlog/row_decoder.hpp"
#include "core/route/source_names.hpp"

namespace mysql_sync {

/// Owns the mapped tables; they stay where they are while the task runs.
class RoutedTables {
 public:
  /// `mariadb`: it is a MariaDB, whose rows may have columns that no catalog shows.
  /// `charsets`: of the source's collations.
  RoutedTables(std::vector<MappedTable> tables, SourceNames names, bool mariadb, CollationCharsets charsets);

  /// The mapped table of that name, or nullptr.
  MappedTable* find(std::string_view database, std::string_view table);
  /// All tables, those that are gone as well until they are forgotten.
  std::vector<MappedTable*> all() const;
  /// The table of that number, unless it is dropped; or nullptr.
  MappedTable* find_number(uint32_t number) const;
  /// Mapped tables of a database.
  std::vector<MappedTable*> in_database(std::string_view database);
  /// Mapped tables that are away, see MappedTable::away_as: find() does not know them.
  std::vector<MappedTable*> away() const;
  /// The one that is away under this name, or, by the second, whose own name this is; or nullptr.
  MappedTable* away_as(const ddl::TableName& name) const;
  MappedTable* away_from(const ddl::TableName& name) const;
  /// The one that goes to this target; or nullptr.
  MappedTable* find_target(const std::string& schema, const std::string& table) const;
  const SourceNames& names() const { return names_; }

  /// What a row event refers to by its number from now on. `other`: where it is none of the task's.
  void announce(const binlog::TableMapEvent& map, MappedTable* other = nullptr);
  /// The table of a row event; nullptr if it is not one of the task's. kCorrupt if it was never
  /// announced.
  Result<MappedTable*> find(uint64_t table_id);
  /// The decoder for the rows of an announced, mapped table. kConflict if its map does not fit the columns
  /// known.
  Result<binlog::RowDecoder*> decoder(uint64_t table_id);
  /// Forgets the decoders: after the columns of a table changed.
  void forget_decoders();
  /// Forgets what numbers stand for: the source announces each table again before its rows.
  void forget_announced() { by_id_.clear(); }
  /// A table that is new. It is found by its name.
  MappedTable* add(MappedTable table);
  /// Frees those that were dropped. Nothing may refer to one.
  void forget_dropped();
  /// No longer found by its name: it was dropped on the source, or is renamed.
  void detach(const MappedTable& table);
  /// Found again, by the name it has now; not while it is away.
  void attach(MappedTable& table);

 private:
  struct Announced {
    MappedTable* table = nullptr;
    binlog::TableMapEvent map;
    std::unique_ptr<binlog::RowDecoder> decoder;
  };

  SourceNames names_;
  bool mariadb_;
  CollationCharsets charsets_;
  /// Those that are gone as well, until forget_dropped(): a batch may refer to one.
  std::vector<std::unique_ptr<MappedTable>> tables_;
  std::unordered_map<std::string, MappedTable*> by_name_;
  std::unordered_map<uint32_t, MappedTable*> by_number_;
  std::unordered_map<uint64_t, Announced> by_id_;
};

/// Columns of the map behind the `known` ones that MariaDB shows in no catalog. It keeps the hash of a unique
/// key that is too long for an index in a BIGINT behind all other columns, "DB_ROW_HASH_1" and so on:
/// mysql_prepare_create_table() in MariaDB/server sql/sql_table.cc. Any ALTER TABLE may add or remove one, as
/// it depends on the lengths of all columns of the key.
size_t count_hashes(const binlog::TableMapEvent& map, size_t known);

}  // namespace mysql_sync
