// What a session may ask of the connections of its foreign scans, in SQL.
#include "fdw/fdw_connection.hpp"
#include "pg/compat/fdw_compat.hpp"
#include "pg/compat/role_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/function_arguments.hpp"

namespace mysql_sync::fdw {

namespace {

/// Nothing for a server that was dropped meanwhile.
pg::Text server_name(Oid server) {
  const char* name = pg::guard([&]() -> const char* {
    HeapTuple tuple = SearchSysCache1(FOREIGNSERVEROID, ObjectIdGetDatum(server));
    if (!HeapTupleIsValid(tuple)) return nullptr;
    const char* found = pstrdup(NameStr(reinterpret_cast<Form_pg_foreign_server>(GETSTRUCT(tuple))->srvname));
    ReleaseSysCache(tuple);
    return found;
  });
  return name == nullptr ? std::nullopt : pg::Text(pg::from_server(name));
}

pg::Text user_name(Oid user) {
  if (!OidIsValid(user)) return "public";
  const char* name = pg::guard([&] { return compat::role_name(user); });
  return name == nullptr ? std::nullopt : pg::Text(pg::from_server(name));
}

pg::TextRow shown(const ConnectionListing& listing) {
  const pg::Text thread = listing.thread.empty() ? std::nullopt : pg::Text(listing.thread);
  return {server_name(listing.server), user_name(listing.user), listing.valid ? "true" : "false",
          listing.in_use ? "true" : "false", thread};
}

void get_connections(FunctionCallInfo fcinfo) {
  std::vector<pg::TextRow> rows;
  for (const ConnectionListing& listing : list_connections()) rows.push_back(shown(listing));
  pg::return_text_rows(fcinfo, rows);
}

}  // namespace

}  // namespace mysql_sync::fdw

extern "C" {
PG_FUNCTION_INFO_V1(mysql_sync_get_connections);
PG_FUNCTION_INFO_V1(mysql_sync_disconnect);
PG_FUNCTION_INFO_V1(mysql_sync_disconnect_all);

Datum mysql_sync_get_connections(PG_FUNCTION_ARGS) {
  return mysql_sync::pg::entry([&] {
    mysql_sync::fdw::get_connections(fcinfo);
    return Datum{0};
  });
}

Datum mysql_sync_disconnect(PG_FUNCTION_ARGS) {
  return mysql_sync::pg::entry([&] {
    const char* name = NameStr(*PG_GETARG_NAME(0));
    const Oid server = mysql_sync::pg::guard([&] { return get_foreign_server_oid(name, false); });
    return BoolGetDatum(mysql_sync::fdw::close_connections(server));
  });
}

Datum mysql_sync_disconnect_all(PG_FUNCTION_ARGS) {
  (void)fcinfo;
  return mysql_sync::pg::entry([] { return BoolGetDatum(mysql_sync::fdw::close_connections(InvalidOid)); });
}
}
