#include "core/binlog/row_decoder.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/binlog/pre_release.hpp"
#include "core/binlog/row_cell.hpp"
#include "core/binlog/wire_type.hpp"

namespace mysql_sync::binlog {

namespace {

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Column names differ in case only after an ALTER TABLE that changed nothing else.
bool same_name(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) { return to_lower(x) == to_lower(y); };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), same);
}

bool is_integer(TypeKind kind) { return kind >= TypeKind::kTinyint && kind <= TypeKind::kBigint; }

std::string context(const TableSchema& schema, size_t column) {
  return "table " + schema.display_name() + ", column " + schema.columns[column].name;
}

std::string wire_types(const TableMapEvent& map) {
  std::string list;
  for (const WireColumn& column : map.columns) {
    list += (list.empty() ? "" : ", ") + std::string(wire_type_name(static_cast<WireType>(column.type)));
  }
  return list;
}

std::string schema_columns(const TableSchema& schema) {
  std::string list;
  for (const Column& column : schema.columns) {
    list += (list.empty() ? "" : ", ") + column.name + " " + column.type.declared;
  }
  return list;
}

Status check_count(const TableMapEvent& map, const TableSchema& schema) {
  if (map.columns.size() - map.hidden_columns == schema.columns.size()) return {};
  return {ErrorCode::kConflict,
          "table " + schema.display_name() +
              " has another number of columns in the binlog than in the known schema",
          "The schema has " + std::to_string(schema.columns.size()) + " (" + schema_columns(schema) +
              "), the binlog " + std::to_string(map.columns.size()) + " (" + wire_types(map) + ")."};
}

/// The source's own metadata, where it sends any, tells apart what the wire types do not.
Status check_metadata(const TableMapEvent& map, const Column& column, size_t i) {
  if (i < map.column_names.size() && !same_name(map.column_names[i], column.name)) {
    return {ErrorCode::kConflict, "the binlog has another column than the known schema",
            "The binlog names it " + map.column_names[i] + "."};
  }
  if (i < map.is_unsigned.size() && is_integer(column.type.kind) &&
      map.is_unsigned[i] != column.type.is_unsigned) {
    return {ErrorCode::kConflict, "the binlog has another type than the known schema",
            "The schema says " + column.type.declared + ", the binlog says it is " +
                (map.is_unsigned[i] ? "unsigned." : "signed.")};
  }
  return {};
}

/// One bit a column, all set.
bool all_present(std::string_view bitmap, size_t columns) {
  for (size_t i = 0; i < columns; ++i) {
    if ((static_cast<uint8_t>(bitmap[i / 8]) >> i % 8 & 1) == 0) return false;
  }
  return true;
}

struct OwnedColumn {
  std::string name;
  ColumnType type;
  std::unique_ptr<CharsetConverter> converter;
};

