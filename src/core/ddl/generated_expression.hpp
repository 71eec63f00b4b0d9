// What the expression of a generated column is computed from.
#pragma once

#include <map>
#include <string>

#include "core/types/table_schema.hpp"

namespace mysql_sync::ddl {

/// True if the value is sure to be the same after the source has computed it anew, while the columns of
/// `touched` may hold other values: the expression names none of them, and nothing in it depends on the
/// session (time zone, language, precision of a division). `sql` is the expression as a statement or SHOW
/// CREATE TABLE writes it, in any sql_mode. In doubt false.
bool is_independent(const std::string& sql, const TableSchema& touched);

/// New names of columns, by the old ones in lower case.
using NewNames = std::map<std::string, std::string>;

/// The expression after columns were renamed; empty if it cannot be told, as where the name of one becomes
/// that of another.
std::string with_new_names(const std::string& sql, const NewNames& names);

}  // namespace mysql_sync::ddl
