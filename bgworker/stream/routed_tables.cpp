#include "bgworker/stream/routed_tables.hpp"

#include <algorithm>

#include "core/binlog/wire_type.hpp"

namespace mysql_sync {

namespace {

bool same_columns(const binlog::TableMapEvent& a, const binlog::TableMapEvent& b) {
  const auto same = [](const binlog::WireColumn& x, const binlog::WireColumn& y) {
    return x.type == y.type && x.metadata == y.metadata;
  };
  return a.enum_labels == b.enum_labels && a.set_labels == b.set_labels &&
         a.text_charsets.bytes == b.text_charsets.bytes && a.label_charsets.bytes == b.label_charsets.bytes &&
         std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(), same);
}

}  // namespace

size_t count_hashes(const binlog::TableMapEvent& map, size_t known) {
  constexpr std::string_view kName = "DB_ROW_HASH_";
  size_t first = map.columns.size();
  while (first > known) {
    const bool named = first - 1 < map.column_names.size();
    if (map.columns[first - 1].type != static_cast<uint8_t>(binlog::WireType::kLonglong)) break;
    if (named && map.column_names[first - 1].compare(0, kName.size(), kName) != 0) break;
    --first;
  }
  return map.columns.size() - first;
}

RoutedTables::RoutedTables(std::vector<MappedTable> tables, SourceNames names, bool mariadb,
                           CollationCharsets charsets)
    : names_(names), mariadb_(mariadb), charsets_(std::move(charsets)) {
  for (MappedTable& table : tables) add(std::move(table));
}

MappedTable* RoutedTables::add(MappedTable table) {
  tables_.push_back(std::make_unique<MappedTable>(std::move(table)));
  MappedTable* added = tables_.back().get();
  by_number_[added->number] = added;
  attach(*added);
  return added;
}

void RoutedTables::attach(MappedTable& table) {
  if (!table.life.is_away()) by_name_[names_.key(table.schema.database, table.schema.table)] = &table;
  forget_decoders();
}

MappedTable* RoutedTables::find(std::string_view database, std::string_view table) {
  const auto found = by_name_.find(names_.key(database, table));
  return found == by_name_.end() ? nullptr : found->second;
}

std::vector<MappedTable*> RoutedTables::all() const {
  std::vector<MappedTable*> tables;
  for (const auto& table : tables_) tables.push_back(table.get());
  return tables;
}

MappedTable* RoutedTables::find_number(uint32_t number) const {
  const auto found = by_number_.find(number);
  if (found == by_number_.end() || found->second->life.is(TableState::kDropped)) return nullptr;
  return found->second;
}

std::vector<MappedTable*> RoutedTables::in_database(std::string_view database) {
  const std::string prefix = names_.key(database, "");
  std::vector<MappedTable*> found;
  for (const auto& [name, table] : by_name_)
    if (name.compare(0, prefix.size(), prefix) == 0) found.push_back(table);
  return found;
}

void RoutedTables::announce(const binlog::TableMapEvent& map, MappedTable* other) {
  Announced& announced = by_id_[map.table_id];
  MappedTable* table = find(map.database, map.table);
  if (table == nullptr) table = other;
  const bool known = table != nullptr && announced.table == table && same_columns(announced.map, map);
  if (known) return;
  announced = Announced();
  announced.table = table;
  if (table != nullptr) announced.map = map;  // of the others only the number is kept
}

Result<MappedTable*> RoutedTables::find(uint64_t table_id) {
  const auto found = by_id_.find(table_id);
  if (found != by_id_.end()) return found->second.table;
  if (table_id == binlog::kDummyTableId) return nullptr;
  return Status(ErrorCode::kCorrupt,
                "row event for table number " + std::to_string(table_id) + " without a table map");
}

Result<binlog::RowDecoder*> RoutedTables::decoder(uint64_t table_id) {
  Announced& announced = by_id_.at(table_id);
  if (announced.decoder == nullptr) {
    if (mariadb_)
      announced.map.hidden_columns = count_hashes(announced.map, announced.table->schema.columns.size());
    MYSQL_SYNC_ASSIGN_OR_RETURN(
        auto decoder, binlog::RowDecoder::create(announced.map, announced.table->schema, charsets_));
    announced.decoder = std::make_unique<binlog::RowDecoder>(std::move(decoder));
  }
  return announced.decoder.get();
}

void RoutedTables::forget_decoders() { by_id_.clear(); }

void RoutedTables::forget_dropped() {
  forget_decoders();
  const auto is_dropped = [](const auto& table) { return table->life.is(TableState::kDropped); };
  for (const auto& table : tables_) {  // a new table may have the number by now
    const auto known = by_number_.find(table->number);
    if (is_dropped(table) && known->second == table.get()) by_number_.erase(known);
  }
  tables_.erase(std::remove_if(tables_.begin(), tables_.end(), is_dropped), tables_.end());
}

void RoutedTables::detach(const MappedTable& table) {
  const auto found = by_name_.find(names_.key(table.schema.database, table.schema.table));
  if (found != by_name_.end() && found->second == &table) by_name_.erase(found);
  forget_decoders();
}

std::vector<MappedTable*> RoutedTables::away() const {
  std::vector<MappedTable*> found;
  for (const auto& table : tables_)
    if (table->life.is_away()) found.push_back(table.get());
  return found;
}

MappedTable* RoutedTables::away_as(const ddl::TableName& name) const {
  for (MappedTable* table : away())
    if (names_.is_same(*table->away_as, name)) return table;
  return nullptr;
}

MappedTable* RoutedTables::away_from(const ddl::TableName& name) const {
  for (MappedTable* table : away())
    if (names_.is_same(ddl::TableName{table->schema.database, table->schema.table}, name)) return table;
  return nullptr;
}

MappedTable* RoutedTables::find_target(const std::string& schema, const std::string& table) const {
  for (const auto& known : tables_)
    if (!known->life.is(TableState::kDropped) && known->target.schema == schema &&
        known->target.table == table)
      return known.get();
  return nullptr;
}

}  // namespace mysql_sync
