#include "fdw/fdw_encoding.hpp"

#include "pg/guard.hpp"

namespace mysql_sync::fdw {

namespace {

/// The backend hands back its argument where there is nothing to do, else a NUL-terminated copy.
std::string converted(const std::string& text, char* (*convert)(const char*, int, int)) {
  const char* result =
      pg::guard([&] { return convert(text.c_str(), static_cast<int>(text.size()), PG_UTF8); });
  return result == text.c_str() ? text : std::string(result);
}

}  // namespace

std::string utf8_of_server(const std::string& text) { return converted(text, pg_server_to_any); }

std::string server_of_utf8(const std::string& utf8) { return converted(utf8, pg_any_to_server); }

}  // namespace mysql_sync::fdw
