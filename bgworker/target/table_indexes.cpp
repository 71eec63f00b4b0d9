#include "bgworker/target/table_indexes.hpp"

#include "apply/target_indexes.hpp"
#include "bgworker/worker/worker_runtime.hpp"
#include "source/source_indexes.hpp"

namespace mysql_sync {

void follow_indexes(const TaskConfig& config, source::Connection& source, const MappedTable& table) {
  if (!config.options.indexes) return;
  apply::follow_indexes(table.target, table.schema,
                        pg::value_or_throw(source::read_indexes(source, table.schema)));
}

}  // namespace mysql_sync
