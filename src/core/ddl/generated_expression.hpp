// What the expression of a generated column is computed from.
#pragma once

#include <string>

#include "core/types/table_schema.hpp"

namespace mysql_sync::ddl {

/// True where the value is sure to be the same after the source has computed it anew, while the columns of
/// `touched` may hold other values: the expression names none of them, and nothing in it depends on the
/// session (time zone, language, precision of a division). `sql` is the expression as a statement or SHOW
/// CREATE TABLE writes it, in any sql_mode. In doubt false.
bool is_independent(const std::string& sql, const TableSchema& touched);

}  // namespace mysql_sync::ddl
