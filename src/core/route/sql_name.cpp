#include "core/route/sql_name.hpp"

#include <string_view>

namespace mysql_sync {

namespace {

constexpr size_t kMaxBytes = 63;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || is_upper(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool continues_word(char c) { return starts_word(c) || (c >= '0' && c <= '9') || c == '$'; }

void skip_spaces(std::string_view& rest) {
  while (!rest.empty() && (rest.front() == ' ' || (rest.front() >= '\t' && rest.front() <= '\r')))
    rest.remove_prefix(1);
}

/// What stands between double quotes; false if they do not end.
bool take_quoted(std::string_view& rest, std::string* part) {
  rest.remove_prefix(1);
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c != '"') {
      *part += c;
    } else if (!rest.empty() && rest.front() == '"') {
      *part += c;
      rest.remove_prefix(1);
    } else {
      return true;
    }
  }
  return false;
}

bool take_part(std::string_view& rest, std::string* part) {
  skip_spaces(rest);
  if (rest.empty()) return false;
  if (rest.front() == '"') return take_quoted(rest, part) && !part->empty();
  if (!starts_word(rest.front())) return false;
  for (; !rest.empty() && continues_word(rest.front()); rest.remove_prefix(1))
    *part += is_upper(rest.front()) ? static_cast<char>(rest.front() - 'A' + 'a') : rest.front();
  return true;
}

Status invalid(const std::string& text, const std::string& why) {
  return Status(ErrorCode::kInvalidArgument, "\"" + text + "\" " + why, {},
                "Write name or schema.name, in double quotes what holds upper case, dots or spaces.");
}

}  // namespace

Result<std::vector<std::string>> parse_sql_name(const std::string& text) {
  std::vector<std::string> parts;
  std::string_view rest = text;
  do {
    std::string part;
    if (!take_part(rest, &part)) return invalid(text, "is not a name");
    if (part.size() > kMaxBytes) return invalid(text, "holds a name of more than 63 bytes");
    if (part.find('\0') != std::string::npos) return invalid(text, "is not a name");
    parts.push_back(std::move(part));
    skip_spaces(rest);
    if (rest.empty()) return parts;
    if (rest.front() != '.') return invalid(text, "is not a name");
    rest.remove_prefix(1);
  } while (true);
}

}  // namespace mysql_sync
