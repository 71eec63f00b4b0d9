#include "pg/function_arguments.hpp"

#include "pg/compat/fdw_compat.hpp"
#include "pg/encoding.hpp"

extern "C" {
#include "utils/tuplestore.h"
}

namespace mysql_sync::pg {

namespace {

char* output(FunctionCallInfo fcinfo, int index, Oid type) {
  Oid function;
  bool is_variable;
  getTypeOutputInfo(type, &function, &is_variable);
  return OidOutputFunctionCall(function, PG_GETARG_DATUM(index));
}

/// A tuplestore that lives as long as the query, announced as the function's result.
Tuplestorestate* begin_result(ReturnSetInfo* result, TupleDesc* description) {
  MemoryContext caller = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
  *description = CreateTupleDescCopy(result->expectedDesc);
  Tuplestorestate* store = tuplestore_begin_heap(true, false, work_mem);
  MemoryContextSwitchTo(caller);
  result->returnMode = SFRM_Materialize;
  result->setResult = store;
  result->setDesc = *description;
  return store;
}

void check_result_mode(ReturnSetInfo* result) {
  if (result == nullptr || !IsA(result, ReturnSetInfo) || (result->allowedModes & SFRM_Materialize) == 0 ||
      result->expectedDesc == nullptr) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("this function returns rows"),
                    errhint("Call it as SELECT * FROM function(...).")));
  }
}

Datum cell_value(const std::string& text, Oid type) {
  if (type == TEXTOID)
    return PointerGetDatum(cstring_to_text_with_len(text.data(), static_cast<int>(text.size())));
  Oid function, parameter;
  getTypeInputInfo(type, &function, &parameter);
  return OidInputFunctionCall(function, pstrdup(text.c_str()), parameter, -1);
}

void put_row(Tuplestorestate* store, TupleDesc description, const TextRow& row) {
  auto* values = static_cast<Datum*>(palloc0(sizeof(Datum) * row.size()));
  auto* nulls = static_cast<bool*>(palloc0(sizeof(bool) * row.size()));
  for (size_t i = 0; i < row.size(); ++i) {
    nulls[i] = !row[i].has_value();
    if (row[i])
      values[i] = cell_value(*row[i], compat::attribute(description, static_cast<int>(i))->atttypid);
  }
  tuplestore_putvalues(store, description, values, nulls);
}

}  // namespace

Text argument_text(FunctionCallInfo call, int index, Oid type) {
  FunctionCallInfo fcinfo = call;  // the name PG_ARGISNULL expects
  if (PG_ARGISNULL(index)) return std::nullopt;
  return Text(from_server(guard([&] { return output(call, index, type); })));
}

std::string required_argument(FunctionCallInfo call, int index, Oid type, const char* name) {
  Text text = argument_text(call, index, type);
  if (!text) fail(ErrorCode::kInvalidArgument, std::string("\"") + name + "\" must not be NULL");
  return *std::move(text);
}

void return_text_rows(FunctionCallInfo call, const std::vector<TextRow>& rows) {
  auto* result = reinterpret_cast<ReturnSetInfo*>(call->resultinfo);
  std::vector<TextRow> shown = rows;
  for (TextRow& row : shown) {
    for (Text& cell : row)
      if (cell) cell = shown_by_server(*cell);
  }
  guard([&] {
    check_result_mode(result);
    TupleDesc description;
    Tuplestorestate* store = begin_result(result, &description);
    for (const TextRow& row : shown) put_row(store, description, row);
  });
}

}  // namespace mysql_sync::pg
