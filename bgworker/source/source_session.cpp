#include "bgworker/source/source_session.hpp"

#include "core/ddl/schema_change.hpp"
#include "fdw/fdw_connection.hpp"
#include "fdw/fdw_options.hpp"
#include "pg/compat/worker_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/wait_hook.hpp"
#include "source/source_metadata.hpp"

extern "C" {
#include "foreign/foreign.h"
#include "utils/acl.h"
}

namespace mysql_sync {

namespace {

bool is_ours(Oid server) {
  return pg::guard([&] {
    const ForeignServer* found = GetForeignServer(server);
    return strcmp(GetForeignDataWrapper(found->fdwid)->fdwname, "mysql_sync") == 0;
  });
}

Oid server_oid(const std::string& server) {
  const std::string name = pg::to_server(server);
  const Oid oid = pg::guard([&] { return get_foreign_server_oid(name.c_str(), true); });
  if (!OidIsValid(oid)) {
    pg::fail(ErrorCode::kNotFound, "server \"" + server + "\" does not exist", {},
             "CREATE SERVER it with FOREIGN DATA WRAPPER mysql_sync.");
  }
  if (!is_ours(oid)) {
    pg::fail(ErrorCode::kInvalidArgument, "server \"" + server + "\" is not a server of mysql_sync", {},
             "CREATE SERVER one with FOREIGN DATA WRAPPER mysql_sync.");
  }
  return oid;
}

/// FNV-1a: a stable spread, not a secret.
uint32_t spread(const std::string& text) {
  uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

/// Of values that the target does not take yet: NULL, labels.
bool has_no_more(const Column& now, const Column& mapped) {
  return (mapped.nullable || !now.nullable) && mapped.type.members == now.type.members;
}

bool keeps_type(const Column& now, const Column& mapped, Labels labels) {
  return ddl::keeps_values(mapped.type, now.type) && (labels == Labels::kMayGrow || has_no_more(now, mapped));
}

bool has_columns_of(const TableSchema& now, const TableSchema& mapped, Labels labels) {
  size_t at = 0;
  for (const Column& column : mapped.columns) {
    while (at < now.columns.size() && now.columns[at].name != column.name) ++at;
    if (at == now.columns.size() || !keeps_type(now.columns[at], column, labels)) return false;
    ++at;
  }
  return true;
}

bool has_key_of(const TableSchema& now, const TableSchema& mapped) {
  return std::equal(now.primary_key.begin(), now.primary_key.end(), mapped.primary_key.begin(),
                    mapped.primary_key.end(),
                    [&](size_t a, size_t b) { return now.columns[a].name == mapped.columns[b].name; });
}

}  // namespace

source::ConnectionOptions source_options(const TaskConfig& config) {
  const Oid server = server_oid(config.server);
  const std::string name = pg::to_server(config.owner);
  const Oid owner = pg::guard([&] { return get_role_oid(name.c_str(), false); });
  return fdw::connection_options(server, owner);
}

source::Connection connect_source(const source::ConnectionOptions& options) {
  fdw::end_statements_at_exit();
  return pg::value_or_throw(source::Connection::open(options, pg::wait_for_socket));
}

bool has_own_server_id(const TaskConfig& config) {
  return fdw::server_id_option(server_oid(config.server)).has_value();
}

uint32_t replica_server_id(const TaskConfig& config) {
  if (const auto chosen = fdw::server_id_option(server_oid(config.server))) return *chosen;
  const uint64_t system = pg::guard([] { return compat::system_identifier(); });
  const std::string name =
      std::to_string(system) + "/" + std::to_string(MyDatabaseId) + "/" + std::to_string(config.id);
  // The upper half of the range is rarely used by hand; bit 30 is left to the precheck's own connection.
  return 0x80000000U | (spread(name) & 0x3fffffffU);
}

bool keeps_columns(source::Connection& source, const TableSchema& mapped, Labels labels) {
  const auto now = pg::value_or_throw(source::read_schemas(source, mapped.database, {mapped.table}));
  return !now.empty() && has_columns_of(now.front(), mapped, labels) && has_key_of(now.front(), mapped);
}

}  // namespace mysql_sync
