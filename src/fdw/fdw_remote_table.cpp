#include "fdw/fdw_remote_table.hpp"

#include "core/types/type_map.hpp"
#include "fdw/fdw_connection.hpp"
#include "pg/compat/fdw_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/guard.hpp"
#include "source/table_description.hpp"

namespace mysql_sync::fdw {

namespace {

std::string display_name(const TableOptions& options) { return options.database + "." + options.table; }

bool is_exact_number(const ColumnType& type) {
  switch (type.kind) {
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kMediumint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
    case TypeKind::kDecimal:
      return true;
    default:
      return false;
  }
}

/// Only where the column here has the very meaning of the column there.
ColumnUse use_of(Oid type, const ColumnType& source) {
  switch (type) {
    case INT2OID:
    case INT4OID:
    case INT8OID:
    case NUMERICOID:
      return is_exact_number(source) ? ColumnUse::kNumber : ColumnUse::kNone;
    case BYTEAOID:
      return source.kind == TypeKind::kBinary || source.kind == TypeKind::kVarbinary ||
                     source.kind == TypeKind::kBlob
                 ? ColumnUse::kBytes
                 : ColumnUse::kNone;
    default:
      break;
  }
  const bool is_point_in_time = source.kind == TypeKind::kDate || source.kind == TypeKind::kDatetime ||
                                source.kind == TypeKind::kTimestamp;
  return is_point_in_time ? ColumnUse::kDate : ColumnUse::kNone;
}

ConstantRange range_of(const ColumnType& type) {
  ConstantRange range;
  range.fraction_digits = type.kind == TypeKind::kDecimal ? type.scale : type.fraction;
  if (type.kind == TypeKind::kDecimal) {
    range.whole_digits = type.precision - type.scale;
    range.negative = !type.is_unsigned;
  } else if (type.kind == TypeKind::kBinary || type.kind == TypeKind::kVarbinary) {
    range.most_bytes = static_cast<int>(type.length);
    range.least_bytes = type.kind == TypeKind::kBinary ? range.most_bytes : 0;
  }
  return range;
}

/// The columns of the foreign table, their counterparts by name only.
std::vector<RemoteColumn> local_columns(Oid foreign_table, std::string* table_name) {
  Relation relation = pg::guard([&] { return pg::compat::open_locked_table(foreign_table); });
  *table_name = pg::from_server(RelationGetRelationName(relation));
  TupleDesc description = RelationGetDescr(relation);
  std::vector<RemoteColumn> columns(static_cast<size_t>(description->natts));
  for (int i = 0; i < description->natts; ++i) {
    const Form_pg_attribute attribute = pg::compat::attribute(description, i);
    RemoteColumn& column = columns[static_cast<size_t>(i)];
    column.dropped = attribute->attisdropped;
    if (column.dropped) continue;
    column.type = attribute->atttypid;
    column.typmod = attribute->atttypmod;
    column.name = pg::from_server(NameStr(attribute->attname));
    const ColumnOptions options =
        column_options(foreign_table, static_cast<AttrNumber>(i + 1), NameStr(attribute->attname));
    column.source_name = options.source_name;
    column.is_key = options.is_key;
  }
  pg::guard([&] { pg::compat::close_locked_table(relation); });
  return columns;
}

void find_counterpart(const TableSchema& schema, bool mariadb, const std::string& mark,
                      RemoteColumn* column) {
  if (column->dropped) return;
  const std::optional<size_t> index = schema.find_column(column->source_name);
  if (!index.has_value()) return;
  const Column& counterpart = schema.columns[*index];
  column->found = true;
  column->source_type = counterpart.type;
  column->nullable = counterpart.nullable;
  column->use = use_of(column->type, counterpart.type);
  column->range = range_of(counterpart.type);
  column->quoted = pg::to_server(source::quote_identifier(counterpart.name));
  column->selected = select_expression(counterpart.type, column->quoted, mariadb);
  column->mark = mark;
}

source::TableDescription describe(source::Connection& connection, const RemoteTable& table) {
  std::vector<std::string> names;
  for (const RemoteColumn& column : table.columns)
    if (!column.dropped) names.push_back(column.source_name);
  const TableOptions& options = table.options;
  std::optional<source::TableDescription> description =
      source_value(source::describe_table(connection, options.database, options.table, names));
  if (!description) {
    pg::fail(ErrorCode::kNotFound, "the source has no table \"" + display_name(options) + "\"",
             "It does not exist, or the user of the mapping has no right to see it.",
             "Check the options dbname and table_name of the foreign table.");
  }
  return *std::move(description);
}

}  // namespace

RemoteTable read_remote_table(Oid foreign_table, Oid user) {
  RemoteTable table;
  table.oid = foreign_table;
  table.options = table_options(foreign_table);
  table.columns = local_columns(foreign_table, &table.name);
  table.filter = pg::to_server(table.options.filter);
  table.quoted = pg::to_server(source::quote_identifier(table.options.database) + "." +
                               source::quote_identifier(table.options.table));
  with_connection(table.options.server, user, [&](source::Connection& connection) {
    const source::TableDescription source = describe(connection, table);
    auto mark = source.marks.begin();
    for (RemoteColumn& column : table.columns)
      find_counterpart(source.schema, connection.is_mariadb(), column.dropped ? "" : *mark++, &column);
    table.rows = source.rows;
    table.longest_statement = source.longest_statement;
    table.compares_fractions = connection.version_number() >= 50604;
    return true;
  });
  return table;
}

void check_readable(const RemoteTable& table, const RemoteColumn& column) {
  const std::string name = "column \"" + column.name + "\" of foreign table \"" + table.name + "\"";
  if (!column.found) {
    pg::fail(ErrorCode::kNotFound,
             name + " has no counterpart: source table \"" + display_name(table.options) +
                 "\" has no column \"" + column.source_name + "\"",
             {}, "Set the option column_name, or drop the column from the foreign table.");
  }
  const TypeMapping mapping = map_type(column.source_type);
  if (mapping.carried) return;
  pg::fail(ErrorCode::kUnsupported, name + " cannot be read: " + mapping.reason);
}

}  // namespace mysql_sync::fdw
