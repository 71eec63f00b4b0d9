#include "core/route/object_selection.hpp"

#include <algorithm>

namespace mysql_sync {

namespace {

Status invalid(const std::string& pattern, const std::string& why) {
  return Status(
      ErrorCode::kInvalidArgument, "table pattern \"" + pattern + "\" " + why, {},
      "Write database.table, with * and ? as wildcards, a leading ! to exclude, and `name` in backquotes "
      "where a name holds dots, wildcards or spaces.");
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// Bytes of the UTF-8 character at `at`; 1 where the bytes are not UTF-8.
size_t character_length(std::string_view text, size_t at) {
  size_t length = 1;
  if (static_cast<uint8_t>(text[at]) < 0xC0) return length;
  while (length < 4 && at + length < text.size() && (static_cast<uint8_t>(text[at + length]) & 0xC0) == 0x80)
    ++length;
  return length;
}

}  // namespace

Result<ObjectSelection> ObjectSelection::parse(const std::vector<std::string>& patterns) {
  ObjectSelection selection;
  for (const std::string& text : patterns) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(Pattern pattern, parse_one(text));
    selection.patterns_.push_back(std::move(pattern));
  }
  const bool includes = std::any_of(selection.patterns_.begin(), selection.patterns_.end(),
                                    [](const Pattern& pattern) { return !pattern.exclude; });
  if (includes) return selection;
  if (patterns.empty()) return Status(ErrorCode::kInvalidArgument, "no table pattern given");
  return invalid(patterns.front(), "excludes tables, and no other pattern includes any");
}

Result<ObjectSelection::Pattern> ObjectSelection::parse_one(const std::string& text) {
  Pattern pattern;
  std::string_view rest = trim(text);
  if (!rest.empty() && rest.front() == '!') {
    pattern.exclude = true;
    rest = trim(rest.substr(1));
  }
  if (!take_part(rest, &pattern.database)) return invalid(text, "has a backquote without its end");
  if (rest.empty()) return invalid(text, "has no dot between database and table");
  rest.remove_prefix(1);
  if (!take_part(rest, &pattern.table)) return invalid(text, "has a backquote without its end");
  if (!rest.empty()) return invalid(text, "has more than one dot");
  if (pattern.database.text.empty()) return invalid(text, "has an empty database name");
  if (pattern.table.text.empty()) return invalid(text, "has an empty table name");
  return pattern;
}

bool ObjectSelection::has_wildcard(const Glob& glob) {
  return std::find(glob.is_wildcard.begin(), glob.is_wildcard.end(), true) != glob.is_wildcard.end();
}

Result<std::pair<std::string, std::string>> ObjectSelection::parse_name(const std::string& text) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(Pattern pattern, parse_one(text));
  if (!pattern.exclude && !has_wildcard(pattern.database) && !has_wildcard(pattern.table))
    return std::make_pair(std::move(pattern.database.text), std::move(pattern.table.text));
  return Status(
      ErrorCode::kInvalidArgument, "\"" + text + "\" is not the name of one table", {},
      "Write database.table, and `name` in backquotes where a name holds dots, wildcards or spaces.");
}

bool ObjectSelection::take_part(std::string_view& rest, Glob* glob) {
  bool quoted = false;
  size_t at = 0;
  for (; at < rest.size() && (quoted || rest[at] != '.'); ++at) {
    const char c = rest[at];
    const bool doubled = quoted && c == '`' && at + 1 < rest.size() && rest[at + 1] == '`';
    if (c == '`' && !doubled) {
      quoted = !quoted;
      continue;
    }
    if (doubled) ++at;
    glob->text += c;
    glob->is_wildcard.push_back(!quoted && (c == '*' || c == '?'));
  }
  rest.remove_prefix(at);
  return !quoted;
}

// On a mismatch only the last * takes one character more: an earlier one could gain nothing by it.
bool ObjectSelection::matches(const Glob& glob, std::string_view name) {
  constexpr size_t kNone = std::string_view::npos;
  size_t in_glob = 0, in_name = 0, after_star = kNone, star_from = 0;
  while (in_name < name.size()) {
    const bool more = in_glob < glob.text.size();
    const bool wildcard = more && glob.is_wildcard[in_glob];
    if (wildcard && glob.text[in_glob] == '*') {
      after_star = ++in_glob;
      star_from = in_name;
    } else if (wildcard) {
      ++in_glob;
      in_name += character_length(name, in_name);
    } else if (more && glob.text[in_glob] == name[in_name]) {
      ++in_glob;
      ++in_name;
    } else if (after_star != kNone) {
      star_from += character_length(name, star_from);
      in_name = star_from;
      in_glob = after_star;
    } else {
      return false;
    }
  }
  while (in_glob < glob.text.size() && glob.is_wildcard[in_glob] && glob.text[in_glob] == '*') ++in_glob;
  return in_glob == glob.text.size();
}

bool ObjectSelection::is_everything(const Glob& glob) {
  return std::all_of(glob.text.begin(), glob.text.end(), [](char c) { return c == '*'; }) &&
         std::find(glob.is_wildcard.begin(), glob.is_wildcard.end(), false) == glob.is_wildcard.end();
}

bool ObjectSelection::selects(std::string_view database, std::string_view table) const {
  bool included = false;
  for (const Pattern& pattern : patterns_) {
    if (!matches(pattern.database, database) || !matches(pattern.table, table)) continue;
    if (pattern.exclude) return false;
    included = true;
  }
  return included;
}

bool ObjectSelection::names(std::string_view database, std::string_view table) const {
  return selects(database, table) &&
         std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
           return !pattern.exclude && !has_wildcard(pattern.database) && !has_wildcard(pattern.table) &&
                  pattern.database.text == database && pattern.table.text == table;
         });
}

bool ObjectSelection::has_wildcards() const {
  return std::any_of(patterns_.begin(), patterns_.end(), [](const Pattern& pattern) {
    return !pattern.exclude && (has_wildcard(pattern.database) || has_wildcard(pattern.table));
  });
}

bool ObjectSelection::may_select_from(std::string_view database) const {
  bool included = false;
  for (const Pattern& pattern : patterns_) {
    if (!matches(pattern.database, database)) continue;
    if (pattern.exclude && is_everything(pattern.table)) return false;
    included |= !pattern.exclude;
  }
  return included;
}

}  // namespace mysql_sync
