#include "core/binlog/gtid.hpp"

#include <algorithm>

namespace mysql_sync {

namespace {

constexpr size_t kUuidTextLength = 36;
constexpr size_t kMaxTagLength = 32;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string normalized(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (!is_space(c)) result += to_lower(c);
  }
  return result;
}

Status malformed(std::string_view part) {
  return {ErrorCode::kInvalidArgument, "invalid GTID set: \"" + std::string(part) + "\""};
}

/// The part up to `separator`, taken off the front of `text`.
std::string_view take_until(std::string_view* text, char separator) {
  const size_t at = text->find(separator);
  const std::string_view part = text->substr(0, at);
  text->remove_prefix(at == std::string_view::npos ? text->size() : at + 1);
  return part;
}

bool parse_number(std::string_view digits, uint64_t max, uint64_t* number) {
  *number = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return false;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (*number > (max - digit) / 10) return false;
    *number = *number * 10 + digit;
  }
  return !digits.empty();
}

bool is_uuid(std::string_view text) {
  if (text.size() != kUuidTextLength) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !(is_digit(text[i]) || (text[i] >= 'a' && text[i] <= 'f'))) return false;
  }
  return true;
}

bool is_tag(std::string_view text) {
  const auto is_word = [](char c) { return c == '_' || is_digit(c) || (c >= 'a' && c <= 'z'); };
  return !text.empty() && text.size() <= kMaxTagLength && !is_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), is_word);
}

bool add_parsed_interval(std::string_view text, const std::string& source, GtidSet* set) {
  const std::string_view first_text = take_until(&text, '-');
  uint64_t first = 0;
  if (!parse_number(first_text, INT64_MAX, &first) || first == 0) return false;
  uint64_t last = first;
  if (!text.empty() && !parse_number(text, INT64_MAX, &last)) return false;
  // MySQL takes "5-3" for nothing at all.
  if (first <= last) set->add_interval(source, first, last);
  return true;
}

/// "uuid:1-5:7:tag:1": what follows a tag is of that tag.
bool add_mysql_part(std::string_view text, GtidSet* set) {
  const std::string uuid(take_until(&text, ':'));
  if (!is_uuid(uuid)) return false;
  std::string source = uuid;
  while (!text.empty()) {
    const std::string_view item = take_until(&text, ':');
    if (is_tag(item)) {
      source = uuid + ":" + std::string(item);
    } else if (!add_parsed_interval(item, source, set)) {
      return false;
    }
  }
  return true;
}

bool add_mariadb_part(std::string_view text, GtidSet* set) {
  uint64_t domain = 0;
  uint64_t server = 0;
  Gtid gtid;
  gtid.mariadb = true;
  if (!parse_number(take_until(&text, '-'), UINT32_MAX, &domain)) return false;
  if (!parse_number(take_until(&text, '-'), UINT32_MAX, &server)) return false;
  if (!parse_number(text, UINT64_MAX, &gtid.number)) return false;
  gtid.domain = static_cast<uint32_t>(domain);
  gtid.server_id = static_cast<uint32_t>(server);
  set->add(gtid);
  return true;
}

}  // namespace

std::string Gtid::to_string() const {
  if (!mariadb) return source + ":" + std::to_string(number);
  return std::to_string(domain) + "-" + std::to_string(server_id) + "-" + std::to_string(number);
}

Result<GtidSet> GtidSet::parse(std::string_view text) {
  GtidSet set;
  const std::string clean = normalized(text);
  std::string_view rest = clean;
  while (!rest.empty()) {
    const std::string_view part = take_until(&rest, ',');
    if (part.empty()) continue;
    const bool mysql = part.find(':') != std::string_view::npos;
    if (!(mysql ? add_mysql_part(part, &set) : add_mariadb_part(part, &set))) return malformed(part);
  }
  return set;
}

void GtidSet::add(const Gtid& gtid) {
  if (gtid.mariadb) {
    domains_[gtid.domain] = gtid;
  } else {
    add_interval(gtid.source, gtid.number, gtid.number);
  }
}

void GtidSet::add_interval(const std::string& source, uint64_t first, uint64_t last) {
  std::vector<Interval>& all = intervals_[source];
  const auto ends_before = [](const Interval& i, uint64_t number) { return i.last + 1 < number; };
  const auto from = std::lower_bound(all.begin(), all.end(), first, ends_before);
  auto to = from;
  Interval merged{first, last};
  for (; to != all.end() && to->first <= last + 1; ++to) {
    merged.first = std::min(merged.first, to->first);
    merged.last = std::max(merged.last, to->last);
  }
  if (from == to) {
    all.insert(from, merged);
  } else {
    *from = merged;
    all.erase(from + 1, to);
  }
}

bool GtidSet::contains(const Gtid& gtid) const {
  if (gtid.mariadb) {
    const auto domain = domains_.find(gtid.domain);
    return domain != domains_.end() && domain->second.number >= gtid.number;
  }
  const auto source = intervals_.find(gtid.source);
  if (source == intervals_.end()) return false;
  const auto ends_before = [](const Interval& i, uint64_t number) { return i.last < number; };
  const auto found = std::lower_bound(source->second.begin(), source->second.end(), gtid.number, ends_before);
  return found != source->second.end() && found->first <= gtid.number;
}

std::string GtidSet::to_string() const {
  std::string text;
  for (const auto& [source, intervals] : intervals_) {
    text += (text.empty() ? "" : ",") + source;
    for (const Interval& i : intervals) {
      text += ":" + std::to_string(i.first);
      if (i.last != i.first) text += "-" + std::to_string(i.last);
    }
  }
  for (const auto& domain : domains_) text += (text.empty() ? "" : ",") + domain.second.to_string();
  return text;
}

}  // namespace mysql_sync
