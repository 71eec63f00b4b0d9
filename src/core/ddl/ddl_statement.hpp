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

/// The literal of the default, of kind kOther, that AUTO_INCREMENT columns have: only the source knows what
/// comes next.
constexpr const char* kAutoIncrement = "AUTO_INCREMENT";
bool is_auto_increment(const Column& column);

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
  bool lenient = false;         ///< as in ChangeColumn
  bool may_take_time = false;   ///< as in ChangeColumn
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
  bool auto_increment = false;
  /// A TIMESTAMP whose default is the current time if it is the first TIMESTAMP of the table then: before
  /// explicit_defaults_for_timestamp, NOT NULL and without a default of its own.
  bool may_take_time = false;
  /// Not strict, or ALTER IGNORE: values that do not fit are changed, not refused. Or trailing spaces come to
  /// CHARs.
  bool lenient = false;
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
struct AddPrimaryKey {
  std::vector<std::string> columns;  ///< by their names after the statement, in key order
  bool if_not_exists = false;
  bool lenient = false;  ///< as in ChangeColumn: columns of the key become NOT NULL
};
struct DropPrimaryKey {
  bool if_exists = false;
};
/// CONVERT TO CHARACTER SET: of the columns that hold text, and of the table.
struct ConvertCharset {
  std::string charset;
  bool lenient = false;  ///< as in ChangeColumn
};
/// RENAME TO; where there are several, the last one counts. It is no matter of alter_outcome().
struct RenameTable {
  TableName to;
};
/// A change that leaves rows and columns as they are: indexes, comments, engine, partitions added.
struct NoEffect {};
/// Rows come, go or change, and only the source knows which: DROP PARTITION, IMPORT TABLESPACE, …
struct NeedsReload {
  std::string what;  ///< "DROP PARTITION"
};
/// Read, and not carried at all: system versioning, ENGINE=BLACKHOLE.
struct NotCarried {
  std::string what;
};
using AlterAction =
    std::variant<AddColumn, DropColumn, RenameColumn, ChangeColumn, SetVisibility, SetDefault, AddPrimaryKey,
                 DropPrimaryKey, ConvertCharset, RenameTable, NoEffect, NeedsReload, NotCarried>;

/// A second table whose rows an ALTER TABLE moves. It may be selected where the first is not.
struct OtherTable {
  enum class Fate {
    kRowsChanged,  ///< EXCHANGE PARTITION p WITH TABLE it
    kCreated,      ///< MariaDB: CONVERT PARTITION p TO TABLE it: new, with rows, and the columns of the first
    kGone          ///< MariaDB: CONVERT TABLE it TO PARTITION p
  };
  TableName name;
  Fate fate = Fate::kRowsChanged;
};

struct AlterTable {
  TableName table;
  std::vector<AlterAction> actions;  ///< in the statement's order
  std::vector<OtherTable> other_tables;
  /// Character set of the table from now on, by [DEFAULT] CHARACTER SET or CONVERT TO, to be kept for columns
  /// added later; empty: unchanged.
  std::string default_charset;
  /// As in CreateTable: default_charset is the default of the database.
  bool takes_database_charset = false;
  /// CONVERT TO CHARACTER SET DEFAULT took session.session_charset, which was not known: the table has to be
  /// read again.
  bool lacks_session_charset = false;
  /// Whether the source did nothing at all, not even to the table's default, where the statement is a CONVERT
  /// TO that leaves every column as it is: see charset_after().
  enum class Idle { kNever, kPossible, kUnknown };
  Idle idle = Idle::kNever;
  /// A UNIQUE key, of a column or by itself. The table has no two rows of one key after it, which matters
  /// where rows are copied to it from another table by INSERT IGNORE.
  bool adds_unique = false;
  /// A CHECK, a FOREIGN KEY or partitions, which matters likewise: rows that they refuse do not come.
  bool adds_rules = false;
  bool pads_char =
      false;  ///< what the source made of a CHAR has its trailing spaces (PAD_CHAR_TO_FULL_LENGTH)
  bool if_exists = false;

  /// The new name of the table; nullptr if it keeps its name.
  const TableName* renamed_to() const;
};
struct TruncateTable {
  TableName table;
};
struct CreateTable {
  TableName table;
  bool if_not_exists = false;
  bool or_replace = false;
  bool temporary = false;
  std::optional<TableName> like;  ///< CREATE TABLE … LIKE: columns, key and character set are of that table
  bool has_select = false;        ///< … SELECT, logged as a statement: rows and more columns come from it
  std::vector<TableName> read, called;  ///< by that SELECT, as in RowStatement
  /// Columns with types and defaults, and the primary key, under the name of `table`; empty unless complete.
  TableSchema definition;
  std::string charset;  ///< the table's default; empty if not complete
  /// The statement names no character set for the table, so session.database_charset was taken: where this is
  /// set, parse with the right one.
  bool takes_database_charset = false;
  /// The definition is all there is: the table is born empty, with just these columns.
  bool complete = false;
  std::string incomplete_reason;  ///< why not complete ("CREATE TABLE … LIKE")

