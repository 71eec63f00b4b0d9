// Names of databases, tables and columns without case, as the source compares them.
#pragma once

#include <string>
#include <string_view>

namespace mysql_sync {

/// The name, in UTF-8, in lower case as the source makes it. What is not UTF-8 stays.
std::string lower_name(std::string_view name);

/// True if the names differ in case only.
bool same_name(std::string_view a, std::string_view b);

}  // namespace mysql_sync
