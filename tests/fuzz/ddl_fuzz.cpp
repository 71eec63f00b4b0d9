// Any bytes as statements, one a line, on a table: whatever is read from them must apply, or be refused,
// without harm. A CREATE TABLE that is complete takes the table's place.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/ddl/column_names.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/schema_change.hpp"

namespace {

using mysql_sync::Column;
using mysql_sync::TableSchema;
namespace ddl = mysql_sync::ddl;

using Origins = std::vector<std::optional<size_t>>;

constexpr size_t kMaxStatements = 16;

TableSchema known_table() {
  TableSchema schema;
  schema.database = "d";
  schema.table = "t";
  for (const auto& [name, type] : {std::pair{"id", "int"}, std::pair{"a", "varchar(10)"},
                                   std::pair{"b", "text"}, std::pair{"c", "enum('x','y')"}}) {
    Column column;
    column.name = name;
    column.type = *mysql_sync::parse_column_type(type, "latin1");
    schema.columns.push_back(column);
  }
  schema.columns[0].nullable = false;
  schema.primary_key = {0};
  return schema;
}

void require(bool condition) {
  if (!condition) __builtin_trap();
}

void check_key(const TableSchema& schema) {
  for (const size_t index : schema.primary_key)
    require(index < schema.columns.size() && !schema.columns[index].nullable);
}

/// Follows the names of columns through the effects, to what `outcome` says comes out.
class Names {
 public:
  explicit Names(const TableSchema& before) {
    for (const Column& column : before.columns) names_.push_back(column.name);
  }

  void operator()(const ddl::ColumnDropped& effect) { names_.erase(find(effect.name)); }
  void operator()(const ddl::ColumnRenamed& effect) { *find(effect.from) = effect.to; }
  void operator()(const ddl::ColumnAdded& effect) { names_.push_back(effect.column.name); }
  void operator()(const ddl::NullabilityChanged& effect) { find(effect.name); }
  void operator()(const ddl::LabelsAdded& effect) { find(effect.name); }
  void operator()(const ddl::TypeChanged& effect) { find(effect.name); }
  void operator()(const ddl::KeyChanged& effect) {
    for (const std::string& name : effect.columns) find(name);
  }

  void require_those_of(const TableSchema& after) {
    require(names_.size() == after.columns.size());
    for (const Column& column : after.columns) find(column.name);
  }

 private:
  std::vector<std::string>::iterator find(const std::string& name) {
    const auto found = std::find(names_.begin(), names_.end(), name);
    require(found != names_.end());
    return found;
  }

  std::vector<std::string> names_;
};

/// The schema history keeps the declaration and the character set of a type.
void check_types(const TableSchema& schema) {
  for (const Column& column : schema.columns) {
    const auto kept = mysql_sync::parse_column_type(column.type.declared, column.type.charset);
    require(kept.ok() && kept->kind == column.type.kind && kept->length == column.type.length &&
            kept->members == column.type.members);
  }
}

void check(const TableSchema& before, const ddl::AlterOutcome& outcome) {
  check_key(outcome.after);
  check_types(outcome.after);
  require(outcome.origins.size() == outcome.after.columns.size());
  for (const std::optional<size_t>& origin : outcome.origins)
    require(!origin || (*origin < before.columns.size() &&
                        std::count(outcome.origins.begin(), outcome.origins.end(), origin) == 1));
  Names names(before);
  for (const ddl::ColumnEffect& effect : outcome.effects) std::visit(names, effect);
  names.require_those_of(outcome.after);
}

void alter(TableSchema* table, const ddl::AlterTable& statement) {
  auto outcome = ddl::alter_outcome(*table, statement);
  if (!outcome.ok()) return;
  check(*table, *outcome);
  check(*table, ddl::outcome_between(*table, outcome->after, outcome->origins));
  *table = std::move(outcome->after);
}

void create(TableSchema* table, const ddl::CreateTable& statement) {
  if (!statement.complete) return;
  check_key(statement.definition);
  check_types(statement.definition);
  Origins origins;
  for (const Column& column : statement.definition.columns) {
    const std::optional<size_t> index = table->find_column(column.name);
    const bool taken = index && std::find(origins.begin(), origins.end(), index) != origins.end();
    origins.push_back(taken ? std::nullopt : index);
  }
  (void)ddl::outcome_between(*table, statement.definition, origins);
  *table = statement.definition;
}

void run(TableSchema* table, std::string_view sql, const ddl::SessionContext& session) {
  (void)ddl::mentioned_tables(sql, session);
  const auto names = ddl::read_names(sql, session);
  if (names.ok()) check(*table, ddl::renaming(*table, ddl::names_after(*table, *names)));
  const auto statement = ddl::parse(sql, session);
  if (!statement.ok()) return;
  if (const auto* altered = std::get_if<ddl::AlterTable>(&*statement)) alter(table, *altered);
  if (const auto* created = std::get_if<ddl::CreateTable>(&*statement)) create(table, *created);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  ddl::SessionContext session;
  session.database = "d";
  session.sql_mode = (data[0] & 1 ? ddl::kAnsiQuotes : 0) | (data[0] & 2 ? ddl::kNoBackslashEscapes : 0) |
                     (data[0] & 8 ? 0 : ddl::kStrictTransTables) | (data[0] & 16 ? ddl::kOracle : 0) |
                     (data[0] & 64 ? ddl::kMssql : 0) | (data[0] & 128 ? ddl::kEmptyStringIsNull : 0);
  session.mariadb = (data[0] & 4) != 0;
  session.explicit_defaults_for_timestamp = (data[0] & 32) == 0;
  TableSchema table = known_table();
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (size_t i = 0; i < kMaxStatements && !rest.empty(); ++i) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    run(&table, rest.substr(0, end), session);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return 0;
}
