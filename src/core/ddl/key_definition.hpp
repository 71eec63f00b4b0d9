// PRIMARY KEY, UNIQUE, INDEX, FOREIGN KEY, CHECK and PERIOD among the items of CREATE TABLE and behind ADD.
#pragma once

#include <string>
#include <vector>

#include "core/base/status.hpp"
#include "core/ddl/sql_cursor.hpp"

namespace mysql_sync::ddl {

struct KeyDefinition {
  enum class Kind {
    kPrimary,
    kUnique,
    kRule,    ///< CHECK, FOREIGN KEY
    kPeriod,  ///< MariaDB's PERIOD FOR: its two columns become NOT NULL
    kOther    ///< says nothing of which rows there can be
  };
  Kind kind = Kind::kOther;
  std::string period;                ///< name of kPeriod
  std::vector<std::string> columns;  ///< of kPrimary, in key order; of kPeriod
  bool over_period = false;    ///< kPrimary, MariaDB: WITHOUT OVERLAPS, columns of a period are in the key
  bool if_not_exists = false;  ///< MariaDB
};

/// True if such an item begins, and not a column.
bool at_key_definition(const SqlCursor& cursor);

/// Reads one up to a comma, a closing parenthesis or the end.
Result<KeyDefinition> parse_key_definition(SqlCursor& cursor);

}  // namespace mysql_sync::ddl
