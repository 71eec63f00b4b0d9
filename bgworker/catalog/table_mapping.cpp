#include "bgworker/catalog/table_mapping.hpp"

#include <unordered_map>

#include "pg/encoding.hpp"

namespace mysql_sync {

namespace {

const char* boolean(bool value) { return value ? "t" : "f"; }

/// Nothing if it is the present name.
pg::Text read_as(const MappedTable& table, size_t index) {
  if (index >= table.read_as.size() || table.read_as[index] == table.schema.columns[index].name)
    return std::nullopt;
  return table.read_as[index];
}

pg::Text key_position(const TableSchema& schema, size_t column) {
  for (size_t i = 0; i < schema.primary_key.size(); ++i)
    if (schema.primary_key[i] == column) return std::to_string(i + 1);
  return std::nullopt;
}

constexpr std::pair<ColumnDefault::Kind, const char*> kDefaultKinds[] = {
    {ColumnDefault::Kind::kNone, "none"},       {ColumnDefault::Kind::kNull, "null"},
    {ColumnDefault::Kind::kLiteral, "literal"}, {ColumnDefault::Kind::kCurrentTimestamp, "time"},
    {ColumnDefault::Kind::kOther, "other"},
};
constexpr const char* kNumber = "number";  // a literal, written as a number

const char* default_kind(const ColumnDefault& value) {
  if (value.kind == ColumnDefault::Kind::kLiteral && value.literal_is_number) return kNumber;
  for (const auto& [kind, name] : kDefaultKinds)
    if (kind == value.kind) return name;
  return "other";
}

ColumnDefault read_default(const std::string& kind, const std::string& text) {
  ColumnDefault value;
  value.kind = ColumnDefault::Kind::kOther;
  value.literal = text;
  value.literal_is_number = kind == kNumber;
  if (value.literal_is_number) value.kind = ColumnDefault::Kind::kLiteral;
  for (const auto& [known, name] : kDefaultKinds)
    if (kind == name) value.kind = known;
  return value;
}

/// Defaults of binary columns are no text.
std::string to_hex(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const char byte : bytes) {
    hex += kDigits[static_cast<uint8_t>(byte) >> 4];
    hex += kDigits[static_cast<uint8_t>(byte) & 15];
  }
  return hex;
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

void insert_column(pg::SpiSession& spi, const std::string& task, const MappedTable& table, size_t index) {
  const Column& column = table.schema.columns[index];
  const std::string& target = table.target.columns[index];
  spi.execute(
      "INSERT INTO mysql_sync.table_column (task, number, ordinal, source_column, target_column, type, "
      "charset,"
      " nullable, generated, invisible, key_position, default_kind, default_text, read_as)"
      " VALUES ($1::name, $2::integer, $3::integer, $4, $5::name, $6,"
      " $7, $8::boolean, $9::boolean, $10::boolean, $11::integer, $12, pg_catalog.decode($13, 'hex'), $14)",
      {task, std::to_string(table.number), std::to_string(index + 1), column.name,
       target.empty() ? pg::Text() : pg::Text(target), column.type.declared, column.type.charset,
       boolean(column.nullable), boolean(column.generated), boolean(column.invisible),
       key_position(table.schema, index), default_kind(column.default_value),
       to_hex(column.default_value.literal), read_as(table, index)});
}

void read_column(MappedTable& table, const pg::TextRow& row) {
  Column column;
  column.name = *row[1];
  column.type = pg::value_or_throw(parse_column_type(*row[3], *row[4]));
  column.nullable = *row[5] == "t";
  column.generated = *row[6] == "t";
  column.invisible = *row[7] == "t";
  column.default_value = read_default(*row[9], from_hex(row[10].value_or("")));
  if (row[8]) {
    const size_t position = std::stoul(*row[8]);
    if (table.schema.primary_key.size() < position) table.schema.primary_key.resize(position);
    table.schema.primary_key[position - 1] = table.schema.columns.size();
  }
  table.read_as.push_back(row[11].value_or(column.name));
  table.schema.columns.push_back(std::move(column));
  table.target.columns.push_back(row[2].value_or(""));
}

BinlogPosition read_position(const pg::Text& file, const pg::Text& offset) {
  if (!file || !offset) return {};
  return {*file, std::stoull(*offset)};
}

pg::Text file_of(const BinlogPosition& position) {
  return position.empty() ? pg::Text() : pg::Text(position.file);
}

pg::Text offset_of(const BinlogPosition& position) {
  return position.empty() ? pg::Text() : pg::Text(std::to_string(position.offset));
}

MappedTable read_mapping(const TaskConfig& config, const pg::TextRow& row) {
  MappedTable table;
  table.number = static_cast<uint32_t>(std::stoul(*row[0]));
  table.schema.database = *row[1];
  table.schema.table = *row[2];
  table.target.schema = *row[3];
  table.target.table = *row[4];
  table.target.policies = config.options.policies;
  table.target.insert_missing = config.operations.insert;
  table.table_charset = *row[5];
  table.rows_estimated = std::stoull(*row[6]);
  table.life = TableLife(pg::value_or_throw(read_table_state(*row[7])), read_position(row[8], row[9]),
                         read_position(row[10], row[11]));
  if (row[12]) table.away_as = ddl::TableName{*row[12], row[13].value_or("")};
  table.may_be_absent = *row[14] == "t";
  return table;
}

void apply_settings(const TableSettings& settings, const TableSchema& schema, apply::TargetTable* target) {
  if (settings.target_schema) target->schema = *settings.target_schema;
  if (settings.target_table) target->table = *settings.target_table;
  for (const auto& [name, column] : settings.columns)
    if (const auto index = schema.find_column(name)) target->columns[*index] = column.value_or("");
  target->types.resize(schema.columns.size());
  for (const auto& [name, type] : settings.types)
    if (const auto index = schema.find_column(name)) target->types[*index] = type;
}

}  // namespace

apply::TargetTable target_of(const TaskConfig& config, const TableSchema& schema) {
  apply::TargetTable target;
  target.schema = config.target_schema.value_or(schema.database);
  target.table = schema.table;
  for (const Column& column : schema.columns) target.columns.push_back(column.name);
  target.policies = config.options.policies;
  if (const TableSettings* settings = config.settings_of(schema)) apply_settings(*settings, schema, &target);
  return target;
}

void save_mapping(pg::SpiSession& spi, const std::string& task, const MappedTable& table) {
  spi.execute(
      "INSERT INTO mysql_sync.table_mapping (task, source_database, source_table, number, target_schema,"
      " target_table, table_charset, rows_estimated, state)"
      " VALUES ($1::name, $2, $3, $4::integer, $5::name, $6::name, $7, $8::bigint, $9)",
      {task, table.schema.database, table.schema.table, std::to_string(table.number), table.target.schema,
       table.target.table, table.table_charset, std::to_string(table.rows_estimated),
       std::string(table_state_name(table.life.state()))});
  save_columns(spi, task, table);
}

void save_columns(pg::SpiSession& spi, const std::string& task, const MappedTable& table) {
  spi.execute("DELETE FROM mysql_sync.table_column WHERE task = $1::name AND number = $2::integer",
              {task, std::to_string(table.number)});
  for (size_t i = 0; i < table.schema.columns.size(); ++i) insert_column(spi, task, table, i);
  spi.execute(
      "UPDATE mysql_sync.table_mapping SET table_charset = $3 WHERE task = $1::name AND number = $2::integer",
      {task, std::to_string(table.number), table.table_charset});
}

void load_columns(pg::SpiSession& spi, const std::string& task, const std::vector<MappedTable*>& tables) {
  std::unordered_map<std::string, MappedTable*> by_number;
  for (MappedTable* table : tables) by_number[std::to_string(table->number)] = table;
  const auto columns = spi.query(
      "SELECT number, source_column, target_column, type, charset, nullable, generated, invisible, "
      "key_position, default_kind, pg_catalog.encode(default_text, 'hex'), read_as"
      "  FROM mysql_sync.table_column WHERE task = $1::name ORDER BY number, ordinal",
      {task});
  for (const pg::TextRow& row : columns) {
    const auto found = by_number.find(*row[0]);
    if (found != by_number.end()) read_column(*found->second, row);
  }
}

std::vector<MappedTable> load_mappings(pg::SpiSession& spi, const TaskConfig& config) {
  std::vector<MappedTable> tables;
  const auto rows = spi.query(
      "SELECT number, source_database, source_table, target_schema, target_table, table_charset, "
      "rows_estimated, state, begin_file, begin_offset, consistent_file, consistent_offset, away_database, away_table,"
      " may_be_absent"
      "  FROM mysql_sync.table_mapping WHERE task = $1::name AND state <> 'dropped' ORDER BY number",
      {config.task});
  for (const pg::TextRow& row : rows) tables.push_back(read_mapping(config, row));
  std::vector<MappedTable*> pointers;
  for (MappedTable& table : tables) pointers.push_back(&table);
  load_columns(spi, config.task, pointers);
  return tables;
}

void save_life(pg::SpiSession& spi, const std::string& task, const MappedTable& table) {
  const BinlogPosition &begin = table.life.begin(), &consistent = table.life.consistent();
  spi.execute(
      "UPDATE mysql_sync.table_mapping SET state = $3, begin_file = $4, begin_offset = $5::bigint,"
      "       consistent_file = $6, consistent_offset = $7::bigint, may_be_absent = $8::boolean"
      " WHERE task = $1::name AND number = $2::integer",
      {task, std::to_string(table.number), std::string(table_state_name(table.life.state())), file_of(begin),
       offset_of(begin), file_of(consistent), offset_of(consistent), table.may_be_absent ? "true" : "false"});
}

void end_load(pg::SpiSession& spi, const std::string& task) {
  spi.execute(
      "UPDATE mysql_sync.table_mapping SET state = 'loaded'"
      " WHERE task = $1::name AND state IN ('waiting', 'loading')",
      {task});
}

uint32_t next_table_number(pg::SpiSession& spi, const std::string& task) {
  const auto row = spi.query_row(
      "SELECT coalesce(max(number), 0) + 1 FROM"
      " (SELECT number FROM mysql_sync.table_mapping WHERE task = $1::name"
      "  UNION ALL SELECT number FROM mysql_sync.ghost_table WHERE task = $1::name) used",
      {task});
  return static_cast<uint32_t>(std::stoul(*(*row)[0]));
}

namespace {

void delete_dropped(pg::SpiSession& spi, const std::string& task, const std::string& number) {
  for (const char* table : {"table_column", "load_chunk", "table_mapping"})
    spi.execute(
        std::string("DELETE FROM mysql_sync.") + table + " WHERE task = $1::name AND number = $2::integer",
        {task, number});
}

void delete_of_task(pg::SpiSession& spi, const std::string& task, std::initializer_list<const char*> tables) {
  for (const char* table : tables)
    spi.execute(std::string("DELETE FROM mysql_sync.") + table + " WHERE task = $1::name", {task});
}

}  // namespace

void forget_dropped(pg::SpiSession& spi, const std::string& task, const MappedTable& table) {
  // What was set aside before, and has nothing left, goes as well.
  const auto dropped = spi.query(
      "SELECT m.number, c.oid IS NOT NULL AND (n.nspname <> $4::name OR c.relname <> $5::name),"
      "       m.source_database <> ''"
      "  FROM mysql_sync.table_mapping m LEFT JOIN pg_catalog.pg_class c ON c.oid = m.kept_relation"
      "  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " WHERE m.task = $1::name AND m.state = 'dropped'"
      "   AND (m.source_database = '' OR m.source_database = $2 AND m.source_table = $3)",
      {task, table.schema.database, table.schema.table, table.target.schema, table.target.table});
  for (const pg::TextRow& row : dropped) {
    if (*row[1] == "f")
      delete_dropped(spi, task, *row[0]);
    else if (*row[2] == "t")
      set_names_aside(spi, task, static_cast<uint32_t>(std::stoul(*row[0])));
  }
}

void set_names_aside(pg::SpiSession& spi, const std::string& task, uint32_t number) {
  spi.execute(
      "UPDATE mysql_sync.table_mapping SET source_database = '', source_table = number::text"
      " WHERE task = $1::name AND number = $2::integer",
      {task, std::to_string(number)});
}

void save_names(pg::SpiSession& spi, const std::string& task, const MappedTable& table) {
  const bool away = table.away_as.has_value();
  spi.execute(
      "UPDATE mysql_sync.table_mapping SET source_database = $3, source_table = $4, target_schema = $5::name,"
      "       target_table = $6::name, away_database = $7, away_table = $8"
      " WHERE task = $1::name AND number = $2::integer",
      {task, std::to_string(table.number), table.schema.database, table.schema.table, table.target.schema,
       table.target.table, away ? pg::Text(table.away_as->database) : pg::Text(),
       away ? pg::Text(table.away_as->table) : pg::Text()});
}

void mark_dropped(pg::SpiSession& spi, const std::string& task, uint32_t number) {
  spi.execute(
      "UPDATE mysql_sync.table_mapping SET state = 'dropped', kept_relation ="
      "  (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      "    WHERE n.nspname = target_schema AND c.relname = target_table)"
      " WHERE task = $1::name AND number = $2::integer",
      {task, std::to_string(number)});
}

