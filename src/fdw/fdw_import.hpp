// Foreign tables for the tables of a database of the source.
#pragma once

#include "pg/compat/postgres_headers.hpp"

namespace mysql_sync::fdw {

/// A table of the source as a foreign table, or why it cannot be one. In UTF-8.
struct ImportedTable {
  std::string name;
  std::string statement;  ///< CREATE FOREIGN TABLE …; empty if there is a reason
  std::string skipped_because;
};

/// All tables and views of `database` (UTF-8) that `wanted` accepts, in the order of their names.
/// `schema` is where the foreign tables go. pg::StatusError if the source has no such database.
std::vector<ImportedTable> plan_import(Oid server, Oid user, const std::string& database,
                                       const std::string& schema,
                                       const std::function<bool(const std::string&)>& wanted);

/// Says by a WARNING that a table is not imported, and why.
void warn_skipped(const ImportedTable& table);

}  // namespace mysql_sync::fdw
