// The SQL function set_table. Documented in docs/functions.md.
#include <set>

#include "apply/applier.hpp"
#include "apply/target_type.hpp"
#include "bgworker/control_arguments.hpp"
#include "bgworker/task_progress.hpp"
#include "pg/compat/search_path.hpp"

namespace mysql_sync {

namespace {

/// While it lives, nothing of the caller's search_path takes part in our queries.
class OwnSearchPath {
 public:
  OwnSearchPath() : level_(pg::guard([] { return compat::enter_search_path(); })) {}
  ~OwnSearchPath() {
    if (std::uncaught_exceptions() == 0) compat::leave_search_path(level_);
  }
  OwnSearchPath(const OwnSearchPath&) = delete;
  OwnSearchPath& operator=(const OwnSearchPath&) = delete;

 private:
  int level_;
};

using Names = std::map<std::string, std::string>;

/// A JSON object of strings.
Names read_object(pg::SpiSession& spi, const std::string& argument, const std::string& json) {
  if (*(*spi.query_row("SELECT jsonb_typeof($1::jsonb)", {json}))[0] != "object")
    pg::fail(ErrorCode::kInvalidArgument, argument + " must be a JSON object");
  Names names;
  for (
      const pg::TextRow& row : spi.query(
          "SELECT key, CASE WHEN jsonb_typeof(value) = 'string' THEN value #>> '{}' END FROM jsonb_each($1::jsonb)",
          {json})) {
    if (!row[1])
      pg::fail(ErrorCode::kInvalidArgument,
               argument + " of column \"" + *row[0] + "\" must be a JSON string");
    names[*row[0]] = *row[1];
  }
  return names;
}

bool is_made_enum(const std::string& type) { return pg_strcasecmp(type.c_str(), apply::kMadeEnum) == 0; }

/// The type's name wherever it is read, by the caller's search_path.
std::string resolve_type(const std::string& column, const std::string& type) {
  if (is_made_enum(type)) return apply::kMadeEnum;
  try {
    return apply::qualified_type(type);
  } catch (const pg::PgError& error) {
    pg::fail(ErrorCode::kInvalidArgument, "types of column \"" + column + "\": " + error.report().message,
             error.report().detail,
             "Give a type of this database, or \"enum\" for one that is made with the table.");
  }
}

std::string write_object(pg::SpiSession& spi, const Names& names) {
  if (names.empty()) return "{}";
  std::string rows;
  std::vector<pg::Text> values;
  for (const auto& [name, value] : names) {
    rows += (rows.empty() ? "($" : ", ($") + std::to_string(values.size() + 1) + ", $" +
            std::to_string(values.size() + 2) + ")";
    values.insert(values.end(), {name, value});
  }
  return *(
      *spi.query_row("SELECT json_object_agg(k, v) FROM (VALUES " + rows + ") AS pair(k, v)", values))[0];
}

/// The table as the task knows it, checked.
struct TableName {
  std::string task, database, table;
};

TableName find_table(pg::SpiSession& spi, const std::string& task, const std::string& source_table) {
  const TaskConfig config = load_task_config(spi, task);
  check_not_running(spi, config, "change a table of");
  auto [database, table] = pg::value_or_throw(ObjectSelection::parse_name(source_table));
  if (!config.selection().selects(database, table)) {
    pg::fail(ErrorCode::kInvalidArgument,
             "task \"" + task + "\" does not select table \"" + source_table + "\"", {},
             "Give the name as it is on the source; names are compared with their case.");
  }
  return {task, std::move(database), std::move(table)};
}

/// The types decide how the target is made; afterwards they would be a setting without effect.
void check_not_made(pg::SpiSession& spi, const TableName& name, const std::string& types) {
  if (read_progress(spi, name.task).applied.empty()) return;
  const bool same =
      spi.query_row(
             "SELECT 1 WHERE coalesce((SELECT types FROM mysql_sync.table_setting WHERE task = $1::name"
             " AND source_database = $2 AND source_table = $3), '{}') = $4::jsonb",
             {name.task, name.database, name.table, types})
          .has_value();
  if (same) return;
  pg::fail(
      ErrorCode::kUnsupported, "types of a table of a task that was started cannot be changed",
      "The target table is made, or was taken as it is.",
      "Change the type of the target's column by ALTER TABLE while the task is stopped: it goes on with the new "
      "type. Or drop the task and create it again.");
}

void store(pg::SpiSession& spi, const TableName& name, const std::string& types) {
  const std::string where = " WHERE task = $1::name AND source_database = $2 AND source_table = $3";
  spi.execute("DELETE FROM mysql_sync.table_setting" + where, {name.task, name.database, name.table});
  if (types == "{}") return;
  spi.execute(
      "INSERT INTO mysql_sync.table_setting (task, source_database, source_table, types)"
      " VALUES ($1::name, $2, $3, $4::jsonb)",
      {name.task, name.database, name.table, types});
}

void set_table(FunctionCallInfo call) {
  const std::string task = task_argument(call);
  const std::string source_table = pg::required_argument(call, 1, TEXTOID, "source_table");
  const pg::Text types = pg::argument_text(call, 2, JSONBOID);
  TableName name;
  Names chosen;
  {
    const OwnSearchPath path;
    pg::SpiSession spi;
    name = find_table(spi, task, source_table);
    if (types) chosen = read_object(spi, "types", *types);
  }
  if (!types) return;
  for (auto& [column, type] : chosen) type = resolve_type(column, type);
  const OwnSearchPath path;
  pg::SpiSession spi;
  const std::string resolved = write_object(spi, chosen);
  check_not_made(spi, name, resolved);
  store(spi, name, resolved);
}

}  // namespace
}  // namespace mysql_sync

extern "C" {
PG_FUNCTION_INFO_V1(mysql_sync_set_table);
Datum mysql_sync_set_table(PG_FUNCTION_ARGS) {
  mysql_sync::pg::entry([&] { mysql_sync::set_table(fcinfo); });
  PG_RETURN_VOID();
}
}
