#include "fdw/fdw_query.hpp"

namespace mysql_sync::fdw {

namespace {

constexpr int64 kJointLength = 7;     // " WHERE "
constexpr int64 kParameterRoom = 24;  // the longest number of 64 bits has 20 characters

/// Places in fdw_private.
enum PrivateItem {
  kHead,
  kHasFilter,
  kConditions,
  kTail,
  kColumns,
  kServer,
  kSpare,
  kTable,
  kZeroDates,
  kNulBytes,
  kInvalidText
};

const char* string_at(List* list, int index) { return mysql_sync_string_of(list_nth(list, index)); }
int integer_at(List* list, int index) { return mysql_sync_integer_of(list_nth(list, index)); }

/// The action's digit, and the replacement in hexadecimal: UTF-8 has no place in a plan of a database with
/// another encoding.
Node* make_policy(const TextPolicy& policy) {
  StringInfoData text;
  initStringInfo(&text);
  appendStringInfo(&text, "%d", static_cast<int>(policy.action));
  for (const char c : policy.substitute()) appendStringInfo(&text, "%02X", static_cast<uint8_t>(c));
  return reinterpret_cast<Node*>(makeString(text.data));
}

int hex_digit(char c) { return c <= '9' ? c - '0' : c - 'A' + 10; }

TextPolicy policy_at(List* list, int index) {
  const char* text = string_at(list, index);
  TextPolicy policy;
  policy.action = static_cast<TextPolicy::Action>(text[0] - '0');
  for (size_t i = 0; i < 4 && text[1 + 2 * i] != '\0'; ++i)
    policy.replacement[i] = static_cast<char>(hex_digit(text[1 + 2 * i]) << 4 | hex_digit(text[2 + 2 * i]));
  return policy;
}

ScanParameter read_parameter(List* list) {
  ScanParameter parameter;
  parameter.number = integer_at(list, 0);
  parameter.range.whole_digits = integer_at(list, 1);
  parameter.range.fraction_digits = integer_at(list, 2);
  parameter.range.negative = integer_at(list, 3) != 0;
  parameter.range.least_bytes = integer_at(list, 4);
  parameter.range.most_bytes = integer_at(list, 5);
  return parameter;
}

bool append_pieces(StringInfo sql, List* pieces, ParameterWriter write_parameter, void* context) {
  ListCell* cell;
  foreach (cell, pieces) {
    void* piece = lfirst(cell);
    if (!IsA(piece, List)) {
      appendStringInfoString(sql, mysql_sync_string_of(piece));
    } else if (!write_parameter(sql, read_parameter(static_cast<List*>(piece)), context)) {
      return false;
    }
  }
  return true;
}

bool write_number(StringInfo sql, const ScanParameter& parameter, void*) {
  appendStringInfo(sql, "$%d", parameter.number);
  return true;
}

}  // namespace

// An oid may not fit an Integer node as a positive number; its bits do.
List* ScanQuery::to_private() const {
  List* list = list_make1(makeString(pstrdup(head)));
  list = lappend(list, makeInteger(has_filter));
  list = lappend(list, conditions);
  list = lappend(list, makeString(pstrdup(tail)));
  list = lappend(list, columns);
  list = lappend(list, makeInteger(static_cast<int>(server)));
  list = lappend(list, makeInteger(spare));
  list = lappend(list, makeInteger(static_cast<int>(table)));
  list = lappend(list, makeInteger(static_cast<int>(policies.zero_dates)));
  list = lappend(list, make_policy(policies.nul_bytes));
  return lappend(list, make_policy(policies.invalid_text));
}

ScanQuery ScanQuery::from_private(List* fdw_private) {
  ScanQuery query;
  query.head = string_at(fdw_private, kHead);
  query.has_filter = integer_at(fdw_private, kHasFilter) != 0;
  query.conditions = static_cast<List*>(list_nth(fdw_private, kConditions));
  query.tail = string_at(fdw_private, kTail);
  query.columns = static_cast<List*>(list_nth(fdw_private, kColumns));
  query.server = static_cast<Oid>(integer_at(fdw_private, kServer));
  query.spare = integer_at(fdw_private, kSpare);
  query.table = static_cast<Oid>(integer_at(fdw_private, kTable));
  query.policies.zero_dates = static_cast<pg::ValuePolicies::ZeroDates>(integer_at(fdw_private, kZeroDates));
  query.policies.nul_bytes = policy_at(fdw_private, kNulBytes);
  query.policies.invalid_text = policy_at(fdw_private, kInvalidText);
  return query;
}

List* make_column(const ScanColumn& column) {
  List* list = list_make4(makeInteger(column.attribute), makeString(pstrdup(column.declared)),
                          makeString(pstrdup(column.charset)), makeInteger(column.is_key));
  list = lappend(list, makeString(pstrdup(column.mark)));
  return lappend(list, makeInteger(column.is_sorted));
}

ScanColumn read_column(List* column) {
  return {static_cast<AttrNumber>(integer_at(column, 0)),
          string_at(column, 1),
          string_at(column, 2),
          integer_at(column, 3) != 0,
          string_at(column, 4),
          integer_at(column, 5) != 0};
}

List* make_parameter(const ScanParameter& parameter) {
  const ConstantRange& range = parameter.range;
  List* list = list_make2(makeInteger(parameter.number), makeInteger(range.whole_digits));
  list = lappend(list, makeInteger(range.fraction_digits));
  list = lappend(list, makeInteger(range.negative));
  list = lappend(list, makeInteger(range.least_bytes));
  return lappend(list, makeInteger(range.most_bytes));
}

int64 utf8_bound(const char* text) {
  int64 bytes = 0;
  for (; *text != '\0'; ++text) bytes += static_cast<signed char>(*text) < 0 ? 3 : 1;
  return bytes;
}

int64 planned_length(List* pieces) {
  int64 bytes = kJointLength;
  ListCell* cell;
  foreach (cell, pieces) {
    void* piece = lfirst(cell);
    bytes += IsA(piece, List) ? kParameterRoom : utf8_bound(mysql_sync_string_of(piece));
  }
  return bytes;
}

const char* query_text(const ScanQuery& query, ParameterWriter write_parameter, void* context) {
  StringInfoData sql;
  initStringInfo(&sql);
  appendStringInfoString(&sql, query.head);
  bool first = !query.has_filter;
  int64 spare = query.spare;
  ListCell* cell;
  foreach (cell, query.conditions) {
    auto* pieces = static_cast<List*>(lfirst(cell));
    const int before = sql.len;
    appendStringInfoString(&sql, first ? " WHERE " : " AND ");
    const bool complete = append_pieces(&sql, pieces, write_parameter, context);
    const int64 unplanned = std::max<int64>(0, sql.len - before - planned_length(pieces));
    if (complete && unplanned <= spare) {
      first = false;
      spare -= unplanned;
    } else {
      sql.len = before;
      sql.data[before] = '\0';
    }
  }
  appendStringInfoString(&sql, query.tail);
  return sql.data;
}

const char* query_text_for_explain(const ScanQuery& query) {
  return query_text(query, write_number, nullptr);
}

}  // namespace mysql_sync::fdw
