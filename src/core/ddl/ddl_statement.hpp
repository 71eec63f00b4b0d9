// What a DDL statement does, as far as it concerns the tables of a task.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/status.hpp"
#include "core/types/table_schema.hpp"

namespace mysql_sync::ddl {

struct TableName {
  std::string database;  ///< the session's database where the statement names none
  std::string table;
};

using mysql_sync::ColumnDefault;

struct ColumnPlace {
  bool first = false;
  std::string after;  ///< name of the column before it; empty: at the end or unmoved (unless first)
};

struct AddColumn {
  Column column;
  ColumnPlace place;
  bool if_not_exists = false;
  bool primary_key = false;
  bool auto_increment = false;  ///< the source numbers the rows that exist, in an order nobody else knows
};
struct DropColumn {
  std::string name;
  bool if_exists = false;
};
struct RenameColumn {
  std::string from, to;
  bool if_exists = false;
};
/// CHANGE a b def, and MODIFY a def (then column.name is `from`). Whether it is a pure rename, a move, or a
/// change of type only the known schema tells: alter_outcome() does.
struct ChangeColumn {
  std::string from;
  Column column;
  ColumnPlace place;
  bool if_exists = false;
  bool primary_key = false;
  bool lenient = false;  ///< not strict, or ALTER IGNORE: NOT NULL would turn NULLs into other values
};
/// ALTER COLUMN c SET VISIBLE | INVISIBLE.
struct SetVisibility {
  std::string name;
  bool invisible = false;
  bool if_exists = false;
};
/// ALTER COLUMN c SET DEFAULT | DROP DEFAULT.
struct SetDefault {
  std::string name;
  ColumnDefault value;
  std::string
      binary;  ///< not empty: the value is x'…' or b'…' with these bytes; the column's type reads them
  bool if_exists = false;
};
/// A change that leaves rows and columns as they are: indexes, comments, engine, partitions added.
struct NoEffect {};
/// Read, and not carried: primary key changes, DROP PARTITION, … `what` names it ("DROP PARTITION").
struct NotCarried {
  std::string what;
};
using AlterAction = std::variant<AddColumn, DropColumn, RenameColumn, ChangeColumn, SetVisibility, SetDefault,
                                 NoEffect, NotCarried>;

struct AlterTable {
  TableName table;
  std::vector<AlterAction> actions;  ///< in the statement's order
  /// Further tables the statement changes: RENAME TO, EXCHANGE PARTITION … WITH TABLE, CONVERT PARTITION.
  /// One of them may be selected where `table` is not.
  std::vector<TableName> other_tables;
  /// [DEFAULT] CHARACTER SET of the table from now on, to be kept for columns added later; empty: unchanged.
  std::string default_charset;
  bool if_exists = false;
};
struct TruncateTable {
  TableName table;
};
/// DROP TABLE, RENAME TABLE, CREATE TABLE (also … LIKE/SELECT): the tables named, and what is done to them.
struct OtherTableStatement {
  enum class Kind { kCreate, kCreateOrReplace, kDrop, kRename };
  Kind kind = Kind::kCreate;
  std::string what;               ///< "DROP TABLE"
  std::vector<TableName> tables;  ///< kRename: old, new, old, new, …
  bool temporary = false;
  bool if_exists = false;  ///< IF EXISTS; kCreate: IF NOT EXISTS
};
/// DROP DATABASE and the like: concerns every table of the database.
struct DatabaseStatement {
  enum class Kind { kCreate, kAlter, kDrop };
  Kind kind = Kind::kCreate;
  std::string what;
  std::string database;
};
/// INSERT, UPDATE, DELETE, … as a statement: the session logs statements, not rows. Where one of the tables
/// is selected, rows change that no row event tells of.
struct RowStatement {
  std::string what;  ///< "UPDATE"
  std::vector<TableName>
      tables;  ///< at least those it changes (aliases may be among them); empty: cannot tell
};
/// Nothing that changes tables: BEGIN, GRANT, CREATE VIEW, SAVEPOINT, statements no parser knows.
struct Irrelevant {};

using Statement =
    std::variant<AlterTable, TruncateTable, OtherTableStatement, DatabaseStatement, RowStatement, Irrelevant>;

/// Bits of sql_mode, as in the query event's status variables, that change how a statement reads.
enum SqlMode : uint64_t {
  kRealAsFloat = 0x1,
  kAnsiQuotes = 0x4,
  kOracle = 0x200,  ///< MariaDB: another grammar, and DATE is a DATETIME
  kMaxDb = 0x1000,  ///< before MySQL 8: TIMESTAMP is a DATETIME
  kNoBackslashEscapes = 0x100000,
  kStrictTransTables = 0x200000,
  kStrictAllTables = 0x400000
};

/// How the session that ran the statement read it.
struct SessionContext {
  std::string database;
  uint64_t sql_mode = kStrictTransTables;  ///< bits of SqlMode
  std::string table_charset = "utf8mb4";   ///< the table's default, for columns that name no character set
  bool mariadb = false;                    ///< JSON is LONGTEXT; comments /*M! … */ are SQL
  bool explicit_defaults_for_timestamp = true;  ///< false: TIMESTAMP is NOT NULL unless it says NULL
};

/// Reads a statement, in UTF-8, as far as needed. An error (kUnsupported, the place shown in the detail) only
/// for a statement that changes tables and cannot be read: mentioned_tables() tells which.
Result<Statement> parse(std::string_view sql, const SessionContext& session);

/// The tables an unreadable statement seems to concern (ALTER TABLE x …), best effort; empty: cannot tell.
std::vector<TableName> mentioned_tables(std::string_view sql, const SessionContext& session);

}  // namespace mysql_sync::ddl
