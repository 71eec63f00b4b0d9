#include "fdw/fdw_deparse.hpp"

#include "fdw/fdw_query.hpp"

namespace mysql_sync::fdw {

namespace {

constexpr Oid kFirstOidNotBuiltIn = 10000;
constexpr int kDeepest =
    50;  // conditions in conditions; far deeper ones overrun the stack of a source's thread

Shipping weaker(Shipping a, Shipping b) { return a < b ? a : b; }

bool is_number(Oid type) {
  return type == INT2OID || type == INT4OID || type == INT8OID || type == NUMERICOID;
}

/// Can a parameter of this type always be written, whatever its value turns out to be?
bool always_has_literal(Oid type, const ConstantRange& range) {
  const int digits = type == INT2OID ? 5 : type == INT4OID ? 10 : type == INT8OID ? 19 : PG_INT32_MAX;
  if (range.whole_digits < 0) return digits < PG_INT32_MAX;
  return range.negative && digits <= range.whole_digits;
}

/// Casts that the parser put in so that both sides have one type; all of them keep the number.
Node* without_implicit_casts(Node* node) {
  for (;;) {
    if (!IsA(node, FuncExpr)) return node;
    auto* call = reinterpret_cast<FuncExpr*>(node);
    if (call->funcformat != COERCE_IMPLICIT_CAST || list_length(call->args) != 1) return node;
    Node* argument = static_cast<Node*>(linitial(call->args));
    if (!is_number(call->funcresulttype) || !is_number(exprType(argument))) return node;
    node = argument;
  }
}

/// Writes one condition. Trivially destructible, so that an ereport() may leave it behind.
class Deparser {
 public:
  Deparser(RelOptInfo* relation, const RemoteTable& table, List** parameters)
      : relation_(relation), table_(table), parameters_(parameters) {
    initStringInfo(&sql_);
  }

  /// `positive`: more rows that satisfy this part give more rows that satisfy the whole.
  Shipping append(Node* node, bool positive) {
    if (depth_ == kDeepest) return Shipping::kNot;
    ++depth_;
    const Shipping shipping = append_node(node, positive);
    --depth_;
    return shipping;
  }

  List* finish() {
    flush();
    return pieces_;
  }

 private:
  Shipping append_node(Node* node, bool positive) {
    switch (nodeTag(node)) {
      case T_BoolExpr:
        return append_boolean(reinterpret_cast<BoolExpr*>(node), positive);
      case T_NullTest:
        return append_null_test(reinterpret_cast<NullTest*>(node), positive);
      case T_OpExpr:
        return append_comparison(reinterpret_cast<OpExpr*>(node), positive);
      case T_ScalarArrayOpExpr:
        return append_in_list(reinterpret_cast<ScalarArrayOpExpr*>(node), positive);
      default:
        return Shipping::kNot;
    }
  }

  void write(const char* text) { appendStringInfoString(&sql_, text); }

  void flush() {
    if (sql_.len == 0) return;
    pieces_ = lappend(pieces_, makeString(pstrdup(sql_.data)));
    resetStringInfo(&sql_);
  }

  /// A column of our table that the source has, or nullptr.
  const RemoteColumn* column_of(Node* node) const {
    if (!IsA(node, Var)) return nullptr;
    const auto* var = reinterpret_cast<Var*>(node);
    if (static_cast<Index>(var->varno) != relation_->relid || var->varlevelsup != 0 || var->varattno <= 0)
      return nullptr;
    const RemoteColumn& column = table_.column(var->varattno);
    return column.found ? &column : nullptr;
  }

  Shipping append_boolean(BoolExpr* expression, bool positive) {
    const bool is_not = expression->boolop == NOT_EXPR;
    const char* joint = expression->boolop == AND_EXPR ? " AND " : " OR ";
    Shipping shipping = Shipping::kExact;
    write(is_not ? "(NOT " : "(");
    ListCell* cell;
    bool first = true;
    foreach (cell, expression->args) {
      if (!first) write(joint);
      first = false;
      shipping = weaker(shipping, append(static_cast<Node*>(lfirst(cell)), positive && !is_not));
      if (shipping == Shipping::kNot) return shipping;
    }
    write(")");
    return shipping;
  }

  /// A zero date becomes null here and is none at the source: IS NULL would find too few.
  Shipping append_null_test(NullTest* test, bool positive) {
    const RemoteColumn* column = column_of(reinterpret_cast<Node*>(test->arg));
    if (column == nullptr || test->argisrow) return Shipping::kNot;
    const bool is_date = column->use == ColumnUse::kDate;
    if (is_date && (test->nulltesttype == IS_NULL || !positive)) return Shipping::kNot;
    write("(");
    write(column->quoted.c_str());
    write(test->nulltesttype == IS_NULL ? " IS NULL)" : " IS NOT NULL)");
    return is_date ? Shipping::kLossy : Shipping::kExact;
  }

  /// The comparisons that both sides write alike; nullptr for any other operator.
  static const char* comparison_sign(Oid operator_oid) {
    if (operator_oid >= kFirstOidNotBuiltIn) return nullptr;
    const char* name = get_opname(operator_oid);
    for (const char* known : {"=", "<>", "<", "<=", ">", ">="}) {
      if (name != nullptr && std::strcmp(name, known) == 0) return known;
    }
    return nullptr;
  }

