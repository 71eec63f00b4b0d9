// The query of a foreign scan as a plan keeps it: plain nodes in fdw_private, which are copied, printed and,
// on Greenplum, sent to another process. With it comes the type of every column read, so that running the
// plan asks the source for nothing but the rows.
#pragma once

#include "pg/compat/fdw_compat.hpp"

#include "core/types/table_schema.hpp"
#include "fdw/fdw_remote_table.hpp"
#include "pg/cell_converter.hpp"

namespace mysql_sync::fdw {

/// SELECT head … conditions … tail. Backend code, as are the functions below.
struct ScanQuery {
  const char* head = "";    ///< "SELECT `a` FROM `d`.`t`", with a WHERE where there is a filter
  bool has_filter = false;  ///< whether head ends with a condition
  List* conditions = NIL;   ///< of Lists as ShippedCondition::pieces
  const char* tail = "";    ///< " ORDER BY … LIMIT …"
  List* columns = NIL;      ///< of Lists made by make_column(), in the order of the SELECT
  Oid server = InvalidOid;
  int spare = 0;  ///< bytes that parameters may take beyond planned_length() of their conditions
  Oid table = InvalidOid;
  pg::ValuePolicies policies;

  List* to_private() const;
  static ScanQuery from_private(List* fdw_private);
};

/// A column that the query reads, or (attribute negative) one that only shows by its mark whether what the
/// plan knows of the source's table still holds: conditions and order, too, mean another thing with other
/// types.
struct ScanColumn {
  AttrNumber attribute = 0;
  const char* declared = "";  ///< the source's type, for parse_column_type()
  const char* charset = "";
  bool is_key = false;
  const char* mark = "";  ///< as source::ResultStream::column_marks() has it; empty where nothing is compared
  bool is_sorted = false;  ///< where nulls come to stand depends on whether there can be any
};
List* make_column(const ScanColumn& column);
ScanColumn read_column(List* column);

/// A parameter in a condition: its number, from 1, and what it is compared with.
struct ScanParameter {
  int number = 0;
  ConstantRange range;
};
List* make_parameter(const ScanParameter& parameter);

/// How many bytes of UTF-8 a condition (ShippedCondition::pieces) takes at most, long parameters excepted.
int64 planned_length(List* pieces);
/// The same for any text in the encoding of the database.
int64 utf8_bound(const char* text);

/// Appends the value of a parameter; false if append_literal() has none.
using ParameterWriter = bool (*)(StringInfo sql, const ScanParameter& parameter, void* context);

/// The whole statement. A condition whose parameter has no literal, or so long a one that the source would
/// not take the statement, is left out: it is checked here as well.
const char* query_text(const ScanQuery& query, ParameterWriter write_parameter, void* context);

/// The statement with its parameters as $1, $2, …
const char* query_text_for_explain(const ScanQuery& query);

}  // namespace mysql_sync::fdw
