// What we know of a source table: its columns in order, their MySQL types, its primary key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.hpp"

namespace mysql_sync {

/// A MySQL or MariaDB column type, however it was spelled.
enum class TypeKind : uint8_t {
  kTinyint,
  kSmallint,
  kMediumint,
  kInt,
  kBigint,
  kDecimal,
  kFloat,
  kDouble,
  kBit,
  kDate,
  kTime,
  kDatetime,
  kTimestamp,
  kYear,
  kChar,
  kVarchar,
  kText,
  kBinary,
  kVarbinary,
  kBlob,
  kEnum,
  kSet,
  kJson,
  kGeometry,
  kUuid,
  kInet4,
  kInet6,
  kVector,
  kUnknown
};

/// A column's type with everything its bytes need to be read.
struct ColumnType {
  TypeKind kind = TypeKind::kUnknown;
  bool is_unsigned = false;
  /// Characters (char, varchar, text), bytes (binary family; the type's maximum for text and blob), bits
  /// (bit), display width (integers; tinyint(1) has 1; 0 where not given).
  uint64_t length = 0;
  uint8_t precision = 0;             ///< decimal
  uint8_t scale = 0;                 ///< decimal
  uint8_t fraction = 0;              ///< digits of a fractional second, 0 to 6
  std::string charset;               ///< MySQL's name ("utf8mb4"); empty for types without one
  std::vector<std::string> members;  ///< labels of enum and set, in UTF-8
  std::string declared;  ///< as the source spells it, for messages and the catalog ("int(10) unsigned")
};

/// What a column gets where a statement gives it no value.
struct ColumnDefault {
  enum class Kind {
    kNone,              ///< none given: NULL, or the type's implicit default where the column is NOT NULL
    kNull,              ///< DEFAULT NULL
    kLiteral,           ///< see literal
    kCurrentTimestamp,  ///< the time of the statement
    kOther              ///< an expression, a generated column, or a value only the source knows
  };
  Kind kind = Kind::kNone;
  /// kLiteral: the value's text, unquoted and unescaped, in UTF-8 (columns without a character set: the
  /// bytes); kOther: the SQL of the expression, for messages.
  std::string literal;
  bool literal_is_number = false;
  /// A kLiteral of TIMESTAMP as the statement wrote it, in its session's time zone; otherwise it is in UTC.
  bool in_session_zone = false;
};

struct Column {
  std::string name;
  ColumnType type;
  ColumnDefault default_value = {};
  bool nullable = true;
  bool generated = false;
  bool invisible = false;
};

struct TableSchema {
  std::string database;
  std::string table;
  std::vector<Column> columns;
  std::vector<size_t> primary_key;  ///< indexes into columns, in key order; empty if there is no key

  /// "database.table", for messages.
  std::string display_name() const { return database + "." + table; }
  /// Index of the column of that name (case-insensitive, as in MySQL), or nothing.
  std::optional<size_t> find_column(std::string_view name) const;
};

/// Reads information_schema.columns.column_type, e.g. "decimal(10,2) unsigned", "enum('a','b''c')",
/// also as written in DDL ("INTEGER", "BOOL", "DOUBLE PRECISION", "NATIONAL VARCHAR(3)").
/// `charset` is the column's character set, empty if there is none.
/// A type nobody knows gives TypeKind::kUnknown, not an error; a malformed one kCorrupt.
Result<ColumnType> parse_column_type(std::string_view declared, std::string_view charset);

}  // namespace mysql_sync
