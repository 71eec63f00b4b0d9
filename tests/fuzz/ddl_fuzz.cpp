// Any bytes as a statement: whatever is read from them must apply, or be refused, without harm.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/schema_change.hpp"

namespace {

using mysql_sync::Column;
using mysql_sync::TableSchema;

TableSchema known_table() {
  TableSchema schema;
  schema.database = "d";
  schema.table = "t";
  for (const char* name : {"id", "a", "b", "c"}) {
    Column column;
    column.name = name;
    column.type = *mysql_sync::parse_column_type("int", "");
    schema.columns.push_back(column);
  }
  schema.primary_key = {0};
  return schema;
}

void check(const mysql_sync::Result<mysql_sync::ddl::AlterOutcome>& outcome) {
  if (!outcome.ok()) return;
  for (const size_t index : outcome->after.primary_key) {
    if (index >= outcome->after.columns.size()) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const TableSchema before = known_table();
  if (size == 0) return 0;
  mysql_sync::ddl::SessionContext session;
  session.database = "d";
  session.sql_mode = (data[0] & 1 ? mysql_sync::ddl::kAnsiQuotes : 0) |
                     (data[0] & 2 ? mysql_sync::ddl::kNoBackslashEscapes : 0);
  session.mariadb = (data[0] & 4) != 0;
  const std::string_view sql(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto statement = mysql_sync::ddl::parse(sql, session);
  (void)mysql_sync::ddl::mentioned_tables(sql, session);
  if (!statement.ok()) return 0;
  if (const auto* alter = std::get_if<mysql_sync::ddl::AlterTable>(&*statement)) {
    check(mysql_sync::ddl::alter_outcome(before, *alter));
  }
  return 0;
}
