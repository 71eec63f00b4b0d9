// The tables of a task: where each goes, and its columns as they are at the applied position.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apply/applier.hpp"
#include "apply/target_ddl.hpp"
#include "bgworker/catalog/task_config.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/route/table_life.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync {

struct MappedTable {
  uint32_t number = 0;
  TableSchema schema;
  apply::TargetTable target;
  std::string table_charset;  ///< for columns added later; empty: the table is_unread()
  uint64_t rows_estimated = 0;
  TableLife life;
  /// True if the task has selected the table by its name and not looked at it yet: it may turn out that it
  /// cannot be carried. The columns in `schema` are those of an earlier table of the name, whose target was
  /// kept.
  bool is_unread() const { return life.is_outdated() && table_charset.empty(); }
  /// If life.is_away(): the name that the table has on the source now, which the task does not select. Empty
  /// if the table was dropped while the copy that takes its place was there. `schema` keeps the old name.
  std::optional<ddl::TableName> away_as;
  /// For each column, the name under which rows were read that may be ahead of the binlog. Empty: the present
  /// names.
  std::vector<std::string> read_as;
  /// After a RENAME TABLE it is open whether the source has a table of this name. If it has none when the
  /// reload comes to read it, and the binlog brings none up to there, the table counts as dropped.
  bool may_be_absent = false;
};

/// Where a source table goes by the settings of the task: schema, table and column names.
apply::TargetTable target_of(const TaskConfig& config, const TableSchema& schema);

/// Stores a new mapping with its columns.
void save_mapping(pg::SpiSession& spi, const std::string& task, const MappedTable& table);
/// Replaces the columns of a mapping: the schema history's step at a DDL statement.
void save_columns(pg::SpiSession& spi, const std::string& task, const MappedTable& table);
/// Stores the state of a table with its positions, and may_be_absent.
void save_life(pg::SpiSession& spi, const std::string& task, const MappedTable& table);
/// The source has dropped the table, which leaves the task. If its target stays, the task remembers that it
/// has filled it.
void mark_dropped(pg::SpiSession& spi, const std::string& task, uint32_t number);
/// The columns of the dropped table that filled this target, if the target is still the one that the task has
/// kept. Nothing if somebody has made another one of the name since, or another task has filled it too.
std::optional<apply::SourceColumns> kept_columns(pg::SpiSession& spi, const std::string& task,
                                                 const apply::TargetTable& target);
/// The mappings of a task, by number, dropped tables left out.
std::vector<MappedTable> load_mappings(pg::SpiSession& spi, const TaskConfig& config);

/// Reads the columns of these tables, which have none yet.
void load_columns(pg::SpiSession& spi, const std::string& task, const std::vector<MappedTable*>& tables);
/// A number that no table and no ghost of the task has.
uint32_t next_table_number(pg::SpiSession& spi, const std::string& task);
/// The initial load is over: each table that waited for it, or was being loaded, is loaded.
void end_load(pg::SpiSession& spi, const std::string& task);
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
/// Stores the error of a table; empty: it has none any more.
void set_table_error(pg::SpiSession& spi, const std::string& task, const std::string& source_table,
                     const std::string& error);

/// Makes a dropped table of each table of the task, so that its target is known as one that the task has
/// filled.
void keep_targets(pg::SpiSession& spi, const std::string& task);
/// Like delete_mappings(), but keeps dropped tables whose targets were kept.
void forget_tables(pg::SpiSession& spi, const std::string& task);
/// Forgets all tables, columns, chunks and prepared transactions of a task, and what is known of databases.
void delete_mappings(pg::SpiSession& spi, const std::string& task);

}  // namespace mysql_sync
