// For tests: the tables of tests/data/binlog/*.sql.
#pragma once

#include "unit/binlog/binlog_file.hpp"

namespace mysql_sync::binlog {

inline TableSchema numbers_schema() {
  return make_schema("golden", "numbers",
                     {{"id", "int(10) unsigned", ""},
                      {"y", "year(4)", ""},
                      {"ti", "tinyint(4)", ""},
                      {"tiu", "tinyint(3) unsigned", ""},
                      {"si", "smallint(6)", ""},
                      {"siu", "smallint(5) unsigned", ""},
                      {"mi", "mediumint(9)", ""},
                      {"miu", "mediumint(8) unsigned", ""},
                      {"i", "int(11)", ""},
                      {"iu", "int(10) unsigned", ""},
                      {"bi", "bigint(20)", ""},
                      {"biu", "bigint(20) unsigned", ""},
                      {"d10", "decimal(10,2)", ""},
                      {"d65", "decimal(65,30)", ""},
                      {"d5", "decimal(5,0)", ""},
                      {"d9", "decimal(9,9)", ""},
                      {"f", "float", ""},
                      {"d", "double", ""},
                      {"b1", "bit(1)", ""},
                      {"b13", "bit(13)", ""},
                      {"b64", "bit(64)", ""}});
}

inline TableSchema moments_schema(const std::string& table) {
  return make_schema("golden", table,
                     {{"id", "int(11)", ""},
                      {"da", "date", ""},
                      {"t", "time", ""},
                      {"t1", "time(1)", ""},
                      {"t3", "time(3)", ""},
                      {"t6", "time(6)", ""},
                      {"dt", "datetime", ""},
                      {"dt2", "datetime(2)", ""},
                      {"dt4", "datetime(4)", ""},
                      {"dt6", "datetime(6)", ""},
                      {"ts", "timestamp", ""},
                      {"ts1", "timestamp(1)", ""},
                      {"ts3", "timestamp(3)", ""},
                      {"ts6", "timestamp(6)", ""}});
}

inline TableSchema strings_schema() {
  return make_schema("golden", "strings",
                     {{"id", "int(11)", ""},
                      {"c10", "char(10)", "utf8"},
                      {"c255", "char(255)", "utf8mb4"},
                      {"v20", "varchar(20)", "utf8"},
                      {"v300", "varchar(300)", "utf8"},
                      {"l1", "varchar(20)", "latin1"},
                      {"tt", "tinytext", "utf8"},
                      {"tx", "text", "utf8"},
                      {"mt", "mediumtext", "utf8"},
                      {"lt", "longtext", "utf8"},
                      {"b8", "binary(8)", ""},
                      {"vb", "varbinary(20)", ""},
                      {"tb", "tinyblob", ""},
                      {"bl", "blob", ""},
                      {"mb", "mediumblob", ""},
                      {"lb", "longblob", ""},
                      {"e", "enum('a','b''c','é')", "utf8"},
                      {"s", "set('x','y','z')", "utf8"},
                      {"s9", "set('1','2','3','4','5','6','7','8','9')", "utf8"},
                      {"g", "geometry", ""}});
}

inline TableSchema mariadb_schema() {
  return make_schema("golden", "mariadb_types",
                     {{"id", "int(11)", ""},
                      {"u", "uuid", ""},
                      {"i4", "inet4", ""},
                      {"i6", "inet6", ""},
                      {"vc", "varchar(1000)", "utf8mb4"},
                      {"bc", "blob", ""},
                      {"tc", "text", "utf8mb4"},
                      {"j", "longtext", "utf8mb4"}});
}

inline TableSchema documents_schema() {
  TableSchema schema =
      make_schema("golden", "documents", {{"id", "int", ""}, {"j", "json", ""}, {"v", "vector(3)", ""}});
  schema.primary_key = {0};
  return schema;
}

inline TableSchema packed_schema() {
  return make_schema("golden", "packed", {{"id", "int(11)", ""}, {"t", "text", "utf8mb4"}});
}

}  // namespace mysql_sync::binlog