std::optional<apply::SourceColumns> kept_columns(pg::SpiSession& spi, const std::string& task,
                                                 const apply::TargetTable& target) {
  const auto row = spi.query_row(
      "SELECT m.number FROM mysql_sync.table_mapping m JOIN pg_catalog.pg_class c ON c.oid = m.kept_relation"
      "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " WHERE m.task = $1::name AND m.state = 'dropped' AND n.nspname = $2::name AND c.relname = $3::name"
      "   AND NOT EXISTS (SELECT 1 FROM mysql_sync.table_mapping other"
      "                    WHERE other.kept_relation = m.kept_relation AND other.task <> m.task)"
      " ORDER BY m.number DESC LIMIT 1",
      {task, target.schema, target.table});
  if (!row) return std::nullopt;
  MappedTable table;
  table.number = static_cast<uint32_t>(std::stoul(*(*row)[0]));
  load_columns(spi, task, {&table});
  return apply::SourceColumns{std::move(table.schema), std::move(table.target.columns)};
}

void add_counts(pg::SpiSession& spi, const std::string& task, uint32_t number, const TableCounts& counts) {
  spi.execute(
      "UPDATE mysql_sync.table_mapping SET inserted = inserted + $3::bigint, updated = updated + $4::bigint,"
      "       deleted = deleted + $5::bigint, ddl = ddl + $6::bigint,"
      "       values_changed_by_policy = values_changed_by_policy + $7::bigint"
      " WHERE task = $1::name AND number = $2::integer",
      {task, std::to_string(number), std::to_string(counts.inserted), std::to_string(counts.updated),
       std::to_string(counts.deleted), std::to_string(counts.ddl), std::to_string(counts.changed_by_policy)});
}

