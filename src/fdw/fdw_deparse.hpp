// Conditions and orders of PostgreSQL as MySQL's SQL, as far as both mean the same by them.
//
// Backend code: runs inside guard(), and may be left by ereport() at any call. docs/fdw.md has the rules.
#pragma once

#include "pg/compat/fdw_compat.hpp"

#include "fdw/fdw_remote_table.hpp"

namespace mysql_sync::fdw {

/// What the source can do for us with a condition.
enum class Shipping {
  kNot,    ///< nothing: it is checked here
  kLossy,  ///< it may return too many rows (never too few): it is checked here once more
  kExact   ///< it returns the very rows
};

/// A condition in MySQL's words. A plan keeps it as the List `pieces`: String nodes are SQL, Lists the
/// parameters (make_parameter()), whose values are filled in when the query runs.
struct ShippedCondition {
  Shipping shipping = Shipping::kNot;
  List* pieces = NIL;
};

/// `parameters` is appended to.
ShippedCondition deparse_condition(RelOptInfo* relation, const RemoteTable& table, Expr* condition,
                                   List** parameters);

/// " ORDER BY …" for the pathkeys, or nullptr if the source's order would be another.
const char* deparse_order(RelOptInfo* relation, const RemoteTable& table, List* pathkeys);

/// Appends a constant of a type that deparse_condition() accepts. False if MySQL has no such value
/// ('infinity', NaN, years before 1), or the column could not hold it: where there is an index, a source cuts
/// or rounds a constant to the column's type before it compares, and finds 0.01 for 0.005.
bool append_literal(StringInfo sql, const ConstantRange& range, Oid type, Datum value, bool is_null);

/// Whether a number of 64 bits that append_literal() writes is one that a column of integers could hold; true
/// for columns of other types. Only with NOT IN does a source need that: by an index MariaDB leaves out the
/// rows of -32768 for any number below.
bool is_within_integers(const ColumnType& column, Oid type, Datum value);

}  // namespace mysql_sync::fdw
