#include "fdw/fdw_options.hpp"

#include "fdw/fdw_option_rules.hpp"
#include "pg/compat/fdw_compat.hpp"
#include "pg/compat/role_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/guard.hpp"

namespace mysql_sync::fdw {

namespace {

/// Options of one object by name, in UTF-8.
using OptionMap = std::unordered_map<std::string, std::string>;

struct OptionText {
  const char* name;
  const char* value;
};

OptionText option_text(void* element) {
  return pg::guard([&] {
    auto* definition = static_cast<DefElem*>(element);
    return OptionText{definition->defname, defGetString(definition)};
  });
}

OptionMap read_options(List* options) {
  OptionMap result;
  ListCell* cell;
  foreach (cell, options) {
    const OptionText option = option_text(lfirst(cell));
    result[option.name] = pg::from_server(option.value);
  }
  return result;
}

/// Where the option is set, else `otherwise`.
std::string option_or(const OptionMap& options, const char* name, std::string otherwise = {}) {
  const auto found = options.find(name);
  return found == options.end() ? std::move(otherwise) : found->second;
}

uint64_t number_or(const OptionMap& options, const char* name, uint64_t otherwise) {
  const auto found = options.find(name);
  if (found == options.end()) return otherwise;
  return parse_number(found->second, 0, UINT32_MAX).value_or(otherwise);
}

/// A user mapping: of the user, or else of PUBLIC.
struct Mapping {
  Oid oid = InvalidOid, user = InvalidOid;
  uint32 hash = 0;
  List* options = NIL;
};

bool find_user_mapping(Oid server, Oid user, Mapping* mapping) {
  for (const Oid candidate : {user, InvalidOid}) {
    HeapTuple tuple =
        SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(candidate), ObjectIdGetDatum(server));
    if (!HeapTupleIsValid(tuple)) continue;
    bool is_null;
    const Datum datum =
        SysCacheGetAttr(USERMAPPINGUSERSERVER, tuple, Anum_pg_user_mapping_umoptions, &is_null);
    mapping->oid = pg::compat::user_mapping_oid(tuple);
    mapping->user = candidate;
    mapping->hash = GetSysCacheHashValue1(USERMAPPINGOID, ObjectIdGetDatum(mapping->oid));
    mapping->options = is_null ? NIL : untransformRelOptions(datum);
    ReleaseSysCache(tuple);
    return true;
  }
  return false;
}

Mapping user_mapping(Oid server, Oid user, const char* server_name) {
  Mapping mapping;
  if (pg::guard([&] { return find_user_mapping(server, user, &mapping); })) return mapping;
  const char* name = pg::guard([&] { return compat::role_name(user); });
  const std::string quoted = pg::from_server(pg::guard([&] { return quote_identifier(server_name); }));
  pg::fail(ErrorCode::kNotFound,
           "user \"" + pg::from_server(name == nullptr ? "?" : name) +
               "\" has no user mapping for server \"" + pg::from_server(server_name) + "\"",
           {}, "CREATE USER MAPPING FOR ... SERVER " + quoted + " OPTIONS (username '...', password '...');");
}

void read_ssl_options(const OptionMap& options, source::ConnectionOptions* result) {
  result->ssl_mode = parse_ssl_mode(option_or(options, "ssl_mode")).value_or(source::SslMode::kPreferred);
  result->ssl_ca = option_or(options, "ssl_ca");
  result->ssl_cert = option_or(options, "ssl_cert");
  result->ssl_key = option_or(options, "ssl_key");
}

[[noreturn]] void raise(int sqlstate, std::string message, std::string detail, std::string hint = {}) {
  throw pg::PgError({sqlstate, std::move(message), std::move(detail), std::move(hint), {}});
}

/// The operating system user of the database server may see more than the role, files and sockets, and the
/// source more of it than of others: who is no superuser needs a superuser's word for either.
void check_files(const source::ConnectionOptions& options, const ForeignServer* server) {
  const bool names_files = !options.ssl_ca.empty() || !options.ssl_cert.empty() || !options.ssl_key.empty();
  if (!names_files || pg::guard([&] { return superuser_arg(server->owner); })) return;
  raise(ERRCODE_INSUFFICIENT_PRIVILEGE,
        "server \"" + pg::from_server(server->servername) + "\" may not name files",
        "The options ssl_ca, ssl_cert and ssl_key are for servers that belong to a superuser.");
}

void check_password(const source::ConnectionOptions& options, const OptionMap& credentials) {
  if (option_or(credentials, "password_required", "true") == "false") return;
  const bool is_socket = options.host.rfind('/', 0) == 0;
  if (!is_socket && !options.password.empty()) return;
  raise(ERRCODE_S_R_E_PROHIBITED_SQL_STATEMENT_ATTEMPTED, "password is required",
        is_socket ? "Only superusers connect through a unix socket, which may ask for no password."
                  : "Who is no superuser must have a password in the user mapping.",
        "A superuser can set password_required 'false' in the user mapping.");
}

}  // namespace

