// A table as its columns arrive in results. What was learnt is remembered by the connection, and costs one
// short query from then on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/types/table_schema.hpp"
#include "source/connection.hpp"

namespace mysql_sync::source {

/// `marks` are what ResultStream::column_marks() tells of the columns asked for, while they had the types of
/// `schema`; empty for one that the table does not have.
struct TableDescription {
  TableSchema schema;  ///< without its key
  std::vector<std::string> marks;
  double rows = 0;                ///< the source's estimate, up to a minute old
  int64_t longest_statement = 0;  ///< max_allowed_packet
};

/// Nothing if there is no such table or view, or the account may not see it.
Result<std::optional<TableDescription>> describe_table(Connection& connection, const std::string& database,
                                                       const std::string& table,
                                                       const std::vector<std::string>& columns);

}  // namespace mysql_sync::source
