// The SQL of the set-based applier. Rows come in as u(c1, c2, …): from arrays, one for each column, or, where
// a row is large, from one parameter for each column.
#pragma once

#include "apply/target_relation.hpp"

namespace mysql_sync::apply {

/// How the cells of a column travel to the statement.
struct SetParameter {
  const MappedColumn* column = nullptr;
  Oid element = InvalidOid;  ///< type of the parameter for one row
  Oid array = InvalidOid;    ///< type of the parameter for many rows
  bool via_text = false;     ///< there are no arrays of the type: as text, cast in the statement
  Oid output = InvalidOid;   ///< the type's output function, for via_text
  int16 length = 0;
  bool by_value = false;
  char align = 'i';
  std::string expression;  ///< the cell in the statement: u.c1, or u.c1::type
};

/// The parameters for these columns of the relation, in this order.
std::vector<SetParameter> make_parameters(const TargetRelation& relation, const std::vector<size_t>& columns);

enum class RowSource { kArrays, kSingleRow };

/// Statements whose parameters are the cells of `parameters`.
class SetStatements {
 public:
  SetStatements(const TargetRelation& relation, const std::vector<SetParameter>& parameters, RowSource source)
      : relation_(relation), parameters_(parameters), source_(source) {}

  std::string insert() const;
  /// Only the rows whose key is not there yet.
  std::string insert_missing() const;
  /// Sets all columns but the key's. Where there are no others: a SELECT that finds the rows.
  std::string update() const;
  /// `numbered`: returns the number, from 1, of each row that was there. Only for RowSource::kArrays.
  std::string remove(bool numbered) const;
  /// For tables without a key: as many rows as there are parameters' rows like them. Rows are compared as
  /// text, which all types have, which can be hashed, and in which nothing is equal that is not the same.
  std::string remove_copies() const;
  /// The number, from 1, of each row that was there, and its `columns`. Only for RowSource::kArrays.
  std::string select(const std::vector<size_t>& columns) const;
  /// The number, from 1, of the first row whose key is not there. Only for RowSource::kArrays.
  std::string first_missing() const;

 private:
  std::string table() const;
  std::string rows(bool numbered) const;
  std::string column_list() const;
  std::string expression_list() const;
  std::string key_matches() const;
  std::string target_row() const;
  bool is_key(const SetParameter& parameter) const;

  const TargetRelation& relation_;
  const std::vector<SetParameter>& parameters_;
  const RowSource source_;
};

}  // namespace mysql_sync::apply