SourceAccess source_access(Oid server, Oid user) {
  const ForeignServer* definition = pg::guard([&] { return GetForeignServer(server); });
  const OptionMap options = read_options(definition->options);
  const Mapping mapping = user_mapping(server, user, definition->servername);
  const OptionMap credentials = read_options(mapping.options);
  SourceAccess access;
  source::ConnectionOptions& result = access.options;
  result.host = option_or(options, "host", result.host);
  result.port = static_cast<uint16_t>(number_or(options, "port", result.port));
  result.connect_timeout_s =
      static_cast<uint32_t>(number_or(options, "connect_timeout", result.connect_timeout_s));
  read_ssl_options(options, &result);
  result.username = option_or(credentials, "username");
  result.password = option_or(credentials, "password");
  if (!pg::guard([&] { return superuser_arg(user); })) {
    check_files(result, definition);
    check_password(result, credentials);
  }
  access.server = server;
  access.mapping = mapping.oid;
  access.user = mapping.user;
  access.server_hash =
      pg::guard([&] { return GetSysCacheHashValue1(FOREIGNSERVEROID, ObjectIdGetDatum(server)); });
  access.mapping_hash = mapping.hash;
  access.keeps = option_or(options, "keep_connections", "true") == "true";
  return access;
}

source::ConnectionOptions connection_options(Oid server, Oid user) {
  return source_access(server, user).options;
}

std::optional<uint32_t> server_id_option(Oid server) {
  const ForeignServer* definition = pg::guard([&] { return GetForeignServer(server); });
  const uint64_t id = number_or(read_options(definition->options), "server_id", 0);
  return id == 0 ? std::nullopt : std::optional<uint32_t>(static_cast<uint32_t>(id));
}

TableOptions table_options(Oid foreign_table) {
  ForeignTable* definition = pg::guard([&] { return GetForeignTable(foreign_table); });
  if (pg::compat::is_read_by_all_segments(definition)) {
    pg::fail(ErrorCode::kUnsupported, "a mysql_sync foreign table cannot be read by all segments",
             "Every segment would read, and return, the whole table.", "Set mpp_execute to 'master'.");
  }
  const OptionMap options = read_options(definition->options);
  const OptionText own = pg::guard([&] {
    return OptionText{get_namespace_name(get_rel_namespace(foreign_table)), get_rel_name(foreign_table)};
  });
  TableOptions result;
  result.server = definition->serverid;
  result.database = option_or(options, "dbname", pg::from_server(own.name));
  result.table = option_or(options, "table_name", pg::from_server(own.value));
  result.filter = option_or(options, "filter");
  result.policies.zero_dates =
      parse_zero_dates(option_or(options, "zero_dates")).value_or(result.policies.zero_dates);
  result.policies.nul_bytes =
      TextPolicy::parse(option_or(options, "nul_bytes")).value_or(result.policies.nul_bytes);
  result.policies.invalid_text =
      TextPolicy::parse(option_or(options, "invalid_text")).value_or(result.policies.invalid_text);
  return result;
}

ColumnOptions column_options(Oid foreign_table, AttrNumber column, const char* own_name) {
  const OptionMap options =
      read_options(pg::guard([&] { return GetForeignColumnOptions(foreign_table, column); }));
  return {option_or(options, "column_name", pg::from_server(own_name)), option_or(options, "key") == "true"};
}

}  // namespace mysql_sync::fdw

namespace {

void validate(Datum options, Oid catalog) {
  using namespace mysql_sync;
  List* list = pg::guard([&] { return untransformRelOptions(options); });
  ListCell* cell;
  foreach (cell, list) {
    void* element = lfirst(cell);
    const char* name = static_cast<DefElem*>(element)->defname;
    const char* value = pg::guard([&] { return defGetString(static_cast<DefElem*>(element)); });
    fdw::check_option(catalog, name, pg::from_server(value));
  }
}

}  // namespace

extern "C" {
PG_FUNCTION_INFO_V1(mysql_sync_fdw_validator);

Datum mysql_sync_fdw_validator(PG_FUNCTION_ARGS) {
  return mysql_sync::pg::entry([&] {
    validate(PG_GETARG_DATUM(0), PG_GETARG_OID(1));
    return Datum{0};
  });
}
}
