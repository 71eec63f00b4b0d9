// Cuts a source table into ranges of its primary key for the load.
#pragma once

#include <string>
#include <vector>

#include "core/types/table_schema.hpp"
#include "source/connection.hpp"

namespace mysql_sync {

/// Conditions in the source's SQL that together cover every key exactly once, the outer ranges open. One
/// empty condition stands for the whole table: where it is small, or its key cannot be cut (FLOAT, ENUM, SET,
/// BIT). `estimated_rows` is the source's statistic; a wrong one makes chunks larger or smaller, never wrong.
Result<std::vector<std::string>> plan_chunks(source::Connection& connection, const TableSchema& schema,
                                             uint64_t estimated_rows, uint64_t chunk_rows);

/// A table read in the order of its primary key, some rows at a time. `schema` must outlive it.
class KeyWalk {
 public:
  explicit KeyWalk(const TableSchema& schema) : schema_(schema) {}

  /// False if a query cannot go on behind a key (FLOAT, ENUM, SET, BIT): the table has to be read at once.
  bool is_possible() const;
  /// "`a`, `b`", for ORDER BY.
  std::string order() const;
  /// Expressions to select, one for each column of the key, for behind().
  std::string select_list() const;
  /// The condition for the rows behind the one that select_list() gave these cells for.
  std::string behind(const source::Connection& connection, const std::vector<std::string>& key) const;

 private:
  const TableSchema& schema_;
};

}  // namespace mysql_sync
