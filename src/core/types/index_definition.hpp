// A secondary index of a source table, as far as a target can have it.
#pragma once

#include <string>
#include <vector>

namespace mysql_sync {

struct IndexColumn {
  std::string name;  ///< empty: an expression
  bool is_prefix = false;
  bool is_descending = false;
};

struct IndexDefinition {
  std::string name;
  std::string method;  ///< BTREE, HASH, FULLTEXT, SPATIAL, RTREE, as information_schema spells it
  std::vector<IndexColumn> columns;
};

}  // namespace mysql_sync
