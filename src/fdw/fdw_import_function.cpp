// mysql_sync.import_schema(): IMPORT FOREIGN SCHEMA for servers that lack it, and with one word less on the
// others.
#include "fdw/fdw_import.hpp"

#include "fdw/fdw_callbacks.hpp"
#include "pg/compat/fdw_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/guard.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::fdw {

namespace {

void create_schema_if_absent(pg::SpiSession& session, const std::string& schema) {
  if (session.query_row("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", {schema}).has_value())
    return;
  session.execute("CREATE SCHEMA " + pg::quote_name(schema));
}

/// Creates the foreign tables; their names in order.
std::vector<std::string> import_database(Oid server, const std::string& database, const std::string& schema) {
  const Oid user = pg::guard([] { return GetUserId(); });
  const std::vector<ImportedTable> tables =
      plan_import(server, user, database, schema, [](const std::string&) { return true; });
  std::vector<std::string> created;
  pg::SpiSession session;
  create_schema_if_absent(session, schema);
  for (const ImportedTable& table : tables) {
    if (!table.skipped_because.empty()) {
      warn_skipped(table);
      continue;
    }
    session.execute(table.statement);
    created.push_back(pg::quote_qualified(schema, table.name));
  }
  return created;
}

/// An argument of type name; nothing for null.
std::optional<std::string> name_argument(FunctionCallInfo fcinfo, int number) {
  if (PG_ARGISNULL(number)) return std::nullopt;
  return pg::from_server(NameStr(*PG_GETARG_NAME(number)));
}

/// A tuplestore for a function that returns SETOF text, handed to the caller.
Tuplestorestate* begin_text_set(FunctionCallInfo fcinfo, TupleDesc* description) {
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  if (result == nullptr || !IsA(result, ReturnSetInfo) || (result->allowedModes & SFRM_Materialize) == 0) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("a set cannot be returned here")));
  }
  const MemoryContext caller = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
  *description = pg::compat::make_tuple_description(1);
  TupleDescInitEntry(*description, 1, "import_schema", TEXTOID, -1, 0);
  Tuplestorestate* store = tuplestore_begin_heap(true, false, work_mem);
  result->returnMode = SFRM_Materialize;
  result->setResult = store;
  result->setDesc = *description;
  MemoryContextSwitchTo(caller);
  return store;
}

void return_texts(FunctionCallInfo fcinfo, const std::vector<std::string>& texts) {
  TupleDesc description = nullptr;
  Tuplestorestate* store = pg::guard([&] { return begin_text_set(fcinfo, &description); });
  for (const std::string& utf8 : texts) {
    const std::string text = pg::to_server(utf8);
    pg::guard([&] {
      Datum value = CStringGetTextDatum(text.c_str());
      bool is_null = false;
      tuplestore_putvalues(store, description, &value, &is_null);
    });
  }
}

}  // namespace

/// Under whatever name the wrapper was created.
bool is_server_of_ours(Oid server) {
  const Oid handler = GetForeignDataWrapper(GetForeignServer(server)->fdwid)->fdwhandler;
  return OidIsValid(handler) && GetFdwRoutine(handler)->GetForeignRelSize == get_relation_size;
}

/// Before anything is told of the source: the right that IMPORT FOREIGN SCHEMA asks for.
void check_server(Oid server, const std::string& name) {
  pg::guard([&] {
    if (!pg::compat::may_use_server(server, GetUserId()))
      ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                      errmsg("permission denied for foreign server %s", name.c_str())));
    if (!is_server_of_ours(server))
      ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                      errmsg("server \"%s\" is not a server of mysql_sync", name.c_str())));
  });
}

/// mysql_sync.import_schema(server, database, target_schema).
void import_schema(FunctionCallInfo fcinfo) {
  const std::optional<std::string> server = name_argument(fcinfo, 0);
  const std::optional<std::string> database = name_argument(fcinfo, 1);
  if (!server.has_value() || !database.has_value()) {
    pg::fail(ErrorCode::kInvalidArgument, "server and database must be given");
  }
  const std::string name = pg::to_server(*server);
  const Oid server_oid = pg::guard([&] { return get_foreign_server_oid(name.c_str(), false); });
  check_server(server_oid, name);
  return_texts(fcinfo, import_database(server_oid, *database, name_argument(fcinfo, 2).value_or(*database)));
}

}  // namespace mysql_sync::fdw

extern "C" {
PG_FUNCTION_INFO_V1(mysql_sync_import_schema);

Datum mysql_sync_import_schema(PG_FUNCTION_ARGS) {
  return mysql_sync::pg::entry([&] {
    mysql_sync::fdw::import_schema(fcinfo);
    return Datum{0};
  });
}
}
