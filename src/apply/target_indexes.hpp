// Secondary indexes of the target that follow those of the source (option indexes).
#pragma once

#include <vector>

#include "apply/applier.hpp"
#include "core/types/index_definition.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::apply {

/// Makes the indexes of the target be those that the source has, as far as the target can have them: made are
/// those that are missing, dropped those that were made here and that the source has no more. Indexes of the
/// user's are left alone. What was made here has a comment that says so, and the name "table_index".
///
/// Never unique: rows of a batch may hold a value of another row for a moment. Left out are FULLTEXT and
/// SPATIAL indexes, expressions, prefixes of columns, columns that are not carried or whose target type has
/// no order, and values that may exceed what an index takes (2700 bytes). Needs a transaction; the table is
/// locked against writers until its end where an index is made.
void follow_indexes(const TargetTable& target, const TableSchema& source,
                    const std::vector<IndexDefinition>& indexes);

}  // namespace mysql_sync::apply
