#include "core/route/migration_name.hpp"

#include <algorithm>
#include <string>

namespace mysql_sync {

namespace {

constexpr size_t kMaxName = 64;
constexpr size_t kMaxUnderscores = 10;
constexpr size_t kTimestampDigits = 14;  // 20260131120000

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// gh-ost keeps the suffix and cuts the table's name where the whole would be too long.
bool is_ghost_name(std::string_view name, std::string_view table, std::string_view suffix) {
  if (name.empty() || name.front() != '_' || !ends_with(name, suffix)) return false;
  if (name.size() <= 1 + suffix.size()) return false;
  const std::string_view base = name.substr(1, name.size() - 1 - suffix.size());
  return base == table || (name.size() == kMaxName && table.substr(0, base.size()) == base);
}

/// The moment at which gh-ost began, in front of "_del", is an option of it.
bool is_old_name(std::string_view name, std::string_view table) {
  for (const char* end : {"_del", "_rev_del"}) {
    const std::string_view suffix = end;
    if (is_ghost_name(name, table, suffix)) return true;
    const size_t length = 1 + kTimestampDigits + suffix.size();
    if (name.size() <= length || !ends_with(name, suffix)) continue;
    const std::string_view stamped = name.substr(name.size() - length);
    const std::string_view digits = stamped.substr(1, kTimestampDigits);
    const bool dated = std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (stamped.front() == '_' && dated && is_ghost_name(name, table, stamped)) return true;
  }
  return false;
}

/// pt-online-schema-change puts up to ten underscores in front, and cuts the end.
bool is_percona_name(std::string_view name, std::string_view table, const char* suffix) {
  const size_t first = name.find_first_not_of('_');
  const size_t own = std::min(table.find_first_not_of('_'), table.size());
  if (first == std::string_view::npos || first <= own || first - own > kMaxUnderscores) return false;
  std::string made = std::string(first - own, '_').append(table) + suffix;
  made.resize(std::min(made.size(), kMaxName));
  return name == made;
}

}  // namespace

MigrationRole migration_role(std::string_view name, std::string_view table) {
  if (name.empty() || name.front() != '_' || table.empty()) return MigrationRole::kNone;
  if (is_ghost_name(name, table, "_gho") || is_percona_name(name, table, "_new"))
    return MigrationRole::kGhost;
  const bool helper = is_ghost_name(name, table, "_ghc") || is_ghost_name(name, table, "_ghk") ||
                      is_old_name(name, table) || is_percona_name(name, table, "_old");
  return helper ? MigrationRole::kHelper : MigrationRole::kNone;
}

}  // namespace mysql_sync
