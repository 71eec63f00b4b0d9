#include "fdw/fdw_plan.hpp"

#include "fdw/fdw_callbacks.hpp"
#include "fdw/fdw_deparse.hpp"
#include "fdw/fdw_query.hpp"
#include "pg/compat/context_reset.hpp"
#include "pg/encoding.hpp"
#include "pg/guard.hpp"

extern "C" {
#include "access/sysattr.h"
#include "nodes/bitmapset.h"
}

namespace mysql_sync::fdw {

namespace {

constexpr Cost kConnectionCost = 100;  // as postgres_fdw reckons
constexpr Cost kTransferCost = 0.01;   // per row
constexpr double kSortFactor = 1.05;   // the source may have an index; without one it sorts as well as we do

/// What a statement without conditions may leave of the source's limit, with the longest list of columns and
/// the longest order that the table can have.
int64 room_for_conditions(const RemoteTable& table) {
  constexpr int64 kFixedWords = 1024;
  int64 room = table.longest_statement - kFixedWords;
  room -= utf8_bound(table.quoted.c_str()) + utf8_bound(table.filter.c_str());
  constexpr int64 kWordsOfColumn = 32;
  for (const RemoteColumn& column : table.columns)
    room -= utf8_bound(column.selected.c_str()) + 3 * utf8_bound(column.quoted.c_str()) + kWordsOfColumn;
  return room;
}

/// The condition in the source's words, unless the statement would become longer than the source takes it.
ShippedCondition ship_condition(RelOptInfo* relation, RelationPlan* plan, RestrictInfo* restriction) {
  if (restriction->pseudoconstant) return {};
  List* parameters = plan->parameters;
  const ShippedCondition condition =
      deparse_condition(relation, plan->table, restriction->clause, &parameters);
  if (condition.shipping == Shipping::kNot) return {};
  const int64 length = planned_length(condition.pieces);
  if (length > plan->room) return {};
  plan->room -= length;
  plan->parameters = parameters;
  return condition;
}

/// Sorts the conditions into those for the source and those for here; a lossy one is both.
void classify_conditions(RelOptInfo* relation, RelationPlan* plan) {
  plan->room = room_for_conditions(plan->table);
  ListCell* cell;
  foreach (cell, relation->baserestrictinfo) {
    auto* restriction = static_cast<RestrictInfo*>(lfirst(cell));
    const ShippedCondition condition = ship_condition(relation, plan, restriction);
    if (condition.shipping != Shipping::kExact) plan->checked = lappend(plan->checked, restriction);
    if (condition.shipping == Shipping::kNot) continue;
    plan->shipped = lappend(plan->shipped, restriction);
    plan->conditions = lappend(plan->conditions, condition.pieces);
  }
}

void estimate_size(PlannerInfo* root, RelOptInfo* relation, RelationPlan* plan) {
  relation->tuples = std::max(1.0, plan->table.rows);
  set_baserel_size_estimates(root, relation);
  const Selectivity share = pg::compat::selectivity(root, plan->shipped, relation);
  plan->source_rows = clamp_row_est(relation->tuples * share);
}

void add_scan_path(PlannerInfo* root, RelOptInfo* relation, List* pathkeys) {
  const RelationPlan& plan = *relation_plan(relation);
  const pg::compat::PathCosts costs = path_costs(plan, plan.source_rows, relation->rows, pathkeys != NIL);
  add_path(relation, pg::compat::make_scan_path(root, relation, costs, pathkeys, NIL));
}

/// Attribute numbers, offset as pull_varattnos() does, of what the scan has to return.
Bitmapset* needed_attributes(RelOptInfo* relation, const RelationPlan& plan) {
  Bitmapset* attributes = nullptr;
  pull_varattnos(reinterpret_cast<Node*>(pg::compat::target_expressions(relation)), relation->relid,
                 &attributes);
  ListCell* cell;
  foreach (cell, plan.checked) {
    const auto* restriction = static_cast<RestrictInfo*>(lfirst(cell));
    pull_varattnos(reinterpret_cast<Node*>(restriction->clause), relation->relid, &attributes);
  }
  return attributes;
}

bool is_needed(const Bitmapset* attributes, AttrNumber attribute) {
  const int whole_row = 0 - FirstLowInvalidHeapAttributeNumber;
  return bms_is_member(whole_row, attributes) ||
         bms_is_member(attribute - FirstLowInvalidHeapAttributeNumber, attributes);
}

/// The labels of ENUM and SET play no part in reading text, and need not exist in the database's encoding.
std::string stored_type(const ColumnType& type) {
  if (type.kind == TypeKind::kEnum) return "enum('')";
  if (type.kind == TypeKind::kSet) return "set('')";
  return pg::to_server(type.declared);
}

/// The columns to read, by attribute number, and checked to be readable.
std::vector<AttrNumber> columns_to_read(RelOptInfo* relation, const RelationPlan& plan) {
  const Bitmapset* needed = pg::guard([&] { return needed_attributes(relation, plan); });
  std::vector<AttrNumber> columns;
  for (size_t i = 0; i < plan.table.columns.size(); ++i) {
    const auto attribute = static_cast<AttrNumber>(i + 1);
    if (plan.table.columns[i].dropped || !is_needed(needed, attribute)) continue;
    check_readable(plan.table, plan.table.columns[i]);
    columns.push_back(attribute);
  }
  return columns;
}

/// What the source is asked for with one column of ours.
struct SelectItem {
  const RemoteColumn* column;
  AttrNumber attribute;    ///< negative: its values are not read, see ScanColumn
  bool is_sorted = false;  ///< the query is in its order
};

bool is_plain(const RemoteColumn& column) { return column.selected == column.quoted; }

/// Attributes, offset, of conditions and order that the source takes care of.
Bitmapset* attributes_at_source(RelOptInfo* relation, List* conditions) {
  Bitmapset* attributes = nullptr;
  ListCell* cell;
  foreach (cell, conditions)
    pull_varattnos(reinterpret_cast<Node*>(static_cast<RestrictInfo*>(lfirst(cell))->clause), relation->relid,
                   &attributes);
  return attributes;
}

Bitmapset* attributes_of_order(RelOptInfo* relation, List* pathkeys) {
  Bitmapset* attributes = nullptr;
  ListCell *cell, *member;
  foreach (cell, pathkeys) {
    const EquivalenceClass* equal = static_cast<PathKey*>(lfirst(cell))->pk_eclass;
    foreach (member, equal->ec_members)
      pull_varattnos(reinterpret_cast<Node*>(static_cast<EquivalenceMember*>(lfirst(member))->em_expr),
                     relation->relid, &attributes);
  }
  return attributes;
}

bool is_in(const Bitmapset* attributes, AttrNumber attribute) {
  return bms_is_member(attribute - FirstLowInvalidHeapAttributeNumber, attributes);
}

/// The columns to read, and behind them those that only show whether the plan still fits the source's table:
/// what is read by an expression, what conditions and order at the source are about.
std::vector<SelectItem> select_items(RelOptInfo* relation, const RelationPlan& plan, List* pathkeys) {
  const Bitmapset* tested = pg::guard([&] { return attributes_at_source(relation, plan.shipped); });
  const Bitmapset* sorted = pg::guard([&] { return attributes_of_order(relation, pathkeys); });
  std::vector<SelectItem> items;
  std::vector<bool> shows(plan.table.columns.size());
  for (const AttrNumber attribute : columns_to_read(relation, plan)) {
    const RemoteColumn& column = plan.table.column(attribute);
    shows[static_cast<size_t>(attribute - 1)] = is_plain(column);
    items.push_back({&column, attribute, is_in(sorted, attribute)});
  }
  const size_t read = items.size();
  for (size_t i = 0; i < shows.size(); ++i) {
    const auto attribute = static_cast<AttrNumber>(i + 1);
    const RemoteColumn& column = plan.table.columns[i];
    const bool is_read = std::any_of(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(read),
                                     [&](const SelectItem& item) { return item.column == &column; });
    const bool matters = is_read || is_in(tested, attribute) || is_in(sorted, attribute);
    if (matters && column.found && !shows[i])
      items.push_back({&column, static_cast<AttrNumber>(-attribute), is_in(sorted, attribute)});
  }
  return items;
}

std::string select_head(const RemoteTable& table, const std::vector<SelectItem>& items) {
  std::string list;
  for (const SelectItem& item : items)
    list += (list.empty() ? "" : ", ") + (item.attribute > 0 ? item.column->selected : item.column->quoted);
  std::string head = "SELECT " + (list.empty() ? "1" : list) + " FROM " + table.quoted;
  if (!table.filter.empty()) head += " WHERE (" + table.filter + ")";
  return head;
}

List* column_nodes(const std::vector<SelectItem>& items) {
  List* nodes = NIL;
  for (const SelectItem& item : items) {
    const ColumnType& type = item.column->source_type;
    const std::string declared = stored_type(type);
    const bool is_compared = item.attribute < 0 || is_plain(*item.column);
    const char* mark = is_compared ? item.column->mark.c_str() : "";
    nodes = pg::guard([&] {
      return lappend(nodes, make_column({item.attribute, declared.c_str(), type.charset.c_str(),
                                         item.column->is_key, mark, item.is_sorted}));
    });
  }
  return nodes;
}

/// ORDER BY from the path's order; LIMIT from what get_upper_paths() left in it.
const char* select_tail(RelOptInfo* relation, const RemoteTable& table, ForeignPath* path) {
  const char* order = deparse_order(relation, table, path->path.pathkeys);
  const char* limit = path->fdw_private == NIL ? "" : mysql_sync_string_of(linitial(path->fdw_private));
  return psprintf("%s%s", order == nullptr ? "" : order, limit);
}

/// Of the clauses the planner wants checked, those that the source does not check exactly.
List* clauses_to_check(const RelationPlan& plan, List* clauses) {
  List* result = NIL;
  ListCell* cell;
  foreach (cell, clauses) {
    auto* restriction = static_cast<RestrictInfo*>(lfirst(cell));
    if (restriction->pseudoconstant) continue;
    const bool exact =
        list_member_ptr(plan.shipped, restriction) && !list_member_ptr(plan.checked, restriction);
    if (!exact) result = lappend(result, restriction->clause);
  }
  return result;
}

ForeignScan* make_plan(RelOptInfo* relation, ForeignPath* path, List* target_list, List* clauses) {
  const RelationPlan& plan = *relation_plan(relation);
  const std::vector<SelectItem> items = select_items(relation, plan, path->path.pathkeys);
  const std::string head = select_head(plan.table, items);
  List* nodes = column_nodes(items);
  return pg::guard([&] {
    ScanQuery query;
    query.head = head.c_str();
    query.has_filter = !plan.table.filter.empty();
    query.conditions = plan.conditions;
    query.tail = select_tail(relation, plan.table, path);
    query.columns = nodes;
    query.server = plan.table.options.server;
    query.spare = static_cast<int>(std::min<int64>(std::max<int64>(plan.room, 0), PG_INT32_MAX));
    query.table = plan.table.oid;
    query.policies = plan.table.options.policies;
    return pg::compat::make_scan(target_list, clauses_to_check(plan, clauses), relation->relid,
                                 plan.parameters, query.to_private());
  });
}

}  // namespace

pg::compat::PathCosts path_costs(const RelationPlan& plan, double source_rows, double rows, bool sorted) {
  QualCost checks;
  cost_qual_eval(&checks, plan.checked, nullptr);
  pg::compat::PathCosts costs;
  costs.rows = rows;
  costs.startup = kConnectionCost + checks.startup;
  costs.total = costs.startup + source_rows * (kTransferCost + cpu_tuple_cost + checks.per_tuple);
  if (sorted) costs.total *= kSortFactor;
  return costs;
}

void get_relation_size(PlannerInfo* root, RelOptInfo* relation, Oid foreign_table) {
  pg::entry([&] {
    const Oid user = pg::guard([&] { return pg::compat::planning_user(root, relation); });
    auto plan = std::make_unique<RelationPlan>();
    plan->table = read_remote_table(foreign_table, user);
    pg::guard([&] {
      classify_conditions(relation, plan.get());
      estimate_size(root, relation, plan.get());
      pg::compat::on_context_reset(
          root->planner_cxt, [](void* object) { delete static_cast<RelationPlan*>(object); }, plan.get());
    });
    relation->fdw_private = plan.release();
  });
}

void get_paths(PlannerInfo* root, RelOptInfo* relation, Oid) {
  add_scan_path(root, relation, NIL);
  if (root->query_pathkeys == NIL) return;
  if (deparse_order(relation, relation_plan(relation)->table, root->query_pathkeys) == nullptr) return;
  add_scan_path(root, relation, root->query_pathkeys);
}

ForeignScan* get_plan(PlannerInfo*, RelOptInfo* relation, Oid, ForeignPath* best_path, List* target_list,
                      List* clauses, Plan*) {
  return pg::entry([&] { return make_plan(relation, best_path, target_list, clauses); });
}

ForeignScan* get_plan(PlannerInfo*, RelOptInfo* relation, Oid, ForeignPath* best_path, List* target_list,
                      List* clauses) {
  return pg::entry([&] { return make_plan(relation, best_path, target_list, clauses); });
}

}  // namespace mysql_sync::fdw
