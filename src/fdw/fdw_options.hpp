// The options of servers, user mappings, foreign tables and columns: checked when they are set, read here.
#pragma once

#include "pg/cell_converter.hpp"
#include "pg/compat/postgres_headers.hpp"

#include "source/connection.hpp"

namespace mysql_sync::fdw {

/// How `user` connects to `server`.
struct SourceAccess {
  source::ConnectionOptions options;
  Oid server = InvalidOid, mapping = InvalidOid;
  Oid user = InvalidOid;                     ///< of the mapping: InvalidOid for PUBLIC
  uint32 server_hash = 0, mapping_hash = 0;  ///< by which the caches tell that they changed
  bool keeps = true;                         ///< keep_connections
};
/// pg::StatusError with a hint where there is no user mapping.
SourceAccess source_access(Oid server, Oid user);
source::ConnectionOptions connection_options(Oid server, Oid user);

/// The option server_id: the number under which we register as a replica. Nothing if it is not set.
std::optional<uint32_t> server_id_option(Oid server);

/// What a foreign table reads, in UTF-8.
struct TableOptions {
  Oid server = InvalidOid;
  std::string database;  ///< dbname; the schema's name where not given
  std::string table;     ///< table_name; the foreign table's name where not given
  std::string filter;    ///< a condition in MySQL's words that every query gets; mostly empty
  pg::ValuePolicies policies;
};
TableOptions table_options(Oid foreign_table);

/// What a column of a foreign table shows.
struct ColumnOptions {
  std::string source_name;  ///< column_name, or its own name; UTF-8
  bool is_key = false;      ///< key: no policy changes its values
};
ColumnOptions column_options(Oid foreign_table, AttrNumber column, const char* own_name);

}  // namespace mysql_sync::fdw