  /// Whether a value of `type` can be compared with the column by either side with the same outcome.
  bool is_comparable(const RemoteColumn& column, Oid type) const {
    switch (column.use) {
      case ColumnUse::kNumber:
        return is_number(type);
      case ColumnUse::kBytes:
        return type == BYTEAOID;
      case ColumnUse::kDate:
        return type == column.type && is_same_kind_of_date(column);
      case ColumnUse::kNone:
        return false;
    }
    return false;
  }

  bool is_same_kind_of_date(const RemoteColumn& column) const {
    switch (column.source_type.kind) {
      case TypeKind::kDate:
        return column.type == DATEOID;
      case TypeKind::kDatetime:
        return column.type == TIMESTAMPOID && table_.compares_fractions;
      case TypeKind::kTimestamp:
        return column.type == TIMESTAMPTZOID && table_.compares_fractions;
      default:
        return false;
    }
  }

  /// 2020-00-10 is -infinity here with that policy, but not less than every date at the source.
  bool finds_too_few(const RemoteColumn& column, const char* sign, bool column_is_left) const {
    if (column.use != ColumnUse::kDate) return false;
    if (table_.options.policies.zero_dates != pg::ValuePolicies::ZeroDates::kMinusInfinity) return false;
    return sign[0] == (column_is_left ? '<' : '>') && std::strcmp(sign, "<>") != 0;
  }

  Shipping append_comparison(OpExpr* expression, bool positive) {
    const char* sign = comparison_sign(expression->opno);
    if (sign == nullptr || list_length(expression->args) != 2) return Shipping::kNot;
    Node* left = without_implicit_casts(static_cast<Node*>(linitial(expression->args)));
    Node* right = without_implicit_casts(static_cast<Node*>(lsecond(expression->args)));
    const RemoteColumn* column = column_of(left);
    const bool column_is_left = column != nullptr;
    if (!column_is_left) column = column_of(right);
    if (column == nullptr || finds_too_few(*column, sign, column_is_left)) return Shipping::kNot;
    write("(");
    const Shipping of_left = append_operand(left, *column);
    write(" ");
    write(sign);
    write(" ");
    const Shipping of_right = append_operand(right, *column);
    write(")");
    return with_column(*column, weaker(of_left, of_right), positive);
  }

  /// What a condition is good for that is as good as `shipping` but for the column's own weakness.
  static Shipping with_column(const RemoteColumn& column, Shipping shipping, bool positive) {
    if (column.use == ColumnUse::kDate) shipping = weaker(shipping, Shipping::kLossy);
    return shipping == Shipping::kLossy && !positive ? Shipping::kNot : shipping;
  }

  Shipping append_operand(Node* node, const RemoteColumn& compared) {
    if (const RemoteColumn* column = column_of(node)) return append_column(*column, compared);
    if (!is_comparable(compared, exprType(node))) return Shipping::kNot;
    if (IsA(node, Param)) return append_parameter(node, compared.range);
    if (!IsA(node, Const)) return Shipping::kNot;
    const auto* constant = reinterpret_cast<Const*>(node);
    const bool written = append_literal(&sql_, compared.range, constant->consttype, constant->constvalue,
                                        constant->constisnull);
    return written ? Shipping::kExact : Shipping::kNot;
  }

  /// Two columns are compared by the source only where both hold numbers.
  Shipping append_column(const RemoteColumn& column, const RemoteColumn& compared) {
    if (&column != &compared && (column.use != ColumnUse::kNumber || compared.use != ColumnUse::kNumber)) {
      return Shipping::kNot;
    }
    if (column.use == ColumnUse::kNone) return Shipping::kNot;
    write(column.quoted.c_str());
    return Shipping::kExact;
  }

  /// A value that has no literal makes the whole condition be left out: hence lossy.
  Shipping append_parameter(Node* parameter, const ConstantRange& range) {
    flush();
    *parameters_ = lappend(*parameters_, parameter);
    pieces_ = lappend(pieces_, make_parameter({list_length(*parameters_), range}));
    return always_has_literal(exprType(parameter), range) ? Shipping::kExact : Shipping::kLossy;
  }

  /// column = ANY (constant array), column <> ALL (constant array).
  Shipping append_in_list(ScalarArrayOpExpr* expression, bool positive) {
    const char* sign = comparison_sign(expression->opno);
    if (sign == nullptr || std::strcmp(sign, expression->useOr ? "=" : "<>") != 0) return Shipping::kNot;
    Node* left = without_implicit_casts(static_cast<Node*>(linitial(expression->args)));
    Node* right = static_cast<Node*>(lsecond(expression->args));
    const RemoteColumn* column = column_of(left);
    if (column == nullptr || !IsA(right, Const) || reinterpret_cast<Const*>(right)->constisnull)
      return Shipping::kNot;
    ArrayType* array = DatumGetArrayTypeP(reinterpret_cast<Const*>(right)->constvalue);
    if (!is_comparable(*column, ARR_ELEMTYPE(array))) return Shipping::kNot;
    return with_column(*column, append_elements(*column, array, expression->useOr), positive);
  }

