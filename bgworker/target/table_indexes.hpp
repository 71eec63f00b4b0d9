// The option indexes: secondary indexes of the targets follow those that the source has now.
#pragma once

#include "bgworker/catalog/table_mapping.hpp"
#include "source/connection.hpp"

namespace mysql_sync {

/// Nothing without the option. Needs a target transaction; see apply::follow_indexes(). The source may be
/// ahead of the target: an index on columns that the target does not have yet comes with the statement that
/// adds them.
void follow_indexes(const TaskConfig& config, source::Connection& source, const MappedTable& table);

}  // namespace mysql_sync
