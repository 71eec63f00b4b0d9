// The query of a foreign scan as a plan keeps it: plain nodes in fdw_private, which are copied, printed and,
// on Greenplum, sent to another process. With it comes the type of every column read, so that running the
// plan asks the source for nothing but the rows.
#pragma once

#include "pg/compat/fdw_compat.hpp"

#include "core/types/table_schema.hpp"
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
  pg::ValuePolicies policies;

  List* to_private() const;
  static ScanQuery from_private(List* fdw_private);
};

/// A column that the query reads.
struct ScanColumn {
  AttrNumber attribute = 0;
  const char* declared = "";  ///< the source's type, for parse_column_type()
  const char* charset = "";
  bool is_key = false;
};
List* make_column(const ScanColumn& column);
ScanColumn read_column(List* column);

/// Appends the value of a parameter (1-based); false where MySQL has no such value.
using ParameterWriter = bool (*)(StringInfo sql, int number, void* context);

/// The whole statement. A condition whose parameter has no literal is left out: it is checked here as well.
const char* query_text(const ScanQuery& query, ParameterWriter write_parameter, void* context);

/// The statement with its parameters as $1, $2, …
const char* query_text_for_explain(const ScanQuery& query);

}  // namespace mysql_sync::fdw
