#include "golden/schema_tracker.hpp"

#include <cstdlib>
#include <variant>

#include "core/binlog/wire_type.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/schema_change.hpp"

namespace mysql_sync::golden {

namespace {

using binlog::WireType;

std::string sized(const char* type, size_t size) {
  return std::string(type) + "(" + std::to_string(size) + ")";
}

std::string numbered_members(const char* type, size_t count) {
  std::string declared = std::string(type) + "(";
  for (size_t i = 1; i <= count; ++i) declared += (i == 1 ? "'" : ",'") + std::to_string(i) + "'";
  return declared + ")";
}

std::string declared_number(WireType type, uint16_t metadata) {
  switch (type) {
    case WireType::kTiny:
      return "tinyint";
    case WireType::kShort:
      return "smallint";
    case WireType::kInt24:
      return "mediumint";
    case WireType::kLong:
      return "int";
    case WireType::kLonglong:
      return "bigint";
    case WireType::kFloat:
      return "float";
    case WireType::kDouble:
      return "double";
    case WireType::kDecimal:
      return "decimal(" + std::to_string(metadata >> 8) + "," + std::to_string(metadata & 0xff) + ")";
    case WireType::kBit:
      return sized("bit", metadata);
    case WireType::kYear:
      return "year";
    default:
      return {};
  }
}

std::string declared_temporal(WireType type, uint16_t metadata) {
  switch (type) {
    case WireType::kDate:
    case WireType::kNewdate:
      return "date";
    case WireType::kTime:
      return "time";
    case WireType::kDatetime:
      return "datetime";
    case WireType::kTimestamp:
      return "timestamp";
    case WireType::kTime2:
      return sized("time", metadata);
    case WireType::kDatetime2:
      return sized("datetime", metadata);
    case WireType::kTimestamp2:
      return sized("timestamp", metadata);
    default:
      return {};
  }
}

std::string declared_string(WireType type, uint16_t metadata) {
  switch (type) {
    case WireType::kString:
      return sized("binary", metadata);
    case WireType::kVarchar:
    case WireType::kVarString:
    case WireType::kVarcharCompressed:
      return sized("varbinary", metadata);
    case WireType::kEnum:
      return numbered_members("enum", metadata == 1 ? 255 : 65535);
    case WireType::kSet:
      return numbered_members("set", 64);
    case WireType::kJson:
      return "json";
    case WireType::kGeometry:
      return "geometry";
    case WireType::kVector:
      return "vector(1)";
    case WireType::kBlob:
    case WireType::kTinyBlob:
    case WireType::kMediumBlob:
    case WireType::kLongBlob:
    case WireType::kBlobCompressed:
      return "longblob";
    default:
      return "an unknown type";
  }
}

std::string declared_type(const binlog::WireColumn& column) {
  const auto type = static_cast<WireType>(column.type);
  std::string declared = declared_number(type, column.metadata);
  if (declared.empty()) declared = declared_temporal(type, column.metadata);
  return declared.empty() ? declared_string(type, column.metadata) : declared;
}

}  // namespace

void SchemaTracker::begin_server(const std::string& server_version) {
  mariadb_ = server_version.find("MariaDB") != std::string::npos;
  default_charset_ = !mariadb_ && std::atoi(server_version.c_str()) >= 8 ? "utf8mb4" : "latin1";
}

void SchemaTracker::follow(const binlog::QueryEvent& query) {
  ddl::SessionContext session;
  session.database = std::string(query.database);
  session.sql_mode = query.sql_mode;
  session.table_charset = default_charset_;
  session.database_charset = default_charset_;
  session.mariadb = mariadb_;
  const std::string sql(query.sql);
  const auto statement = ddl::parse(sql, session);
  if (!statement.ok()) {
    for (const ddl::TableName& name : ddl::mentioned_tables(sql, session))
      tables_.erase({name.database, name.table});
    return;
  }
  if (const auto* drop = std::get_if<ddl::DropTables>(&*statement)) {
    for (const ddl::TableName& name : drop->tables) tables_.erase({name.database, name.table});
  } else if (const auto* rename = std::get_if<ddl::RenameTables>(&*statement)) {
    for (const ddl::RenameTables::Pair& pair : rename->pairs) {
      tables_.erase({pair.from.database, pair.from.table});
      tables_.erase({pair.to.database, pair.to.table});
    }
  } else if (const auto* create = std::get_if<ddl::CreateTable>(&*statement)) {
    tables_.erase({create->table.database, create->table.table});
    if (create->complete) tables_[{create->table.database, create->table.table}] = create->definition;
  } else if (const auto* alter = std::get_if<ddl::AlterTable>(&*statement)) {
    const auto known = tables_.find({alter->table.database, alter->table.table});
    if (known == tables_.end()) return;
    const auto after = ddl::apply_alter(known->second, *alter);
    if (after.ok()) known->second = *after;
    if (!after.ok()) tables_.erase(known);
  }
}

const TableSchema* SchemaTracker::find(const std::string& database, const std::string& table) const {
  const auto found = tables_.find({database, table});
  return found == tables_.end() ? nullptr : &found->second;
}

TableSchema schema_of_map(const binlog::TableMapEvent& map) {
  TableSchema schema{map.database, map.table, {}, {}};
  for (size_t i = 0; i < map.columns.size(); ++i) {
    Column column;
    column.name = i < map.column_names.size() ? map.column_names[i] : "c" + std::to_string(i + 1);
    const auto type = parse_column_type(declared_type(map.columns[i]), "");
    if (type.ok()) column.type = *type;
    column.type.is_unsigned = i < map.is_unsigned.size() && map.is_unsigned[i];
    schema.columns.push_back(column);
  }
  return schema;
}

}  // namespace mysql_sync::golden
