#include "bgworker/catalog/made_targets.hpp"

namespace mysql_sync {

void note_made(pg::SpiSession& spi, const std::string& task, const apply::TargetTable& target) {
  spi.execute(
      "INSERT INTO mysql_sync.made_target (task, relation) SELECT $1::name, c.oid FROM pg_catalog.pg_class c"
      "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $2::name AND c.relname = $3::name",
      {task, target.schema, target.table});
}

bool is_made(pg::SpiSession& spi, const std::string& task, const apply::TargetTable& target) {
  return spi
      .query_row(
          "SELECT 1 FROM mysql_sync.made_target m JOIN pg_catalog.pg_class c ON c.oid = m.relation"
          "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
          " WHERE m.task = $1::name AND n.nspname = $2::name AND c.relname = $3::name",
          {task, target.schema, target.table})
      .has_value();
}

}  // namespace mysql_sync
