#include "core/binlog/savepoints.hpp"

#include <algorithm>
#include <cctype>

namespace mysql_sync::binlog {

namespace {

char upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

void skip_space(std::string_view* text) {
  while (!text->empty() && is_space(text->front())) text->remove_prefix(1);
}

/// Takes the word from the front of the text; false if the text begins with something else.
bool take_word(std::string_view* text, std::string_view word) {
  std::string_view rest = *text;
  skip_space(&rest);
  if (rest.size() <= word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i)
    if (upper(rest[i]) != word[i]) return false;
  rest.remove_prefix(word.size());
  if (!is_space(rest.front()) && rest.front() != '`') return false;
  *text = rest;
  return true;
}

void trim(std::string_view* text) {
  skip_space(text);
  while (!text->empty() && is_space(text->back())) text->remove_suffix(1);
}

/// Servers write names in backquotes. Those inside they double, but for MySQL 5.6 in ROLLBACK TO.
std::string take_name(std::string_view text) {
  trim(&text);
  if (text.size() < 2 || text.front() != '`' || text.back() != '`') return std::string(text);
  text = text.substr(1, text.size() - 2);
  std::string name;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`' && i + 1 < text.size() && text[i + 1] == '`') ++i;
    name += text[i];
  }
  return name;
}

bool same_letters(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return upper(x) == upper(y); });
}

}  // namespace

SavepointStatement parse_savepoint(std::string_view sql) {
  using Kind = SavepointStatement::Kind;
  if (take_word(&sql, "SAVEPOINT")) return {Kind::kSet, take_name(sql)};
  if (!take_word(&sql, "ROLLBACK") || !take_word(&sql, "TO")) return {};
  take_word(&sql, "SAVEPOINT");
  return {Kind::kRollBack, take_name(sql)};
}

/// Names of savepoints have no case. The two are the same words in most sessions: those count first.
std::vector<HeldEvents::Savepoint>::iterator HeldEvents::find(const std::string& name) {
  const auto end = savepoints_.end();
  const auto exact = std::find_if(savepoints_.begin(), end, [&](const auto& s) { return s.name == name; });
  if (exact != end) return exact;
  return std::find_if(savepoints_.begin(), end, [&](const auto& s) { return same_letters(s.name, name); });
}

/// What the forgotten one knows of the events behind it still counts for those before it.
void HeldEvents::set(std::string name, uint64_t row_events) {
  const auto old = find(name);
  if (old != savepoints_.end()) {
    if (old != savepoints_.begin()) std::prev(old)->tables.insert(old->tables.begin(), old->tables.end());
    savepoints_.erase(old);
  }
  Savepoint savepoint;
  savepoint.name = std::move(name);
  savepoint.row_events = row_events;
  savepoint.held = bytes();
  savepoints_.push_back(std::move(savepoint));
}

void HeldEvents::hold(std::string_view event) {
  events_.append(event, [](const std::string&) {});
}

std::set<uint32_t> HeldEvents::touched() const {
  std::set<uint32_t> tables;
  for (const Savepoint& savepoint : savepoints_)
    tables.insert(savepoint.tables.begin(), savepoint.tables.end());
  return tables;
}

std::optional<HeldEvents::Undone> HeldEvents::roll_back(const std::string& name) {
  const auto savepoint = find(name);
  if (savepoint == savepoints_.end()) return std::nullopt;
  Undone undone{savepoint->row_events + 1, savepoint->whole, {}};
  for (auto since = savepoint; since != savepoints_.end(); ++since)
    undone.tables.insert(since->tables.begin(), since->tables.end());
  events_.cut(savepoint->held);
  savepoint->tables.clear();
  savepoints_.erase(std::next(savepoint), savepoints_.end());
  return undone;
}

std::string HeldEvents::let_go() {
  for (Savepoint& savepoint : savepoints_) {
    savepoint.whole = savepoint.whole && savepoint.held == bytes();
    savepoint.held = 0;
  }
  return events_.take();
}

void HeldEvents::clear() {
  events_.clear();
  savepoints_.clear();
}

void VoidRows::add(const BinlogPosition& transaction, uint64_t first, uint64_t last) {
  ranges_[transaction].push_back({first, last});
}

void VoidRows::forget_before(const BinlogPosition& position) {
  ranges_.erase(ranges_.begin(), ranges_.lower_bound(position));
}

bool VoidRows::contain(const BinlogPosition& transaction, uint64_t first, uint64_t last) const {
  if (ranges_.empty()) return false;  // nearly always
  const auto ranges = ranges_.find(transaction);
  if (ranges == ranges_.end()) return false;
  return std::any_of(ranges->second.begin(), ranges->second.end(),
                     [&](const Range& range) { return range.first <= first && last <= range.last; });
}

}  // namespace mysql_sync::binlog
