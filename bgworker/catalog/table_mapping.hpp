// The tables of a task: where each goes, and its columns as they are at the applied position.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apply/applier.hpp"
#include "apply/target_ddl.hpp"
#include "bgworker/catalog/task_config.hpp"
#include "core/binlog/position.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync {

/// Where a table is between two loads of its rows.
enum class TablePhase {
  kLoaded,
  kReloadWanted,  ///< its target is out of date; a reload begins at one of the next boundaries
  kReloading,     ///< its rows are being read, or it catches up with them
  kSuspended      ///< set aside with an error; it waits for resync_table()
};

struct MappedTable {
  uint32_t number = 0;
  TableSchema schema;
  apply::TargetTable target;
  std::string table_charset;  ///< for columns added later; empty: the table is_unread()
  uint64_t rows_estimated = 0;
  TablePhase phase = TablePhase::kLoaded;
  /// Of a reload: transactions that begin before it are in what is read. Where one is wanted: in the columns
  /// known, if one before it had begun. Else empty.
  BinlogPosition begin;
  /// Up to here changes are idempotent: the end of the binlog after the reload's last row was read. Empty
  /// until then, and in the other phases.
  BinlogPosition consistent;

  /// True where changes that begin at `position` of the binlog go to the target, and DDL there concerns the
  /// columns known: not while a reload is wanted, nor before it began.
  bool is_live(const BinlogPosition& position) const { return !waits() && begin <= position; }
  /// True where its target is out of date until a reload begins.
  bool waits() const { return phase == TablePhase::kReloadWanted || phase == TablePhase::kSuspended; }
  /// True where no row that a reload has read is ahead of changes that begin at `position`.
  bool is_exact(const BinlogPosition& position) const {
    return phase == TablePhase::kLoaded || (!consistent.empty() && consistent <= position);
  }
  /// True where the task has taken the table up and not looked at it yet: it may be none that can be carried.
  /// What `schema` has of columns is of the table before it whose target was kept.
  bool is_unread() const { return waits() && table_charset.empty(); }
  /// True while a reload has rows to read.
  bool is_being_read() const { return phase == TablePhase::kReloading && consistent.empty(); }
  /// Not under its name on the source at the moment: renamed to this one, which is none of the task's, or,
  /// where empty, dropped while the copy that takes its place was already there. `schema` keeps the name.
  std::optional<ddl::TableName> away_as;
  /// For each column its name as rows were read that may be ahead of the binlog; none at all: the names of
  /// now.
  std::vector<std::string> read_as;
  /// A RENAME TABLE leaves open whether the source has a table of this name: where it has none when the
  /// reload comes to read it, and nothing up to there in the binlog brings one, it is dropped.
  bool may_be_absent = false;
  bool dropped = false;  ///< gone from the source, and no longer one of the task's
};

/// Where a source table goes by the settings of the task: schema, table and column names.
apply::TargetTable target_of(const TaskConfig& config, const TableSchema& schema);

/// Stores a new mapping with its columns.
void save_mapping(pg::SpiSession& spi, const std::string& task, const MappedTable& table);
/// Replaces the columns of a mapping: the schema history's step at a DDL statement.
void save_columns(pg::SpiSession& spi, const std::string& task, const MappedTable& table);
/// Stores phase, begin, consistent and may_be_absent.
void save_phase(pg::SpiSession& spi, const std::string& task, const MappedTable& table);
/// The table is gone on the source: it is one of the task's tables no longer. If its target stays, the task
/// remembers that it is the one who filled it.
void mark_dropped(pg::SpiSession& spi, const std::string& task, uint32_t number);
/// The columns of the dropped table that filled this target, where the target is the one that the task has
/// kept: not one that somebody made under the name since, or that another task has filled too. Nothing
/// otherwise.
std::optional<apply::SourceColumns> kept_columns(pg::SpiSession& spi, const std::string& task,
                                                 const apply::TargetTable& target);
/// The mappings of a task, by number, dropped tables left out.
std::vector<MappedTable> load_mappings(pg::SpiSession& spi, const TaskConfig& config);

/// Reads the columns of these tables, which have none yet.
void load_columns(pg::SpiSession& spi, const std::string& task, const std::vector<MappedTable*>& tables);
/// A number that no table and no ghost of the task has.
uint32_t next_table_number(pg::SpiSession& spi, const std::string& task);
/// Stores the names of source and target, after a rename.
void save_names(pg::SpiSession& spi, const std::string& task, const MappedTable& table);
/// Gives a mapping a source name that no table has, for as long as others take its name.
void set_names_aside(pg::SpiSession& spi, const std::string& task, uint32_t number);
/// Forgets a dropped table of the name that this one takes, but for the target that it has left somewhere
/// else.
void forget_dropped(pg::SpiSession& spi, const std::string& task, const MappedTable& table);

/// Adds to the counters shown in task_tables.
struct TableCounts {
  uint64_t inserted = 0, updated = 0, deleted = 0, ddl = 0, changed_by_policy = 0;
};
void add_counts(pg::SpiSession& spi, const std::string& task, uint32_t number, const TableCounts& counts);
/// What is wrong with a table; empty: nothing any more.
void set_table_error(pg::SpiSession& spi, const std::string& task, const std::string& source_table,
                     const std::string& error);

/// Makes a dropped table of each table of the task, so that its target is known as one that the task has
/// filled.
void keep_targets(pg::SpiSession& spi, const std::string& task);
/// delete_mappings() but for dropped tables whose targets were kept.
void forget_tables(pg::SpiSession& spi, const std::string& task);
/// Forgets all tables, columns, chunks and prepared transactions of a task, and what is known of databases.
void delete_mappings(pg::SpiSession& spi, const std::string& task);

}  // namespace mysql_sync
