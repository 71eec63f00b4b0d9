#include "source/source_indexes.hpp"

#include "source/source_metadata.hpp"

namespace mysql_sync::source {

Result<std::vector<IndexDefinition>> read_indexes(Connection& connection, const TableSchema& table) {
  MYSQL_SYNC_RETURN_IF_ERROR(read_create_statement(connection, table).status());
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows,
      connection.query_all("SELECT index_name, index_type, column_name, sub_part, collation"
                           " FROM information_schema.statistics WHERE table_schema = " +
                           connection.quote_literal(table.database) +
                           " AND table_name = " + connection.quote_literal(table.table) +
                           " AND index_name <> 'PRIMARY' ORDER BY index_name, seq_in_index"));
  std::vector<IndexDefinition> indexes;
  for (const auto& row : rows) {
    const std::string name = row.at(0).value_or("");
    if (indexes.empty() || indexes.back().name != name) indexes.push_back({name, row.at(1).value_or(""), {}});
    indexes.back().columns.push_back(
        {row.at(2).value_or(""), row.at(3).has_value(), row.at(4).value_or("") == "D"});
  }
  return indexes;
}

}  // namespace mysql_sync::source
