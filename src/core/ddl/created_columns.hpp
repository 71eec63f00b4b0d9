// The columns of a CREATE TABLE statement as SHOW CREATE TABLE prints it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::ddl {

/// Names and defaults of the columns, in order; `sql` in UTF-8, its names in backquotes, its TIMESTAMP
/// literals in UTC. The types are those that the text spells; without a character set of their own they have
/// utf8mb4, so only the defaults are to be used. kUnsupported if it cannot be read.
Result<std::vector<Column>> created_columns(std::string_view sql, bool mariadb);

}  // namespace mysql_sync::ddl
