// What planning a foreign scan found out, kept in RelOptInfo::fdw_private between the planner's calls.
#pragma once

#include "pg/compat/fdw_compat.hpp"

#include "fdw/fdw_remote_table.hpp"

namespace mysql_sync::fdw {

struct RelationPlan {
  RemoteTable table;
  List* shipped = NIL;     ///< RestrictInfos that the source checks (exactly or not)
  List* checked = NIL;     ///< RestrictInfos that are checked here
  List* conditions = NIL;  ///< of Lists: pieces of each shipped condition
  List* parameters = NIL;  ///< Param nodes that the pieces refer to
  int64 room = 0;          ///< bytes that the source's limit for a statement leaves for more conditions
  double source_rows = 1;  ///< rows that the source will return
};

inline RelationPlan* relation_plan(RelOptInfo* relation) {
  return static_cast<RelationPlan*>(relation->fdw_private);
}

/// Backend code: what a path to `rows` rows costs, with the source sorting or not.
pg::compat::PathCosts path_costs(const RelationPlan& plan, double source_rows, double rows, bool sorted);

}  // namespace mysql_sync::fdw
