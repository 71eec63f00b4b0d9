// A foreign table and the source's table behind it, column by column, as the source describes it now.
#pragma once

#include "fdw/fdw_options.hpp"

#include "core/types/table_schema.hpp"

namespace mysql_sync::fdw {

/// What a column allows the source to decide for us.
enum class ColumnUse : uint8_t {
  kNone,    ///< only whether it is null: text (collations differ), floats, bits, …
  kNumber,  ///< integers and decimals: comparison and order mean the same
  kBytes,   ///< binary strings: comparison means the same
  kDate     ///< may hold zero dates, which are replaced here: comparisons find too much and are repeated here
};

/// Which constants a column of the source could hold, and so is compared with as they are.
struct ConstantRange {
  int whole_digits = -1;    ///< of a decimal, before the point; -1: whole numbers of 64 bits
  int fraction_digits = 0;  ///< of a decimal, of a second
  bool negative = true;
  int least_bytes = 0, most_bytes = PG_INT32_MAX;
};

/// A column of the foreign table and its counterpart.
struct RemoteColumn {
  bool dropped = false;
  Oid type = InvalidOid;
  int32 typmod = -1;
  std::string name;  ///< in the foreign table
  std::string source_name;
  bool is_key = false;  ///< the option key: its values tell rows apart
  bool found = false;   ///< whether the source has it; if not, nothing below is set
  ColumnType source_type;
  bool nullable = true;
  ColumnUse use = ColumnUse::kNone;
  ConstantRange range;
  std::string quoted;    ///< in backquotes, in the encoding of the database
  std::string selected;  ///< the expression that reads it
  std::string mark;      ///< how it arrives, as source::TableDescription tells
};

struct RemoteTable {
  Oid oid = InvalidOid;
  TableOptions options;
  std::string name;                   ///< of the foreign table
  std::string quoted;                 ///< `database`.`table`, in the encoding of the database
  std::string filter;                 ///< in the encoding of the database
  std::vector<RemoteColumn> columns;  ///< by attribute number, from 1
  double rows = 0;                    ///< the source's estimate
  int64 longest_statement = 0;        ///< max_allowed_packet
  bool compares_fractions = false;    ///< old sources drop the fraction of a second from what they compare

  const RemoteColumn& column(AttrNumber number) const { return columns[static_cast<size_t>(number - 1)]; }
};

/// Asks the source. pg::StatusError naming the table where the source has none.
RemoteTable read_remote_table(Oid foreign_table, Oid user);

/// pg::StatusError naming both where the column has no counterpart, or one of a type that is not carried.
void check_readable(const RemoteTable& table, const RemoteColumn& column);

}  // namespace mysql_sync::fdw
