// LIMIT and OFFSET at the source. The path that does it is one of the base relation, handed to the planner as
// a final path: so the plan is the ordinary scan, only with a LIMIT in its query and no Limit node above.
#include "fdw/fdw_callbacks.hpp"
#include "fdw/fdw_deparse.hpp"
#include "fdw/fdw_plan.hpp"

#if MYSQL_SYNC_HAS_UPPER_PATHS

namespace mysql_sync::fdw {

namespace {

/// Nothing between the scan (with its order) and the limit that would change which rows are counted.
bool is_plain_select(const Query* query) {
  return query->commandType == CMD_SELECT && query->rowMarks == NIL && !query->hasTargetSRFs &&
         !query->hasWindowFuncs && !query->hasAggs && query->groupClause == NIL &&
         query->groupingSets == NIL && query->distinctClause == NIL && query->havingQual == nullptr &&
         query->setOperations == nullptr && query->limitOption == LIMIT_OPTION_COUNT;
}

/// Whether get_relation_size() has planned the relation. It has not where the planner knows that there are no
/// rows, nor for the parent of an inheritance tree, and what another wrapper keeps here is none of ours.
bool is_planned_by_us(const RelOptInfo* relation) {
  return relation->rtekind == RTE_RELATION && relation->fdwroutine != nullptr &&
         relation->fdwroutine->GetForeignRelSize == get_relation_size && relation->fdw_private != nullptr;
}

/// The only table of the query, where it is read by a scan of ours and nothing else decides about its rows.
RelOptInfo* only_relation(PlannerInfo* root) {
  int relid;
  if (!bms_get_singleton_member(root->all_baserels, &relid)) return nullptr;
  RelOptInfo* relation = find_base_rel(root, relid);
  if (relation->reloptkind != RELOPT_BASEREL || relation->joininfo != NIL || IS_DUMMY_REL(relation))
    return nullptr;
  return is_planned_by_us(relation) ? relation : nullptr;
}

/// A constant of LIMIT or OFFSET: `otherwise` where there is none. False if it is no constant.
bool constant_count(Node* node, int64 otherwise, int64* count) {
  *count = otherwise;
  if (node == nullptr) return true;
  if (!IsA(node, Const)) return false;
  const auto* constant = reinterpret_cast<Const*>(node);
  if (!constant->constisnull) *count = DatumGetInt64(constant->constvalue);
  return *count >= 0;
}

const char* limit_clause(int64 limit, int64 offset) {
  const char* rows = limit == PG_INT64_MAX ? "18446744073709551615" : psprintf(INT64_FORMAT, limit);
  return offset == 0 ? psprintf(" LIMIT %s", rows) : psprintf(" LIMIT %s OFFSET " INT64_FORMAT, rows, offset);
}

void add_limited_path(PlannerInfo* root, RelOptInfo* relation, RelOptInfo* output, int64 limit,
                      int64 offset) {
  const RelationPlan& plan = *relation_plan(relation);
  const double after_offset = plan.source_rows - static_cast<double>(offset);
  const double rows = clamp_row_est(std::min(after_offset, static_cast<double>(limit)));
  pg::compat::PathCosts costs = path_costs(plan, rows, rows, false);
  // In the planner's eyes a Limit node above the scan would cost the same. It costs more: what the source has
  // sent ahead is read all the same, or the source has to be told to stop.
  costs.startup /= 2;
  costs.total -= costs.startup;
  List* fdw_private = list_make1(makeString(pstrdup(limit_clause(limit, offset))));
  pg::compat::add_final_path(
      root, output, pg::compat::make_scan_path(root, relation, costs, root->sort_pathkeys, fdw_private));
}

}  // namespace

void get_upper_paths(PlannerInfo* root, UpperRelationKind stage, RelOptInfo*, RelOptInfo* output,
                     void* extra) {
  if (stage != UPPERREL_FINAL || !static_cast<FinalPathExtraData*>(extra)->limit_needed) return;
  if (!is_plain_select(root->parse)) return;
  RelOptInfo* relation = only_relation(root);
  if (relation == nullptr || relation_plan(relation)->checked != NIL) return;
  const bool sorted = root->sort_pathkeys != NIL;
  if (sorted && deparse_order(relation, relation_plan(relation)->table, root->sort_pathkeys) == nullptr)
    return;
  int64 limit, offset;
  if (!constant_count(root->parse->limitCount, PG_INT64_MAX, &limit)) return;
  if (!constant_count(root->parse->limitOffset, 0, &offset)) return;
  add_limited_path(root, relation, output, limit, offset);
}

}  // namespace mysql_sync::fdw

#endif
