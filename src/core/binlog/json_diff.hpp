// Partial updates of JSON columns (binlog_row_value_options = PARTIAL_JSON): a list of small changes instead
// of the new value. Format: mysql/mysql-server sql-common/json_diff.cc, Json_diff::write_binary().
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.hpp"

namespace mysql_sync::binlog {

/// Applies `diffs`, one after the other, to the JSON text `before` and appends the result to `after`. Lists
/// may be put one behind the other. kCorrupt if the diffs do not follow the format; kConflict if they
/// do not fit the value: it is then not the one that the source had.
Status apply_json_diffs(std::string_view diffs, std::string_view before, std::string* after);

}  // namespace mysql_sync::binlog
