#include "bgworker/foreign_keys.hpp"

#include <algorithm>

#include "pg/guard.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string ForeignKeys::name(std::string_view database, std::string_view table) const {
  std::string name = std::string(database) + '\0' + std::string(table);
  if (fold_case_) std::transform(name.begin(), name.end(), name.begin(), fold);
  return name;
}

void ForeignKeys::read(source::Connection& source) {
  watched_.clear();
  by_parent_.clear();
  keys_.clear();
  logged_children_.clear();
  keys_ = pg::value_or_throw(source::list_cascades(source));
  if (pg::value_or_throw(source::logs_cascades(source))) {
    for (const ForeignKey& key : keys_) logged_children_.insert(name(key.child_database, key.child_table));
    keys_.clear();
  }
  for (const ForeignKey& key : keys_) by_parent_.emplace(name(key.parent_database, key.parent_table), &key);
  known_until_ = pg::value_or_throw(source::read_binlog_status(source)).position;
}

std::vector<const ForeignKey*> ForeignKeys::of_parent(std::string_view database,
                                                      std::string_view table) const {
  std::vector<const ForeignKey*> keys;
  if (by_parent_.empty()) return keys;  // nearly always
  const auto [begin, end] = by_parent_.equal_range(name(database, table));
  for (auto key = begin; key != end; ++key) keys.push_back(key->second);
  return keys;
}

std::vector<const ForeignKey*> ForeignKeys::named_in(
    const std::function<bool(const std::string&)>& is_named) const {
  std::vector<const ForeignKey*> keys;
  for (const ForeignKey& key : keys_)
    if (is_named(key.child_table) || is_named(key.parent_table)) keys.push_back(&key);
  return keys;
}

bool ForeignKeys::logs_cascades_of(std::string_view database, std::string_view table) const {
  return !logged_children_.empty() && logged_children_.count(name(database, table)) > 0;
}

void ForeignKeys::announce(const binlog::TableMapEvent& map, source::Connection& source,
                           const CollationCharsets& charsets) {
  if (by_parent_.empty() || watched_.count(map.table_id) > 0) return;
  if (by_parent_.count(name(map.database, map.table)) == 0) return;
  Watched& parent = watched_[map.table_id];
  parent.map = map;
  auto schemas = pg::value_or_throw(source::read_schemas(source, map.database, {map.table}));
  if (schemas.empty()) return;
  parent.schema = std::move(schemas.front());
  auto decoder = binlog::RowDecoder::create(parent.map, parent.schema, charsets);
  if (decoder.ok()) parent.decoder = std::make_unique<binlog::RowDecoder>(*std::move(decoder));
}

ForeignKeys::Watched* ForeignKeys::watched(uint64_t table_id) {
  const auto found = watched_.find(table_id);
  return found == watched_.end() ? nullptr : &found->second;
}

}  // namespace mysql_sync