  Shipping append_elements(const RemoteColumn& column, ArrayType* array, bool is_in) {
    int16 length;
    bool by_value, *nulls;
    char alignment;
    Datum* elements;
    int count;
    get_typlenbyvalalign(ARR_ELEMTYPE(array), &length, &by_value, &alignment);
    deconstruct_array(array, ARR_ELEMTYPE(array), length, by_value, alignment, &elements, &nulls, &count);
    if (count == 0) return append_constant_truth(!is_in);
    appendStringInfo(&sql_, "(%s %s (", column.quoted.c_str(), is_in ? "IN" : "NOT IN");
    for (int i = 0; i < count; ++i) {
      if (i > 0) write(", ");
      if (!append_literal(&sql_, column.range, ARR_ELEMTYPE(array), elements[i], nulls[i]))
        return Shipping::kNot;
      if (!is_in && !nulls[i] && !is_within_integers(column.source_type, ARR_ELEMTYPE(array), elements[i]))
        return Shipping::kNot;
    }
    write("))");
    return Shipping::kExact;
  }

  Shipping append_constant_truth(bool truth) {
    write(truth ? "(1 = 1)" : "(1 = 0)");
    return Shipping::kExact;
  }

  RelOptInfo* relation_;
  const RemoteTable& table_;
  List** parameters_;
  StringInfoData sql_;
  List* pieces_ = NIL;
  int depth_ = 0;
};

static_assert(std::is_trivially_destructible_v<Deparser>, "ereport() jumps over it");

/// The column that a member of an equivalence class is, or nullptr. Its value must be the scan's own: above
/// an outer join it may have become null.
const RemoteColumn* member_column(RelOptInfo* relation, const RemoteTable& table, EquivalenceMember* member) {
  auto* expression = reinterpret_cast<Node*>(member->em_expr);
  if (!IsA(expression, Var) || !bms_is_subset(member->em_relids, relation->relids)) return nullptr;
  const auto* var = reinterpret_cast<Var*>(expression);
  if (static_cast<Index>(var->varno) != relation->relid || var->varlevelsup != 0 || var->varattno <= 0)
    return nullptr;
  return &table.column(var->varattno);
}

/// Whether the pathkey's order is the one that numbers have by themselves, not that of another operator
/// class.
bool is_natural_order(const RemoteColumn& column, const PathKey* pathkey) {
  return lookup_type_cache(column.type, TYPECACHE_BTREE_OPFAMILY)->btree_opf == pathkey->pk_opfamily &&
         pathkey->pk_eclass->ec_collation == InvalidOid;
}

/// The column that a pathkey sorts by, or nullptr if it sorts by anything else.
const RemoteColumn* sort_column(RelOptInfo* relation, const RemoteTable& table, PathKey* pathkey) {
  EquivalenceClass* members = pathkey->pk_eclass;
  if (members->ec_has_volatile) return nullptr;
  ListCell* cell;
  foreach (cell, members->ec_members) {
    const RemoteColumn* column =
        member_column(relation, table, static_cast<EquivalenceMember*>(lfirst(cell)));
    if (column == nullptr) continue;
    const bool is_number = column->found && column->use == ColumnUse::kNumber;
    return is_number && is_natural_order(*column, pathkey) ? column : nullptr;
  }
  return nullptr;
}

/// MySQL puts nulls first ascending and last descending.
void append_sort_key(StringInfo sql, const RemoteColumn& column, bool descending, bool nulls_first) {
  const char* name = column.quoted.c_str();
  const bool nulls_by_itself = nulls_first != descending;
  if (!nulls_by_itself && column.nullable)
    appendStringInfo(sql, "%s IS NULL%s, ", name, nulls_first ? " DESC" : "");
  appendStringInfo(sql, "%s%s", name, descending ? " DESC" : "");
}

}  // namespace

ShippedCondition deparse_condition(RelOptInfo* relation, const RemoteTable& table, Expr* condition,
                                   List** parameters) {
  List* found = list_copy(*parameters);
  Deparser deparser(relation, table, &found);
  ShippedCondition result;
  result.shipping = deparser.append(reinterpret_cast<Node*>(condition), true);
  if (result.shipping == Shipping::kNot) return result;
  result.pieces = deparser.finish();
  *parameters = found;
  return result;
}

const char* deparse_order(RelOptInfo* relation, const RemoteTable& table, List* pathkeys) {
  StringInfoData sql;
  initStringInfo(&sql);
  ListCell* cell;
  foreach (cell, pathkeys) {
    auto* pathkey = static_cast<PathKey*>(lfirst(cell));
    const RemoteColumn* column = sort_column(relation, table, pathkey);
    if (column == nullptr) return nullptr;
    appendStringInfoString(&sql, sql.len == 0 ? " ORDER BY " : ", ");
    append_sort_key(&sql, *column, pg::compat::is_descending(pathkey), pathkey->pk_nulls_first);
  }
  return sql.data;
}

}  // namespace mysql_sync::fdw
