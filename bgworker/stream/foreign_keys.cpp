#include "bgworker/stream/foreign_keys.hpp"

#include "bgworker/stream/routed_tables.hpp"
#include "pg/guard.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

void ForeignKeys::read(source::Connection& source) {
  watched_.clear();
  by_parent_.clear();
  keys_.clear();
  logged_children_.clear();
  keys_ = pg::value_or_throw(source::list_cascades(source));
  if (pg::value_or_throw(source::logs_cascades(source))) {
    for (const ForeignKey& key : keys_)
      logged_children_.insert(names_.key(key.child_database, key.child_table));
    keys_.clear();
  }
  for (const ForeignKey& key : keys_)
    by_parent_.emplace(names_.key(key.parent_database, key.parent_table), &key);
  known_until_ = pg::value_or_throw(source::read_binlog_status(source)).position;
}

std::vector<const ForeignKey*> ForeignKeys::of_parent(std::string_view database,
                                                      std::string_view table) const {
  std::vector<const ForeignKey*> keys;
  if (by_parent_.empty()) return keys;  // nearly always
  const auto [begin, end] = by_parent_.equal_range(names_.key(database, table));
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
  return !logged_children_.empty() && logged_children_.count(names_.key(database, table)) > 0;
}

void ForeignKeys::announce(const binlog::TableMapEvent& map, source::Connection& source,
                           const CollationCharsets& charsets) {
  if (by_parent_.empty() || watched_.count(map.table_id) > 0) return;
  if (!is_parent(map.database, map.table)) return;
  Watched& parent = watched_[map.table_id];
  parent.map = map;
  auto schemas = pg::value_or_throw(source::read_schemas(source, map.database, {map.table}));
  parent.read_until = pg::value_or_throw(source::read_binlog_status(source)).position;
  if (schemas.empty()) return;
  parent.schema = std::move(schemas.front());
  if (source.is_mariadb()) parent.map.hidden_columns = count_hashes(parent.map, parent.schema.columns.size());
  auto decoder = binlog::RowDecoder::create(parent.map, parent.schema, charsets);
  if (decoder.ok()) parent.decoder = std::make_unique<binlog::RowDecoder>(*std::move(decoder));
}

ForeignKeys::Watched* ForeignKeys::watched(uint64_t table_id) {
  const auto found = watched_.find(table_id);
  return found == watched_.end() ? nullptr : &found->second;
}

void ForeignKeys::used(const Watched& parent) {
  const std::string key = names_.key(parent.map.database, parent.map.table);
  used_[key] = {{parent.map.database, parent.map.table}, parent.read_until};
}

/// Those that were read when the keys were are not told apart from what an earlier stream has used.
std::vector<ddl::TableName> ForeignKeys::read_ahead(
    const BinlogPosition& position, const std::function<bool(const std::string&)>& is_named) const {
  std::vector<ddl::TableName> found;
  for (const auto& [key, use] : used_)
    if (position <= use.second && is_named(use.first.table)) found.push_back(use.first);
  if (known_until_ < position) return found;
  for (const ForeignKey& key : keys_)
    if (is_named(key.parent_table)) found.push_back({key.parent_database, key.parent_table});
  return found;
}

}  // namespace mysql_sync
