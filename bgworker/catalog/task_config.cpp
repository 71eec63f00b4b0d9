#include "bgworker/catalog/task_config.hpp"

#include <charconv>

#include "bgworker/catalog/carriable.hpp"

namespace mysql_sync {

namespace {

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

int64_t integer_option(const std::string& key, const std::string& value, int64_t low, int64_t high) {
  int64_t number = 0;
  const char* end = value.data() + value.size();
  const auto parsed = std::from_chars(value.data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || number < low || number > high) {
    pg::fail(ErrorCode::kInvalidArgument, "invalid value for option \"" + key + "\": \"" + value + "\"", {},
             "Give a whole number from " + std::to_string(low) + " to " + std::to_string(high) + ".");
  }
  return number;
}

[[noreturn]] void fail_choice(const std::string& key, const std::string& value, const std::string& choices) {
  pg::fail(ErrorCode::kInvalidArgument, "invalid value for \"" + key + "\": \"" + value + "\"", {},
           "Valid values are: " + choices + ".");
}

void set_zero_dates(TaskOptions& options, const std::string& key, const std::string& value) {
  using Policy = pg::ValuePolicies::ZeroDates;
  if (value == "null")
    options.policies.zero_dates = Policy::kNull;
  else if (value == "error")
    options.policies.zero_dates = Policy::kError;
  else if (value == "-infinity")
    options.policies.zero_dates = Policy::kMinusInfinity;
  else
    fail_choice(key, value, "null, error, -infinity");
}

TextPolicy text_policy(const std::string& key, const std::string& value) {
  const std::optional<TextPolicy> policy = TextPolicy::parse(value);
  if (!policy) fail_choice(key, value, "error, strip, one character as a replacement");
  return *policy;
}

void set_nul_bytes(TaskOptions& options, const std::string& key, const std::string& value) {
  options.policies.nul_bytes = text_policy(key, value);
}

void set_invalid_text(TaskOptions& options, const std::string& key, const std::string& value) {
  options.policies.invalid_text = text_policy(key, value);
}

bool boolean_option(const std::string& key, const std::string& value) {
  if (value != "true" && value != "false") fail_choice(key, value, "true, false");
  return value == "true";
}

void set_drop_tables(TaskOptions& options, const std::string& key, const std::string& value) {
  if (value != "keep" && value != "drop") fail_choice(key, value, "keep, drop");
  options.drop_tables = value == "drop" ? DroppedTables::kDrop : DroppedTables::kKeep;
}

struct OptionRule {
  const char* name;
  void (*set)(TaskOptions&, const std::string& key, const std::string& value);
};

constexpr OptionRule kOptionRules[] = {
    {"load_workers",
     [](TaskOptions& o, const std::string& k, const std::string& v) {
       o.load_workers = static_cast<int>(integer_option(k, v, 1, 16));
     }},
    {"chunk_rows", [](TaskOptions& o, const std::string& k,
                      const std::string& v) { o.chunk_rows = integer_option(k, v, 100, 100000000); }},
    {"batch_rows", [](TaskOptions& o, const std::string& k,
                      const std::string& v) { o.batch_rows = integer_option(k, v, 1, 1000000); }},
    {"batch_bytes",
     [](TaskOptions& o, const std::string& k, const std::string& v) {
       o.batch_bytes = integer_option(k, v, 65536, int64_t{1} << 30);
     }},
    {"zero_dates", set_zero_dates},
    {"nul_bytes", set_nul_bytes},
    {"invalid_text", set_invalid_text},
    {"create_tables", [](TaskOptions& o, const std::string& k,
                         const std::string& v) { o.create_tables = boolean_option(k, v); }},
    {"drop_tables", set_drop_tables},
    {"indexes",
     [](TaskOptions& o, const std::string& k, const std::string& v) { o.indexes = boolean_option(k, v); }},
};

void set_option(TaskOptions& options, const std::string& key, const std::string& value) {
  std::vector<std::string> names;
  for (const OptionRule& rule : kOptionRules) {
    if (key == rule.name) return rule.set(options, key, value);
    names.emplace_back(rule.name);
  }
  pg::fail(ErrorCode::kInvalidArgument, "unrecognized option \"" + key + "\"", {},
           "Valid options are: " + join(names) + ".");
}

TaskOptions read_options(pg::SpiSession& spi, const std::string& task) {
  TaskOptions options;
  const auto is_object = spi.query_row(
      "SELECT 1 FROM mysql_sync.task_config WHERE task = $1::name AND jsonb_typeof(options) = 'object'",
      {task});
  if (!is_object) {
    pg::fail(ErrorCode::kInvalidArgument, "options must be a JSON object", {},
             "For example: options => '{\"load_workers\": 4}'.");
  }
  const auto rows = spi.query(
      "SELECT o.key, o.value FROM mysql_sync.task_config c, jsonb_each_text(c.options) o WHERE c.task = "
      "$1::name",
      {task});
  for (const pg::TextRow& row : rows) set_option(options, *row[0], row[1].value_or(""));
  return options;
}

Operations read_operations(const std::vector<std::string>& names) {
  Operations operations;
  if (names.empty()) {
    pg::fail(ErrorCode::kInvalidArgument, "operations must not be empty", {},
             "Valid values are: insert, update, delete, alter.");
  }
  for (const std::string& name : names) {
    if (name == "insert")
      operations.insert = true;
    else if (name == "update")
      operations.update = true;
    else if (name == "delete")
      operations.remove = true;
    else if (name == "alter")
      operations.alter = true;
    else
      fail_choice("operations", name, "insert, update, delete, alter");
  }
  return operations;
}

ExistingTables read_existing_tables(const std::string& value) {
  if (value == "error") return ExistingTables::kError;
  if (value == "truncate") return ExistingTables::kTruncate;
  if (value == "append") return ExistingTables::kAppend;
  fail_choice("existing_tables", value, "error, truncate, append");
}

std::vector<std::string> read_array(pg::SpiSession& spi, const std::string& column, const std::string& task) {
  std::vector<std::string> words;
  const auto rows =
      spi.query("SELECT unnest(" + column + ") FROM mysql_sync.task_config WHERE task = $1::name", {task});
  for (const pg::TextRow& row : rows) {
    if (!row[0]) pg::fail(ErrorCode::kInvalidArgument, column + " must not contain NULL");
    words.push_back(*row[0]);
  }
  return words;
}

void check_schema(const std::string& setting, const std::string& schema) {
  const std::string problem = schema_problem(schema);
  if (!problem.empty()) pg::fail(ErrorCode::kInvalidArgument, setting + ": " + problem);
}

[[noreturn]] void fail_unknown_task(pg::SpiSession& spi, const std::string& task) {
  const std::vector<std::string> known = task_names(spi);
  pg::fail(ErrorCode::kNotFound, "task \"" + task + "\" does not exist", {},
           known.empty() ? "There is no task yet; make one with mysql_sync.create_task()."
                         : "Tasks here: " + join(known) + ".");
}

bool is_true(const pg::Text& cell) { return cell && *cell == "t"; }

}  // namespace

ObjectSelection TaskConfig::selection() const { return pg::value_or_throw(ObjectSelection::parse(tables)); }

bool TaskConfig::creates_tables() const {
  return options.create_tables.value_or(selection().has_wildcards());
}

const TableSettings* TaskConfig::settings_of(const TableSchema& schema) const {
  for (const TableSettings& settings : table_settings)
    if (settings.database == schema.database && settings.table == schema.table) return &settings;
  return nullptr;
}

TaskConfig load_task_config(pg::SpiSession& spi, const std::string& task) {
  const auto row = spi.query_row(
      "SELECT id, server, owner, target_schema, sync_schema, sync_data, existing_tables"
      "  FROM mysql_sync.task_config WHERE task = $1::name",
      {task});
  if (!row) fail_unknown_task(spi, task);
  TaskConfig config;
  config.task = task;
  config.id = std::stoi(*(*row)[0]);
  config.server = *(*row)[1];
  config.owner = *(*row)[2];
  config.target_schema = (*row)[3];
  if (config.target_schema) check_schema("target_schema", *config.target_schema);
  config.sync_schema = is_true((*row)[4]);
  config.sync_data = is_true((*row)[5]);
  config.existing_tables = read_existing_tables(*(*row)[6]);
  config.tables = read_array(spi, "tables", task);
  config.operations = read_operations(read_array(spi, "operations", task));
  config.options = read_options(spi, task);
  config.table_settings = load_table_settings(spi, task);
  config.selection();  // a bad pattern shows here, not when the worker runs
  return config;
}

std::optional<std::string> task_name_of_id(pg::SpiSession& spi, int32_t id) {
  const auto row =
      spi.query_row("SELECT task FROM mysql_sync.task_config WHERE id = $1::integer", {std::to_string(id)});
  if (!row) return std::nullopt;
  return *(*row)[0];
}

std::vector<std::string> task_names(pg::SpiSession& spi) {
  std::vector<std::string> names;
  for (const pg::TextRow& row : spi.query("SELECT task FROM mysql_sync.task_config ORDER BY task"))
    names.push_back(*row[0]);
  return names;
}

void insert_task(pg::SpiSession& spi, const std::vector<TaskSetting>& settings,
                 const std::vector<pg::Text>& values) {
  const std::string& task = *values.front();
  if (spi.query_row("SELECT 1 FROM mysql_sync.task_config WHERE task = $1::name", {task})) {
    pg::fail(ErrorCode::kAlreadyExists, "task \"" + task + "\" already exists", {},
             "Choose another name, or drop it with mysql_sync.drop_task('" + task + "').");
  }
  std::string columns, parameters;
  for (size_t i = 0; i < settings.size(); ++i) {
    columns += std::string(", ") + settings[i].name;
    parameters += ", $" + std::to_string(i + 2) + "::" + settings[i].cast;
  }
  spi.execute("INSERT INTO mysql_sync.task_config (task, id, owner" + columns +
                  ") VALUES ($1::name, nextval('mysql_sync.task_id_seq'), current_user" + parameters + ")",
              values);
}

void update_setting(pg::SpiSession& spi, const std::string& task, const TaskSetting& setting,
                    const std::string& value) {
  spi.execute(std::string("UPDATE mysql_sync.task_config SET ") + setting.name + " = $2::" + setting.cast +
                  " WHERE task = $1::name",
              {task, value});
}

void delete_task(pg::SpiSession& spi, const std::string& task) {
  for (const char* table : {"task_progress", "task_config", "error_log"})
    spi.execute(std::string("DELETE FROM mysql_sync.") + table + " WHERE task = $1::name", {task});
}

bool shares_server(pg::SpiSession& spi, const TaskConfig& config) {
  return spi
      .query_row("SELECT 1 FROM mysql_sync.task_config WHERE server = $1::name AND task <> $2::name",
                 {config.server, config.task})
      .has_value();
}

std::vector<int32_t> wanted_tasks(pg::SpiSession& spi) {
  std::vector<int32_t> ids;
  for (const pg::TextRow& row : spi.query(
           "SELECT c.id FROM mysql_sync.task_config c JOIN mysql_sync.task_progress p ON p.task = c.task"
           " WHERE p.wanted = 'running'"))
    ids.push_back(std::stoi(*row[0]));
  return ids;
}

}  // namespace mysql_sync
