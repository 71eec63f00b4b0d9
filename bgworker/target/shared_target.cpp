#include "bgworker/target/shared_target.hpp"

#include "apply/target_catalog.hpp"
#include "bgworker/catalog/table_mapping.hpp"

namespace mysql_sync {

namespace {

std::vector<apply::SourceColumns> read_sharing_tables(const std::string& task, uint32_t number,
                                                      const apply::TargetTable& target) {
  pg::SpiSession spi;
  std::vector<apply::SourceColumns> tables;
  for (const pg::TextRow& row :
       spi.query("SELECT task, number, source_database, source_table FROM mysql_sync.table_mapping"
                 " WHERE target_schema = $1::name AND target_table = $2::name AND state <> 'dropped'"
                 "   AND (task, number) <> ($3::name, $4::integer)",
                 {target.schema, target.table, task, std::to_string(number)})) {
    MappedTable table;
    table.schema.database = *row[2];
    table.schema.table = *row[3];
    table.number = static_cast<uint32_t>(std::stoul(*row[1]));
    load_columns(spi, *row[0], {&table});
    tables.push_back({std::move(table.schema), std::move(table.target.columns)});
  }
  return tables;
}

}  // namespace

std::optional<apply::SourceColumns> own_remains(const TaskConfig& config, const apply::TargetTable& target) {
  if (!config.operations.remove || config.existing_tables == ExistingTables::kAppend) return std::nullopt;
  std::optional<apply::SourceColumns> columns;
  {
    pg::SpiSession spi;
    columns = kept_columns(spi, config.task, target);
  }
  if (columns && !sharing_tables(config.task, 0, target).empty()) columns.reset();
  return columns;
}

std::vector<apply::SourceColumns> sharing_tables(const std::string& task, uint32_t number,
                                                 const apply::TargetTable& target) {
  if (read_sharing_tables(task, number, target).empty()) return {};
  apply::lock_target(target);
  return read_sharing_tables(task, number, target);
}

}  // namespace mysql_sync