/// ENUM and SET are numbers in the binlog; their labels are in UTF-8 already.
bool needs_converter(const ColumnType& type) {
  switch (type.kind) {
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kText:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct RowDecoder::Impl {
  Status add_column(const WireColumn& wire, const Column& column);
  Status add_hidden_columns(const TableMapEvent& map);
  Status check_supported(const RowsEvent& event) const;
  Status check_image(const RowsEvent& event) const;
  Status read_image(std::vector<Value>* cells);
  Status read_pre_release_image(std::vector<Value>* cells);
  Status failed_cell(size_t column) const;
  Status malformed(const std::string& what) const;

  std::string table;
  size_t shown = 0;  // of the columns: those before the hidden ones
  std::vector<CellColumn> columns;
  std::vector<std::unique_ptr<OwnedColumn>> owned;  // what `columns` point to
  std::unique_ptr<RecordNullBits> record_nulls;  // only where the rows are of a release before MySQL 5.1.18
  std::vector<Value> before, after;
  CellScratch scratch;
  ByteReader rows;
  RowsEvent::Kind kind = RowsEvent::Kind::kInsert;
};

Status RowDecoder::Impl::add_column(const WireColumn& wire, const Column& column) {
  auto own = std::make_unique<OwnedColumn>(OwnedColumn{column.name, column.type, nullptr});
  if (needs_converter(column.type)) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(CharsetConverter converter, CharsetConverter::create(column.type.charset));
    if (!converter.is_utf8()) own->converter = std::make_unique<CharsetConverter>(std::move(converter));
  }
  MYSQL_SYNC_ASSIGN_OR_RETURN(const CellColumn cell,
                              choose_cell_decoder(wire, own->type, own->converter.get()));
  columns.push_back(cell);
  owned.push_back(std::move(own));
  return {};
}

/// Their cells are read only to find the row after them.
Status RowDecoder::Impl::add_hidden_columns(const TableMapEvent& map) {
  shown = columns.size();
  Column hash;
  hash.name = "hidden by the source";
  hash.type.kind = TypeKind::kBigint;
  hash.type.declared = "bigint";
  while (columns.size() < map.columns.size()) {
    MYSQL_SYNC_RETURN_IF_ERROR(add_column(map.columns[columns.size()], hash));
  }
  return {};
}

/// A bit a column that says NULL, then the cells of the others.
Status RowDecoder::Impl::read_image(std::vector<Value>* cells) {
  if (record_nulls) return read_pre_release_image(cells);
  const size_t count = columns.size();
  const std::string_view nulls = rows.bytes((count + 7) / 8);
  if (rows.failed()) return malformed("a row is cut off");
  for (size_t i = 0; i < count; ++i) {
    Value& value = (*cells)[i];
    if ((static_cast<uint8_t>(nulls[i / 8]) >> i % 8 & 1) != 0) {
      value = Value::null();
    } else if (!columns[i].decode(columns[i], rows, scratch, value)) {
      return failed_cell(i);
    }
  }
  return {};
}

/// Cells that are NULL have a value all the same, the column's default.
Status RowDecoder::Impl::read_pre_release_image(std::vector<Value>* cells) {
  const std::string_view nulls = rows.bytes(record_nulls->size());
  if (rows.failed()) return malformed("a row is cut off");
  if (!record_nulls->fits(nulls)) return malformed("its record format is not the one that the columns give");
  for (size_t i = 0; i < columns.size(); ++i) {
    Value& value = (*cells)[i];
    if (!columns[i].decode(columns[i], rows, scratch, value)) return failed_cell(i);
    if (record_nulls->is_null(nulls, i)) value = Value::null();
  }
  return {};
}

Status RowDecoder::Impl::failed_cell(size_t column) const {
  const std::string& name = owned[column]->name;
  if (!scratch.error.ok()) return scratch.error.with_context("table " + table + ", column " + name);
  return malformed("the value of column " + name + " (" + owned[column]->type.declared + ") is malformed");
}

Status RowDecoder::Impl::malformed(const std::string& what) const {
  return {ErrorCode::kCorrupt, "malformed row of table " + table + " in the binlog: " + what};
}

RowDecoder::RowDecoder(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RowDecoder::RowDecoder(RowDecoder&&) noexcept = default;
RowDecoder& RowDecoder::operator=(RowDecoder&&) noexcept = default;
RowDecoder::~RowDecoder() = default;

Result<RowDecoder> RowDecoder::create(const TableMapEvent& map, const TableSchema& schema) {
  if (map.unknown_type) {
    return Status(ErrorCode::kUnsupported, "table " + schema.display_name() + ": unknown column type " +
                                               std::to_string(*map.unknown_type) + " in the binlog");
  }
  MYSQL_SYNC_RETURN_IF_ERROR(check_count(map, schema));
  auto impl = std::make_unique<Impl>();
  impl->table = schema.display_name();
  std::vector<WireColumn> wire = map.columns;
  if (!map.has_metadata) {
    auto completed = complete_columns(map, schema);
    if (!completed.ok()) return completed.status().with_context("table " + impl->table);
    wire = *std::move(completed);
    impl->record_nulls = std::make_unique<RecordNullBits>(schema);
  }
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    Status status = check_metadata(map, schema.columns[i], i);
    if (status.ok()) status = impl->add_column(wire[i], schema.columns[i]);
    if (!status.ok()) return status.with_context(context(schema, i));
  }
  MYSQL_SYNC_RETURN_IF_ERROR(impl->add_hidden_columns(map));
  impl->before.resize(map.columns.size());
  impl->after.resize(map.columns.size());
  return RowDecoder(std::move(impl));
}

Status RowDecoder::Impl::check_supported(const RowsEvent& event) const {
  if (event.partial_json) {
    return {ErrorCode::kUnsupported,
            "table " + table + ": partial JSON update in the binlog",
            {},
            "Set binlog_row_value_options to '' on the source."};
  }
  if (event.pre_release != (record_nulls != nullptr)) {
    return {ErrorCode::kUnsupported,
            "table " + table + ": row event and table map of different releases of MySQL 5.1"};
  }
  return {};
}

/// Both images must hold all columns: what is missing from one could not be told from NULL later.
Status RowDecoder::Impl::check_image(const RowsEvent& event) const {
  const size_t count = columns.size();
  const bool update = event.kind == RowsEvent::Kind::kUpdate;
  const size_t bitmap_size = (count + 7) / 8;
  if (count == 0 || event.column_count != count || event.present_before.size() != bitmap_size ||
      (update && event.present_after.size() != bitmap_size)) {
    return malformed("it has " + std::to_string(event.column_count) + " columns, the table map " +
                     std::to_string(count));
  }
  if (all_present(event.present_before, count) && (!update || all_present(event.present_after, count))) {
    return {};
  }
  return {ErrorCode::kUnsupported, "table " + table + ": row without all columns in the binlog",
          "The session that wrote it had binlog_row_image MINIMAL or NOBLOB.",
          "Set binlog_row_image to FULL on the source, globally and in sessions that set their own."};
}

Status RowDecoder::start(const RowsEvent& event) {
  MYSQL_SYNC_RETURN_IF_ERROR(impl_->check_supported(event));
  MYSQL_SYNC_RETURN_IF_ERROR(impl_->check_image(event));
  impl_->kind = event.kind;
  impl_->rows = ByteReader(event.rows);
  return {};
}

Result<bool> RowDecoder::next(RowChange* change) {
  Impl& impl = *impl_;
  if (impl.rows.empty()) return false;
  impl.scratch.arena.clear();
  const size_t count = impl.shown;
  change->kind = impl.kind;
  change->before = {};
  change->after = {};
  if (impl.kind != RowsEvent::Kind::kInsert) {
    MYSQL_SYNC_RETURN_IF_ERROR(impl.read_image(&impl.before));
    change->before = {impl.before.data(), count};
  }
  if (impl.kind != RowsEvent::Kind::kDelete) {
    MYSQL_SYNC_RETURN_IF_ERROR(impl.read_image(&impl.after));
    change->after = {impl.after.data(), count};
  }
  return true;
}

}  // namespace mysql_sync::binlog
