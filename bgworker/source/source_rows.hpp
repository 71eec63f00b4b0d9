// Rows of a mapped table as the source's text protocol has them, turned into what the appliers take.
#pragma once

#include <optional>
#include <vector>

#include "bgworker/catalog/table_mapping.hpp"
#include "core/base/arena.hpp"
#include "core/batch/change_batch.hpp"
#include "core/types/cell_reader.hpp"
#include "source/connection.hpp"

namespace mysql_sync {

/// For the columns that `table`, which must outlive it, has when it is made.
class SourceRows {
 public:
  SourceRows(const MappedTable& table, bool mariadb);

  /// The columns to select, "`a`, `b`*1e0": one for each column of the table, NULL for what is not carried.
  const std::string& select_list() const { return select_list_; }

  /// A row of a query that begins with select_list(), from a connection with read_text_raw(). Its cells live
  /// in `arena`. An error names table and column.
  Result<NetChange> read(const source::TextCell* cells, NetKind kind, Arena& arena) const;

 private:
  const MappedTable& table_;
  std::string select_list_;
  std::vector<std::optional<CellReader>> readers_;  // by column; none for what is not carried
};

}  // namespace mysql_sync
