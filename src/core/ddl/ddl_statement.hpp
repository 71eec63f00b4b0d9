// What a DDL statement does, as far as it concerns the tables of a task.
#pragma once

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

/// DEFAULT of an added column, as far as rows that exist already are concerned.
struct ColumnDefault {
  enum class Kind { kNone, kNull, kLiteral, kCurrentTimestamp, kOther };
  Kind kind = Kind::kNone;
  std::string literal;  ///< the value's text, unquoted and unescaped, in UTF-8; kOther: the expression's SQL
  bool literal_is_number = false;
};

struct ColumnPlace {
  bool first = false;
  std::string after;  ///< name of the column before it; empty: at the end (unless first)
};

struct AddColumn {
  Column column;
  ColumnDefault default_value;
  ColumnPlace place;
  bool if_not_exists = false;
  bool primary_key = false;
};
struct DropColumn {
  std::string name;
  bool if_exists = false;
};
struct RenameColumn {
  std::string from, to;
};
/// A change that leaves rows and columns as they are: indexes, comments, defaults, engine, partitions added.
struct NoEffect {};
/// Read, and not carried: MODIFY of a type, primary key changes, … `what` names it ("MODIFY COLUMN").
struct NotCarried {
  std::string what;
};
using AlterAction = std::variant<AddColumn, DropColumn, RenameColumn, NoEffect, NotCarried>;

struct AlterTable {
  TableName table;
  std::vector<AlterAction> actions;  ///< in the statement's order
};
struct TruncateTable {
  TableName table;
};
/// DROP TABLE, RENAME TABLE, CREATE TABLE (also … LIKE/SELECT): the tables named, and what is done to them.
struct OtherTableStatement {
  std::string what;  ///< "DROP TABLE"
  std::vector<TableName> tables;
  bool temporary = false;
};
/// DROP DATABASE and the like: concerns every table of the database.
struct DatabaseStatement {
  std::string what;
  std::string database;
};
/// Nothing that changes tables: BEGIN, GRANT, CREATE VIEW, SAVEPOINT, statements no parser knows.
struct Irrelevant {};

using Statement = std::variant<AlterTable, TruncateTable, OtherTableStatement, DatabaseStatement, Irrelevant>;

/// How the session that ran the statement read it.
struct SessionContext {
  std::string database;
  uint64_t sql_mode = 0;      ///< MODE_ANSI_QUOTES 0x4, MODE_NO_BACKSLASH_ESCAPES 0x100000 (sql/sql_class.h)
  std::string table_charset = "utf8mb4";  ///< for added columns that name no character set
};

/// Reads a statement as far as needed. An error (kUnsupported, the place shown in the detail) only for a
/// statement that changes tables and cannot be read; `tables` names those it would concern as far as seen.
Result<Statement> parse(std::string_view sql, const SessionContext& session);

/// The tables an unreadable statement seems to concern (ALTER TABLE x …), best effort; empty: cannot tell.
std::vector<TableName> mentioned_tables(std::string_view sql, const SessionContext& session);

}  // namespace mysql_sync::ddl
