// Names and statements between the database's encoding and UTF-8, which is spoken with the source.
#pragma once

#include <string>

namespace mysql_sync::fdw {

/// Text of this database as UTF-8, and back. pg::PgError where a character has no equivalent.
std::string utf8_of_server(const std::string& text);
std::string server_of_utf8(const std::string& utf8);

}  // namespace mysql_sync::fdw
