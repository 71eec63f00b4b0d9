#include "core/binlog/json_document.hpp"

#include <algorithm>

#include "core/binlog/json_binary.hpp"

namespace mysql_sync::binlog {

namespace {

constexpr size_t kMaxLegs = 100;
constexpr uint64_t kMaxWork = uint64_t{1} << 30;

Status not_json() { return {ErrorCode::kCorrupt, "the value to be changed is not JSON"}; }
Status no_such_place() {
  return {ErrorCode::kConflict, "a partial JSON update does not fit the value it changes"};
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void skip_spaces(std::string_view text, size_t* at) {
  while (*at < text.size() && is_space(text[*at])) ++*at;
}

/// From the opening quote to behind the closing one.
bool skip_string(std::string_view text, size_t* at) {
  for (++*at; *at < text.size(); ++*at) {
    if (text[*at] == '\\') {
      ++*at;
    } else if (text[*at] == '"') {
      ++*at;
      return true;
    }
  }
  return false;
}

bool skip_container(std::string_view text, size_t* at) {
  size_t depth = 0;
  while (*at < text.size()) {
    const char c = text[*at];
    if (c == '"') {
      if (!skip_string(text, at)) return false;
      continue;
    }
    ++*at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return true;
  }
  return false;
}

/// Reads a value's text, spaces around it left out.
bool take_value(std::string_view text, size_t* at, std::string_view* value) {
  skip_spaces(text, at);
  const size_t begin = *at;
  if (begin == text.size()) return false;
  if (text[begin] == '"') {
    if (!skip_string(text, at)) return false;
  } else if (text[begin] == '{' || text[begin] == '[') {
    if (!skip_container(text, at)) return false;
  } else {
    constexpr std::string_view kEnds = ",:]}[{\" \t\r\n";
    *at = std::min(text.find_first_of(kEnds, begin), text.size());
  }
  *value = text.substr(begin, *at - begin);
  skip_spaces(text, at);
  return !value->empty();
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool take_hex4(std::string_view text, size_t* at, uint32_t* code) {
  *code = 0;
  for (int i = 0; i < 4; ++i, ++*at) {
    const int digit = *at < text.size() ? hex_digit(text[*at]) : -1;
    if (digit < 0) return false;
    *code = *code << 4 | static_cast<uint32_t>(digit);
  }
  return true;
}

void append_utf8(uint32_t code, std::string* to) {
  const auto put = [&](uint32_t byte) { *to += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

/// What follows \u, one or two halves.
bool take_unicode(std::string_view text, size_t* at, std::string* to) {
  uint32_t code = 0, low = 0;
  if (!take_hex4(text, at, &code)) return false;
  if (code >= 0xD800 && code < 0xDC00) {
    if (text.substr(*at, 2) != "\\u") return false;
    *at += 2;
    if (!take_hex4(text, at, &low) || low < 0xDC00 || low > 0xDFFF) return false;
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(code, to);
  return true;
}

bool take_escape(std::string_view text, size_t* at, std::string* to) {
  constexpr std::string_view kWritten = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
  if (*at == text.size()) return false;
  const char c = text[(*at)++];
  if (c == 'u') return take_unicode(text, at, to);
  const size_t which = kWritten.find(c);
  if (which == std::string_view::npos) return false;
  *to += kMeant[which];
  return true;
}

/// A string without its quotes, as its characters.
bool unescape(std::string_view inside, std::string* to) {
  to->clear();
  for (size_t at = 0; at < inside.size();) {
    if (inside[at] != '\\') {
      *to += inside[at++];
    } else if (!take_escape(inside, &++at, to)) {
      return false;
    }
  }
  return true;
}

/// A key, as written, in MySQL's order relative to `name`: less than, equal to or greater than 0.
int compare_key(std::string_view written, const std::string& name) {
  std::string_view key = written.substr(1, written.size() - 2);
  std::string plain;
  if (key.find('\\') != std::string_view::npos) {
    if (!unescape(key, &plain)) plain.assign(key);
    key = plain;
  }
  if (key.size() != name.size()) return key.size() < name.size() ? -1 : 1;
  return key.compare(name);
}

bool take_number(std::string_view text, size_t* at, uint64_t* number) {
  constexpr size_t kMaxDigits = 10;
  const size_t begin = *at;
  for (*number = 0; *at < text.size() && is_digit(text[*at]) && *at - begin < kMaxDigits; ++*at)
    *number = *number * 10 + static_cast<uint64_t>(text[*at] - '0');
  return *at > begin;
}

/// "3]", "last]" or "last-2]".
bool take_index(std::string_view text, size_t* at, JsonPathLeg* leg) {
  constexpr std::string_view kLast = "last";
  leg->from_end = text.substr(*at, kLast.size()) == kLast;
  if (leg->from_end) {
    *at += kLast.size();
    const bool minus = *at < text.size() && text[*at] == '-';
    if (minus && !take_number(text, &++*at, &leg->index)) return false;
  } else if (!take_number(text, at, &leg->index)) {
    return false;
  }
  return *at < text.size() && text[(*at)++] == ']';
}

bool take_name(std::string_view text, size_t* at, JsonPathLeg* leg) {
  leg->is_member = true;
  const size_t begin = *at;
  if (begin < text.size() && text[begin] == '"') {
    return skip_string(text, at) && unescape(text.substr(begin + 1, *at - begin - 2), &leg->name);
  }
  *at = std::min(text.find_first_of(".[", begin), text.size());
  leg->name = std::string(text.substr(begin, *at - begin));
  return !leg->name.empty() && leg->name.find_first_of("*\" ") == std::string::npos;
}

}  // namespace

Result<JsonPath> parse_json_path(std::string_view text) {
  JsonPath path;
  bool valid = !text.empty() && text[0] == '$';
  for (size_t at = 1; valid && at < text.size();) {
    JsonPathLeg leg;
    const char kind = text[at++];
    valid = path.size() < kMaxLegs &&
            ((kind == '.' && take_name(text, &at, &leg)) || (kind == '[' && take_index(text, &at, &leg)));
    path.push_back(std::move(leg));
  }
  if (valid) return path;
  return Status(ErrorCode::kCorrupt, "malformed path in a partial JSON update",
                std::string(text.substr(0, 200)));
}

JsonDocument::Node::Node() = default;
JsonDocument::Node::Node(Node&&) noexcept = default;
JsonDocument::Node& JsonDocument::Node::operator=(Node&&) noexcept = default;
JsonDocument::Node::~Node() = default;

/// Finds the members of an object or array; conflict for any other value.
Status JsonDocument::open(Node& node) {
  if (node.parts != nullptr) return {};
  size_t at = 0;
  const std::string_view text = node.text;
  skip_spaces(text, &at);
  if (at == text.size()) return not_json();
  if (text[at] != '{' && text[at] != '[') return no_such_place();
  auto parts = std::make_unique<Container>();
  parts->is_object = text[at] == '{';
  const char end = parts->is_object ? '}' : ']';
  skip_spaces(text, &++at);
  while (at < text.size() && (text[at] != end || !parts->members.empty())) {
    Member member;
    if (parts->is_object) {
      if (!take_value(text, &at, &member.key) || member.key.front() != '"') return not_json();
      if (at == text.size() || text[at++] != ':') return not_json();
    }
    if (!take_value(text, &at, &member.value.text) || at == text.size()) return not_json();
    parts->members.push_back(std::move(member));
    if (text[at] == end) break;
    if (text[at++] != ',') return not_json();
  }
  if (at == text.size()) return not_json();
  node.parts = std::move(parts);
  return {};
}

/// The index of the leg's member; the number of members where there is none. Conflict where the leg is of
/// another kind than the container.
Status JsonDocument::find_member(const Container& in, const JsonPathLeg& leg, size_t* index) {
  const size_t count = in.members.size();
  *index = count;
  if (in.is_object != leg.is_member) return no_such_place();
  if (!in.is_object) {
    if (leg.index < count) *index = static_cast<size_t>(leg.from_end ? count - 1 - leg.index : leg.index);
    return {};
  }
  work_ += count;
  if (work_ > kMaxWork) return {ErrorCode::kUnsupported, "a partial JSON update with too many changes"};
  const auto found = std::find_if(in.members.begin(), in.members.end(), [&](const Member& member) {
    return compare_key(member.key, leg.name) == 0;
  });
  *index = static_cast<size_t>(found - in.members.begin());
  return {};
}

/// The container of what the path's last step names.
Status JsonDocument::find_parent(const JsonPath& path, Container** parent) {
  if (path.empty()) return no_such_place();
  Node* node = &root_;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    size_t index = 0;
    MYSQL_SYNC_RETURN_IF_ERROR(open(*node));
    MYSQL_SYNC_RETURN_IF_ERROR(find_member(*node->parts, path[i], &index));
    if (index == node->parts->members.size()) return no_such_place();
    node = &node->parts->members[index].value;
  }
  MYSQL_SYNC_RETURN_IF_ERROR(open(*node));
  *parent = node->parts.get();
  return {};
}

std::string_view JsonDocument::keep(std::string text) { return owned_.emplace_back(std::move(text)); }

Status JsonDocument::replace(const JsonPath& path, std::string value) {
  Container* parent = nullptr;
  size_t index = 0;
  MYSQL_SYNC_RETURN_IF_ERROR(find_parent(path, &parent));
  MYSQL_SYNC_RETURN_IF_ERROR(find_member(*parent, path.back(), &index));
  if (index == parent->members.size()) return no_such_place();
  Node& node = parent->members[index].value;
  node.parts.reset();
  node.text = keep(std::move(value));
  return {};
}

Status JsonDocument::insert(const JsonPath& path, std::string value) {
  Container* parent = nullptr;
  size_t index = 0;
  MYSQL_SYNC_RETURN_IF_ERROR(find_parent(path, &parent));
  const JsonPathLeg& leg = path.back();
  MYSQL_SYNC_RETURN_IF_ERROR(find_member(*parent, leg, &index));
  std::vector<Member>& members = parent->members;
  Member member;
  member.value.text = keep(std::move(value));
  if (leg.is_member) {
    if (index < members.size()) return no_such_place();
    std::string key;
    append_json_string(leg.name, &key);
    member.key = keep(std::move(key));
    const auto place = std::find_if(members.begin(), members.end(),
                                    [&](const Member& m) { return compare_key(m.key, leg.name) > 0; });
    index = static_cast<size_t>(place - members.begin());
  } else if (leg.from_end && leg.index >= members.size()) {
    index = 0;
  }
  work_ += members.size() - index;
  members.insert(members.begin() + static_cast<ptrdiff_t>(index), std::move(member));
  return {};
}

Status JsonDocument::remove(const JsonPath& path) {
  Container* parent = nullptr;
  size_t index = 0;
  MYSQL_SYNC_RETURN_IF_ERROR(find_parent(path, &parent));
  MYSQL_SYNC_RETURN_IF_ERROR(find_member(*parent, path.back(), &index));
  std::vector<Member>& members = parent->members;
  if (index == members.size()) return no_such_place();
  work_ += members.size() - index;
  members.erase(members.begin() + static_cast<ptrdiff_t>(index));
  return {};
}

void JsonDocument::append_node(const Node& node, std::string* to) {
  if (node.parts == nullptr) {
    to->append(node.text);
    return;
  }
  const Container& parts = *node.parts;
  *to += parts.is_object ? '{' : '[';
  for (const Member& member : parts.members) {
    if (&member != &parts.members.front()) *to += ", ";
    if (parts.is_object) to->append(member.key).append(": ");
    append_node(member.value, to);
  }
  *to += parts.is_object ? '}' : ']';
}

}  // namespace mysql_sync::binlog
