// CONVERT TO CHARACTER SET.
#pragma once

#include <optional>
#include <string>

#include "core/ddl/ddl_statement.hpp"

namespace mysql_sync::ddl {

/// Gives a column of text its new type. Returns why only the source knows its values then, if so.
std::optional<std::string> convert_column(const ConvertCharset& to, Column* column);

}  // namespace mysql_sync::ddl
