// What the source says of itself and of its tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.hpp"
#include "core/binlog/gtid.hpp"
#include "core/binlog/position.hpp"
#include "core/types/charset.hpp"
#include "core/types/foreign_key.hpp"
#include "core/types/table_schema.hpp"
#include "source/connection.hpp"

namespace mysql_sync::source {

/// The variables the precheck looks at.
struct SourceVariables {
  std::string version;
  std::string
      server_identity;  ///< server_uuid; MariaDB: server_uid, or "server_id@hostname:port" where it has none
  uint32_t server_id = 0;
  bool log_bin = false;
  std::string binlog_format;             ///< ROW, MIXED, STATEMENT
  std::string binlog_row_image;          ///< FULL where the source does not know the variable
  std::string binlog_row_value_options;  ///< PARTIAL_JSON or empty
  std::string binlog_row_metadata;       ///< FULL or another; empty if the source does not know it
  int lower_case_table_names = 0;
};
Result<SourceVariables> read_variables(Connection& connection);

struct BinlogStatus {
  BinlogPosition position;
  std::string filters;   ///< binlog_do_db and binlog_ignore_db, where they are set
  std::string gtid_set;  ///< belongs to `position`; empty if the source has no GTIDs
};
/// SHOW MASTER STATUS, or SHOW BINARY LOG STATUS where the source knows only that. kPermission without
/// REPLICATION CLIENT; kSource with a hint where the binlog is off.
Result<BinlogStatus> read_binlog_status(Connection& connection);

/// Names of the files of the binlog, oldest first. Needs REPLICATION CLIENT.
Result<std::vector<std::string>> list_binlog_files(Connection& connection);

/// The character set of each collation that the source has, by the number that events name it with.
Result<CollationCharsets> read_collation_charsets(Connection& connection);

/// Rights of the connected account as SHOW GRANTS prints them, one a line.
Result<std::vector<std::string>> read_grants(Connection& connection);

struct TableListing {
  std::string database, table;
  uint64_t estimated_rows = 0;
  bool is_view = false;
  bool is_versioned = false;  ///< MariaDB's system-versioned tables
  std::string charset;        ///< the default of columns that a later ALTER adds
};
/// The tables and views of all databases but the system's own (mysql, sys, information_schema,
/// performance_schema).
Result<std::vector<TableListing>> list_tables(Connection& connection);

/// True if ROLLBACK TO SAVEPOINT undoes changes of the table, by its engine. False as well where the table
/// is gone.
Result<bool> has_savepoints(Connection& connection, const std::string& database, const std::string& table);

/// Foreign keys with CASCADE, SET NULL or SET DEFAULT, by database and name.
Result<std::vector<ForeignKey>> list_cascades(Connection& connection);
/// False if InnoDB carries cascades out below the binlog: what they change is not logged then. True if
/// the server does it itself (innodb_native_foreign_keys is OFF).
Result<bool> logs_cascades(Connection& connection);

/// A column that MariaDB computes whenever it is read.
struct VirtualColumn {
  std::string database, table, column;
  std::string expression;
};
/// All of them, where the source is a MariaDB that tells expressions (10.2.5); empty elsewhere: MySQL logs
/// its virtual columns like others, and none of them can change by itself.
Result<std::vector<VirtualColumn>> list_virtual_columns(Connection& connection);
/// True for an expression whose value depends on the time, on chance or on the session that asks, whatever
/// the row holds: "current_timestamp()", "@@sql_mode".
bool changes_by_itself(std::string_view expression);

/// Columns, types, primary key of tables and views of one database, ordered by name. `tables` empty: all.
/// Missing ones are simply absent. Names are as the source spells them, which folds them where
/// lower_case_table_names is 1.
Result<std::vector<TableSchema>> read_schemas(Connection& connection, const std::string& database,
                                              const std::vector<std::string>& tables);

/// True if there is a table of this name that is no view, and that the account may read.
Result<bool> has_table(Connection& connection, const std::string& database, const std::string& table);

/// One table or view without its key, which costs the source one query less. Nothing if it is missing.
Result<std::optional<TableSchema>> read_table_columns(Connection& connection, const std::string& database,
                                                      const std::string& table);

/// What SHOW CREATE TABLE says; empty if it refuses, as for a table that is gone. It waits for an ALTER
/// that is in the binlog already and that information_schema does not show yet.
Result<std::string> read_create_statement(Connection& connection, const TableSchema& table);

/// information_schema compares names without regard to case. Where the source tells table names apart by it
/// (true), rows of another spelling than the one asked for must be dropped.
Result<bool> tells_case_apart(Connection& connection);

/// Sets the defaults of the table's columns, as SHOW CREATE TABLE has them: exact, in UTC, whatever the
/// version. Those it cannot read, and all of a table that is gone, become ColumnDefault::Kind::kOther.
Status read_defaults(Connection& connection, TableSchema* schema);

struct DatabaseCharset {
  std::string database, charset;
};
/// The default character sets of all databases, as they are now; by name.
Result<std::vector<DatabaseCharset>> read_database_charsets(Connection& connection);
/// That of one database; empty when it is gone.
Result<std::string> read_database_charset(Connection& connection, const std::string& database);

/// The default character set of a table, for columns that a later ALTER adds. Empty when the table is gone.
Result<std::string> read_table_charset(Connection& connection, const std::string& database,
                                       const std::string& table);

}  // namespace mysql_sync::source
