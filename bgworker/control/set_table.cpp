// The SQL function set_table. Documented in docs/functions.md.
#include <map>

#include "apply/applier.hpp"
#include "apply/target_type.hpp"
#include "bgworker/catalog/carriable.hpp"
#include "bgworker/catalog/task_progress.hpp"
#include "bgworker/control/control_arguments.hpp"
#include "core/route/sql_name.hpp"
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

using Members = std::map<std::string, pg::Text>;

/// A JSON object of strings, or of nulls too.
Members read_object(pg::SpiSession& spi, const std::string& argument, const std::string& json,
                    bool takes_null) {
  if (*(*spi.query_row("SELECT jsonb_typeof($1::jsonb)", {json}))[0] != "object")
    pg::fail(ErrorCode::kInvalidArgument, argument + " must be a JSON object");
  Members members;
  for (pg::TextRow& row :
       spi.query("SELECT key, jsonb_typeof(value), value #>> '{}' FROM jsonb_each($1::jsonb)", {json})) {
    const bool is_null = *row[1] == "null";
    if (*row[1] != "string" && !(is_null && takes_null))
      pg::fail(ErrorCode::kInvalidArgument, argument + " of column \"" + *row[0] +
                                                "\" must be a JSON string" + (takes_null ? " or null" : ""));
    members[*row[0]] = is_null ? pg::Text() : row[2];
  }
  return members;
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

/// As jsonb prints it, so that texts can be compared.
std::string write_object(pg::SpiSession& spi, const Members& members) {
  if (members.empty()) return "{}";
  std::string rows;
  std::vector<pg::Text> values;
  for (const auto& [name, value] : members) {
    rows += (rows.empty() ? "($" : ", ($") + std::to_string(values.size() + 1) + ", $" +
            std::to_string(values.size() + 2) + ")";
    values.insert(values.end(), {name, value});
  }
  return *(*spi.query_row(
      "SELECT json_object_agg(k, v)::text::jsonb FROM (VALUES " + rows + ") AS pair(k, v)", values))[0];
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

/// They decide how the target is made and which rows go where; afterwards they would have no effect, or lead
/// changes to a table that does not have the rows.
void check_not_started(pg::SpiSession& spi, const TableName& name) {
  if (read_progress(spi, name.task).applied.empty()) return;
  pg::fail(
      ErrorCode::kUnsupported, "settings of a table of a task that was started cannot be changed",
      "The target table is made, or was taken as it is.",
      "A type can be changed by ALTER TABLE on the target while the task is stopped: it goes on with the new "
      "type. Otherwise drop the task and create it again.");
}

/// "" removes the setting; a name without a schema leaves the schema to the task's settings.
void set_target(const std::string& text, StoredSettings* settings) {
  settings->target_schema.reset();
  settings->target_table.reset();
  if (text.empty()) return;
  std::vector<std::string> parts = pg::value_or_throw(parse_sql_name(text));
  if (parts.size() > 2)
    pg::fail(ErrorCode::kInvalidArgument, "target_table \"" + text + "\" has too many dots", {},
             "Write name or schema.name.");
  settings->target_table = std::move(parts.back());
  if (parts.size() == 1) return;
  const std::string problem = schema_problem(parts.front());
  if (!problem.empty())
    pg::fail(ErrorCode::kInvalidArgument, "target_table \"" + text + "\": " + problem, {},
             "Choose another schema.");
  settings->target_schema = std::move(parts.front());
}

/// Names of target columns are taken as they are given, as the keys of the object are.
void check_columns(const Members& columns) {
  std::map<std::string, std::string> taken;
  for (const auto& [source, target] : columns) {
    if (!target) continue;
    if (target->empty() || target->size() >= NAMEDATALEN)
      pg::fail(ErrorCode::kInvalidArgument, "columns of column \"" + source + "\": the name \"" + *target +
                                                "\" is " +
                                                (target->empty() ? "empty" : "longer than 63 bytes"));
    const auto [other, is_new] = taken.emplace(*target, source);
    if (!is_new)
      pg::fail(ErrorCode::kInvalidArgument,
               "columns \"" + other->second + "\" and \"" + source + "\" both go to \"" + *target + "\"");
  }
}

/// The arguments as they were given; nothing for NULL.
struct Arguments {
  pg::Text target_table;
  std::optional<Members> columns, types;
};

Arguments read_arguments(pg::SpiSession& spi, FunctionCallInfo call) {
  Arguments arguments;
  arguments.target_table = pg::argument_text(call, 2, TEXTOID);
  const pg::Text columns = pg::argument_text(call, 3, JSONBOID), types = pg::argument_text(call, 4, JSONBOID);
  if (columns) arguments.columns = read_object(spi, "columns", *columns, true);
  if (types) arguments.types = read_object(spi, "types", *types, false);
  if (columns) check_columns(*arguments.columns);
  return arguments;
}

void set_table(FunctionCallInfo call) {
  const std::string task = task_argument(call);
  const std::string source_table = pg::required_argument(call, 1, TEXTOID, "source_table");
  TableName name;
  Arguments arguments;
  {
    const OwnSearchPath path;
    pg::SpiSession spi;
    name = find_table(spi, task, source_table);
    arguments = read_arguments(spi, call);
  }
  if (arguments.types)
    for (auto& [column, type] : *arguments.types) type = resolve_type(column, *type);
  const OwnSearchPath path;
  pg::SpiSession spi;
  const StoredSettings before = read_stored_settings(spi, name.task, name.database, name.table);
  StoredSettings after = before;
  if (arguments.target_table) set_target(*arguments.target_table, &after);
  if (arguments.columns) after.columns = write_object(spi, *arguments.columns);
  if (arguments.types) after.types = write_object(spi, *arguments.types);
  if (after == before) return;
  check_not_started(spi, name);
  store_settings(spi, name.task, name.database, name.table, after);
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