void set_table_error(pg::SpiSession& spi, const std::string& task, const std::string& source_table,
                     const std::string& error) {
  spi.execute(
      "UPDATE mysql_sync.table_mapping SET last_error = $3"
      " WHERE task = $1::name AND source_database || '.' || source_table = $2 AND last_error IS DISTINCT "
      "FROM $3",
      {task, source_table, error.empty() ? pg::Text() : pg::Text(pg::showable(error))});
}

void keep_targets(pg::SpiSession& spi, const std::string& task) {
  for (const pg::TextRow& row :
       spi.query("SELECT number FROM mysql_sync.table_mapping WHERE task = $1::name AND state <> 'dropped'",
                 {task})) {
    const auto number = static_cast<uint32_t>(std::stoul(*row[0]));
    mark_dropped(spi, task, number);
    set_names_aside(spi, task, number);
  }
}

void forget_tables(pg::SpiSession& spi, const std::string& task) {
  delete_of_task(spi, task,
                 {"ghost_table", "doubtful_rename", "database_charset", "load_chunk", "reload_request",
                  "prepared_transaction", "made_target"});
  spi.execute(
      "DELETE FROM mysql_sync.table_mapping"
      " WHERE task = $1::name AND NOT (state = 'dropped' AND kept_relation IS NOT NULL)",
      {task});
  spi.execute(
      "DELETE FROM mysql_sync.table_column WHERE task = $1::name AND number NOT IN"
      "  (SELECT number FROM mysql_sync.table_mapping WHERE task = $1::name)",
      {task});
}

void delete_mappings(pg::SpiSession& spi, const std::string& task) {
  delete_of_task(spi, task,
                 {"table_mapping", "table_column", "ghost_table", "doubtful_rename", "database_charset",
                  "load_chunk", "reload_request", "prepared_transaction", "made_target"});
}

}  // namespace mysql_sync
