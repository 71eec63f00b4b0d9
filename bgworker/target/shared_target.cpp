#include "bgworker/target/shared_target.hpp"

#include "apply/target_catalog.hpp"
#include "bgworker/catalog/table_lookup.hpp"
#include "bgworker/catalog/table_mapping.hpp"

namespace mysql_sync {

namespace {

std::vector<apply::SourceColumns> read_sharing_tables(const std::string& task, uint32_t number,
                                                      const apply::TargetTable& target) {
  pg::SpiSession spi;
  std::vector<apply::SourceColumns> tables;
  for (const TargetUser& user : users_of_target(spi, target)) {
    if (user.task == task && user.number == number) continue;
    MappedTable table;
    table.schema.database = user.database;
    table.schema.table = user.table;
    table.number = user.number;
    load_columns(spi, user.task, {&table});
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