  const char* what() const { return or_replace ? "CREATE OR REPLACE TABLE" : "CREATE TABLE"; }
};
struct DropTables {
  std::vector<TableName> tables;
  bool temporary = false;
  bool if_exists = false;
};
/// RENAME TABLE: one after the other, so that tables can swap their names.
struct RenameTables {
  struct Pair {
    TableName from, to;
  };
  std::vector<Pair> pairs;
  bool if_exists = false;  ///< MariaDB: pairs whose table is not there are passed over
};
/// DROP DATABASE and the like: concerns every table of the database.
struct DatabaseStatement {
  /// Its tables are gone.
  bool drops_tables() const { return kind == Kind::kDrop || or_replace; }
  enum class Kind { kCreate, kAlter, kDrop };
  Kind kind = Kind::kCreate;
  std::string what;
  std::string database;
  bool if_not_exists = false;
  bool or_replace = false;
  /// The database's default character set from now on; empty: it cannot be told; nothing: unchanged.
  std::optional<std::string> charset;
};
/// A table that a statement changes.
struct WrittenTable {
  TableName name;
  /// Not empty: it is changed only if it has one of these columns, which an UPDATE of several tables sets
  /// without saying of which.
  std::vector<std::string> if_it_has;
};
/// INSERT, UPDATE, DELETE, … as a statement: the session logs statements, not rows. Where one of the tables
/// is selected, rows change that no row event tells of. SELECT and the like are logged where a function that
/// they call changes rows. Names of temporary tables may be among these.
struct RowStatement {
  std::string what;  ///< "UPDATE"
  std::vector<WrittenTable> written;
  std::vector<TableName> read;    ///< whatever else stands where a table can: it may be a view that calls
  std::vector<TableName> called;  ///< functions and procedures, but for the server's own
  bool is_understood = true;      ///< false: it may change any table
  bool empties = false;           ///< DELETE FROM one table, and nothing else
  bool only_adds = false;         ///< no row that is there changes: what refers to it stays as it is
};
/// CREATE, ALTER, DROP of what decides what other statements change. Rows stay as they are.
struct ProgramStatement {
  enum class Kind { kView, kTrigger, kRoutine };
  Kind kind = Kind::kView;
  std::vector<TableName> names;
  bool creates = false;            ///< CREATE without OR REPLACE: nothing was there before
  std::optional<TableName> table;  ///< CREATE TRIGGER: whose
  std::vector<RowStatement> body;  ///< CREATE TRIGGER: what it runs
};
/// Nothing that changes tables: BEGIN, GRANT, SAVEPOINT, statements no parser knows.
struct Irrelevant {};

using Statement = std::variant<AlterTable, TruncateTable, CreateTable, DropTables, RenameTables,
                               DatabaseStatement, RowStatement, ProgramStatement, Irrelevant>;

/// Bits of sql_mode, as in the query event's status variables, that change how a statement reads.
enum SqlMode : uint64_t {
  kRealAsFloat = 0x1,
  kAnsiQuotes = 0x4,
  kOracle = 0x200,  ///< MariaDB: another grammar, and DATE is a DATETIME
  kMssql = 0x400,   ///< MariaDB: [name] is a name
  kMaxDb = 0x1000,  ///< before MySQL 8: TIMESTAMP is a DATETIME
  kNoBackslashEscapes = 0x100000,
  kStrictTransTables = 0x200000,
  kStrictAllTables = 0x400000,
  kPadCharToFullLength = 0x80000000,  ///< CHAR is read with its trailing spaces
  kEmptyStringIsNull = 0x100000000    ///< MariaDB: the literal '' is NULL
};

/// How the session that ran the statement read it.
struct SessionContext {
  std::string database;
  uint64_t sql_mode = kStrictTransTables;  ///< bits of SqlMode
  /// ALTER TABLE: the table's default, for columns that name no character set.
  std::string table_charset = "utf8mb4";
  /// CREATE TABLE without a character set, CHARACTER SET DEFAULT: the default of the table's database.
  std::string database_charset = "utf8mb4";
  /// CONVERT TO CHARACTER SET DEFAULT on MySQL, and on MariaDB before 10.9: the session's collation_database,
  /// which is the default of the session's current database. Empty: not known.
  std::string session_charset = "utf8mb4";
  /// CREATE DATABASE without a character set: the session's collation_server. Empty: not known.
  std::string server_charset = "utf8mb4";
  uint32_t version = 0;                         ///< of the server, as 50624 or 101119; 0: a new one
  bool mariadb = false;                         ///< JSON is LONGTEXT; comments /*M! … */ are SQL
  bool explicit_defaults_for_timestamp = true;  ///< false: TIMESTAMP is NOT NULL unless it says NULL
  /// lower_case_table_names is 1: names of tables and their databases are lower case, whatever a statement
  /// says.
  bool lowers_names = false;
};

/// The first MariaDB whose collations and DEFAULT depend on what they stand in.
constexpr uint32_t kMariadbContextCollations = 100900;
inline bool is_at_least(const SessionContext& session, uint32_t version) {
  return session.version == 0 || session.version >= version;
}

/// Reads a statement, in UTF-8, as far as needed. An error (kUnsupported, the place shown in the detail) only
/// for a statement that changes tables and cannot be read: mentioned_tables() tells which.
Result<Statement> parse(std::string_view sql, const SessionContext& session);

/// The tables an unreadable statement seems to concern (ALTER TABLE x …), best effort; empty: cannot tell.
std::vector<TableName> mentioned_tables(std::string_view sql, const SessionContext& session);

}  // namespace mysql_sync::ddl
