// Names of PostgreSQL as SQL writes them.
#pragma once

#include <string>
#include <vector>

#include "core/base/status.hpp"

namespace mysql_sync {

/// The parts of a name that may be qualified: `shop.Orders` is {"shop", "orders"}, `"a.b"` is {"a.b"}. Upper
/// case (of ASCII) becomes lower case outside double quotes; inside, "" is one quote. kInvalidArgument,
/// naming the text, where it is no name, and where a part has more than 63 bytes: the server would cut it
/// without a word.
Result<std::vector<std::string>> parse_sql_name(const std::string& text);

}  // namespace mysql_sync
