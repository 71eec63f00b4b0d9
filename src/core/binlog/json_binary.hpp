// MySQL's binary JSON -> the text MySQL prints for it.
// Format: mysql/mysql-server sql-common/json_binary.h; text: Json_wrapper::to_string() in
// sql-common/json_dom.cc.
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.hpp"

namespace mysql_sync::binlog {

/// Appends the text to `text`. No bytes at all are the JSON null: so MySQL reads them. kCorrupt if the
/// bytes do not follow the format, nest deeper than MySQL allows (100), or refer to the same bytes again and
/// again.
Status append_json_text(std::string_view binary, std::string* text);

/// Appends characters as a JSON string, in quotes, escaped as MySQL escapes.
void append_json_string(std::string_view utf8, std::string* text);

/// Appends a double as JSON has it in MySQL: the fewest digits that read back as the same number, ".0" for
/// whole numbers, an exponent where the number has more than 15 digits before the point or 14 zeros behind
/// it.
void append_json_double(double number, std::string* text);

}  // namespace mysql_sync::binlog
