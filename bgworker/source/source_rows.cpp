#include "bgworker/source/source_rows.hpp"

#include "core/types/type_map.hpp"

namespace mysql_sync {

SourceRows::SourceRows(const MappedTable& table, bool mariadb) : table_(table) {
  const std::vector<Column>& columns = table.schema.columns;
  readers_.resize(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    const bool carried = !table.target.columns[i].empty();
    const std::string name = source::quote_identifier(columns[i].name);
    select_list_ += (i == 0 ? "" : ", ");
    select_list_ += carried ? select_expression(columns[i].type, name, mariadb) : "NULL";
    if (carried) readers_[i] = pg::value_or_throw(CellReader::create(columns[i].type));
  }
}

Result<NetChange> SourceRows::read(const source::TextCell* cells, NetKind kind, Arena& arena) const {
  const TableSchema& schema = table_.schema;
  auto* values = arena.allocate_array<Value>(readers_.size());
  std::uninitialized_fill_n(values, readers_.size(), Value());
  for (size_t i = 0; i < readers_.size(); ++i) {
    if (!cells[i] || !readers_[i]) continue;
    const Status status = readers_[i]->read(arena.copy(*cells[i]), arena, values[i]);
    if (!status.ok())
      return status.with_context("table " + schema.display_name() + ", column " + schema.columns[i].name);
  }
  auto* key = arena.allocate_array<Value>(schema.primary_key.size());
  for (size_t i = 0; i < schema.primary_key.size(); ++i) new (&key[i]) Value(values[schema.primary_key[i]]);
  NetChange change;
  change.kind = kind;
  change.key = {key, schema.primary_key.size()};
  change.row = {values, readers_.size()};
  return change;
}

}  // namespace mysql_sync
