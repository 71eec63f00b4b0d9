#include "core/binlog/row_decoder.hpp"

#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/binlog/json_diff.hpp"
#include "core/binlog/pre_release.hpp"
#include "core/binlog/row_cell.hpp"
#include "core/binlog/wire_key.hpp"
#include "core/binlog/wire_labels.hpp"
#include "core/binlog/wire_type.hpp"
#include "core/types/default_value.hpp"

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

bool is_set(std::string_view bitmap, size_t bit) {
  return (static_cast<uint8_t>(bitmap[bit / 8]) >> bit % 8 & 1) != 0;
}

/// One bit a column, all set.
bool all_present(std::string_view bitmap, size_t columns) {
  for (size_t i = 0; i < columns; ++i) {
    if (!is_set(bitmap, i)) return false;
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

/// Which columns the images of an event have.
struct Image {
  std::string_view present;  ///< a bit a column
  bool complete = true;
  size_t columns = 0;  ///< number of those present
};

}  // namespace

struct RowDecoder::Impl {
  Status add_column(const WireColumn& wire, const Column& column);
  Status add_hidden_columns(const TableMapEvent& map);
  Status check_supported(const RowsEvent& event) const;
  Status check_images(const RowsEvent& event) const;
  Status read_row(RowChange* change);
  Status read_image(const Image& image, std::vector<Value>* cells);
  Status read_whole_image(std::vector<Value>* cells);
  Status read_partial_image(const Image& image, std::vector<Value>* cells);
  Status read_cell(size_t column, Value* value);
  Status read_json_diff(size_t column, Value* value);
  bool read_partial_bits();
  Status complete_insert();
  Status complete_update();
  Status apply_diff(size_t column);
  Image image_of(std::string_view present) const;
  Status read_pre_release_image(std::vector<Value>* cells);
  Status failed_cell(size_t column) const;
  Status malformed(const std::string& what) const;

  std::string table;
  size_t shown = 0;  // of the columns: those before the hidden ones
  std::vector<CellColumn> columns;
  std::vector<std::unique_ptr<OwnedColumn>> owned;  // what `columns` point to
  std::unique_ptr<RecordNullBits> record_nulls;  // only where the rows are of a release before MySQL 5.1.18
  TableSchema schema;
  std::vector<Value> before, after;
  std::vector<Result<Value>> defaults;  ///< of each column, once an insert lacked one
  Arena default_bytes;
  Image before_image, after_image;
  bool one_empty_row = false;  ///< an insert of nothing but defaults: its row has no bytes
  size_t json_columns = 0;
  bool names_key = false;         ///< see RowChange
  bool partial_json = false;      ///< the event may hold partial updates
  std::string_view partial_bits;  ///< of the row: a bit for each JSON column; empty: no partial update
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

Status RowDecoder::Impl::read_cell(size_t column, Value* value) {
  return columns[column].decode(columns[column], rows, scratch, *value) ? Status() : failed_cell(column);
}

/// A bit a column that says NULL, then the cells of the others.
Status RowDecoder::Impl::read_whole_image(std::vector<Value>* cells) {
  const size_t count = columns.size();
  const std::string_view nulls = rows.bytes((count + 7) / 8);
  if (rows.failed()) return malformed("a row is cut off");
  for (size_t i = 0; i < count; ++i) {
    Value& value = (*cells)[i];
    if (is_set(nulls, i)) {
      value = Value::null();
    } else if (!columns[i].decode(columns[i], rows, scratch, value)) {
      return failed_cell(i);
    }
  }
  return {};
}

/// The same with bits and cells for the columns present only.
Status RowDecoder::Impl::read_partial_image(const Image& image, std::vector<Value>* cells) {
  const std::string_view nulls = rows.bytes((image.columns + 7) / 8);
  if (rows.failed()) return malformed("a row is cut off");
  size_t present = 0, json = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    Value& value = (*cells)[i];
    const bool is_json = owned[i]->type.kind == TypeKind::kJson;
    const bool is_diff = is_json && !partial_bits.empty() && is_set(partial_bits, json);
    json += static_cast<size_t>(is_json);
    if (!is_set(image.present, i)) {
      value = Value::absent();
    } else if (is_set(nulls, present++)) {
      value = Value::null();
    } else {
      MYSQL_SYNC_RETURN_IF_ERROR(is_diff ? read_json_diff(i, &value) : read_cell(i, &value));
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

Status RowDecoder::Impl::read_image(const Image& image, std::vector<Value>* cells) {
  if (record_nulls) return read_pre_release_image(cells);
  return image.complete && partial_bits.empty() ? read_whole_image(cells) : read_partial_image(image, cells);
}

/// Before the after image of an event that may hold partial updates: which JSON columns they are for.
bool RowDecoder::Impl::read_partial_bits() {
  constexpr uint64_t kPartialJson = 1;
  const uint64_t options = rows.length_encoded();
  partial_bits = {};
  if ((options & ~kPartialJson) != 0) return false;
  if (options == kPartialJson) partial_bits = rows.bytes((json_columns + 7) / 8);
  return !rows.failed();
}

Status RowDecoder::Impl::read_json_diff(size_t column, Value* value) {
  const uint32_t size = rows.u32();
  *value = Value::of_json_diff(rows.bytes(size));
  return rows.failed() ? failed_cell(column) : Status();
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

Result<RowDecoder> RowDecoder::create(const TableMapEvent& map, const TableSchema& schema,
                                      const CollationCharsets& charsets) {
  if (map.unknown_type) {
    return Status(ErrorCode::kUnsupported, "table " + schema.display_name() + ": unknown column type " +
                                               std::to_string(*map.unknown_type) + " in the binlog");
  }
  MYSQL_SYNC_RETURN_IF_ERROR(check_count(map, schema));
  auto impl = std::make_unique<Impl>();
  impl->table = schema.display_name();
  impl->schema = schema;
  MYSQL_SYNC_RETURN_IF_ERROR(take_wire_labels(map, &impl->schema));
  std::vector<WireColumn> wire = map.columns;
  if (!map.has_metadata) {
    auto completed = complete_columns(map, schema);
    if (!completed.ok()) return completed.status().with_context("table " + impl->table);
    wire = *std::move(completed);
    impl->record_nulls = std::make_unique<RecordNullBits>(schema);
  }
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    Status status = check_metadata(map, schema.columns[i], i);
    if (status.ok()) status = impl->add_column(wire[i], impl->schema.columns[i]);
    if (!status.ok()) return status.with_context(context(schema, i));
  }
  MYSQL_SYNC_RETURN_IF_ERROR(check_wire_charsets(map, schema, charsets));
  MYSQL_SYNC_RETURN_IF_ERROR(check_wire_key(map, schema));
  MYSQL_SYNC_RETURN_IF_ERROR(impl->add_hidden_columns(map));
  for (const Column& column : schema.columns)
    impl->json_columns += static_cast<size_t>(column.type.kind == TypeKind::kJson);
  impl->before.resize(map.columns.size());
  impl->after.resize(map.columns.size());
  return RowDecoder(std::move(impl));
}

Status RowDecoder::Impl::check_supported(const RowsEvent& event) const {
  if (event.pre_release == (record_nulls != nullptr)) return {};
  return {ErrorCode::kUnsupported,
          "table " + table + ": row event and table map of different releases of MySQL 5.1"};
}

Status RowDecoder::Impl::check_images(const RowsEvent& event) const {
  const size_t count = columns.size();
  const size_t bitmap_size = (count + 7) / 8;
  if (count == 0 || event.column_count != count || event.present_before.size() != bitmap_size ||
      (event.kind == RowsEvent::Kind::kUpdate && event.present_after.size() != bitmap_size)) {
    return malformed("it has " + std::to_string(event.column_count) + " columns, the table map " +
                     std::to_string(count));
  }
  if (event.pre_release && !all_present(event.present_before, count))
    return malformed("it lacks columns, which no release of its time left out");
  if (event.kind == RowsEvent::Kind::kInsert) return {};
  const bool keyless = schema.primary_key.empty() && !all_present(event.present_before, count);
  for (const size_t column : schema.primary_key) {
    if (!is_set(event.present_before, column))
      return {ErrorCode::kConflict, "table " + table + ": a row in the binlog lacks its primary key",
              "Column " + schema.columns[column].name + " is missing."};
  }
  if (!keyless) return {};
  return {ErrorCode::kUnsupported,
          "table " + table + ": row without all columns in the binlog, and without a key to find it by",
          {},
          "Give the table a primary key, or set binlog_row_image to FULL on the source."};
}

Image RowDecoder::Impl::image_of(std::string_view present) const {
  Image image;
  image.present = present;
  for (size_t i = 0; i < columns.size(); ++i) image.columns += static_cast<size_t>(is_set(present, i));
  image.complete = image.columns == columns.size();
  return image;
}

Status RowDecoder::start(const RowsEvent& event) {
  MYSQL_SYNC_RETURN_IF_ERROR(impl_->check_supported(event));
  MYSQL_SYNC_RETURN_IF_ERROR(impl_->check_images(event));
  impl_->kind = event.kind;
  impl_->rows = ByteReader(event.rows);
  impl_->partial_json = event.partial_json;
  impl_->partial_bits = {};
  const bool update = event.kind == RowsEvent::Kind::kUpdate;
  impl_->before_image = impl_->image_of(event.present_before);
  impl_->after_image = update ? impl_->image_of(event.present_after) : impl_->before_image;
  const auto names = [&](size_t column) { return is_set(impl_->after_image.present, column); };
  const std::vector<size_t>& key = impl_->schema.primary_key;
  impl_->names_key = update && std::all_of(key.begin(), key.end(), names);
  impl_->one_empty_row = event.kind == RowsEvent::Kind::kInsert && impl_->after_image.columns == 0;
  if (impl_->one_empty_row && !event.rows.empty()) return impl_->malformed("rows without columns have bytes");
  return {};
}

/// The source filled in what the statement left out.
Status RowDecoder::Impl::complete_insert() {
  if (defaults.empty()) {
    for (const Column& column : schema.columns) defaults.push_back(default_cell(column, default_bytes));
  }
  for (size_t i = 0; i < shown; ++i) {
    if (after[i].is_absent() && defaults[i].ok()) after[i] = *defaults[i];
  }
  return {};
}

/// What the after image lacks did not change.
Status RowDecoder::Impl::complete_update() {
  for (size_t i = 0; i < shown; ++i) {
    if (after[i].is_absent()) {
      after[i] = before[i];
    } else if (after[i].kind() == ValueKind::kJsonDiff && !before[i].is_absent()) {
      MYSQL_SYNC_RETURN_IF_ERROR(apply_diff(i));
    }
  }
  return {};
}

Status RowDecoder::Impl::apply_diff(size_t column) {
  const Value old = before[column];
  scratch.text.clear();
  const Status status =
      old.kind() == ValueKind::kText
          ? apply_json_diffs(after[column].as_bytes(), old.as_bytes(), &scratch.text)
          : Status(ErrorCode::kConflict, "a partial JSON update of a value that is no JSON");
  if (!status.ok()) return status.with_context("table " + table + ", column " + owned[column]->name);
  after[column] = Value::of_text(scratch.arena.copy(scratch.text));
  return {};
}

Status RowDecoder::Impl::read_row(RowChange* change) {
  const size_t count = shown;
  if (kind != RowsEvent::Kind::kInsert) {
    partial_bits = {};
    MYSQL_SYNC_RETURN_IF_ERROR(read_image(before_image, &before));
    change->before = {before.data(), count};
  }
  if (kind == RowsEvent::Kind::kDelete) return {};
  if (partial_json && !read_partial_bits()) return malformed("the options of a row are malformed");
  MYSQL_SYNC_RETURN_IF_ERROR(read_image(after_image, &after));
  change->after = {after.data(), count};
  if (after_image.complete && partial_bits.empty()) return {};
  MYSQL_SYNC_RETURN_IF_ERROR(kind == RowsEvent::Kind::kInsert ? complete_insert() : complete_update());
  change->complete = change->after.is_complete();
  change->names_key = names_key;
  return {};
}

Result<bool> RowDecoder::next(RowChange* change) {
  Impl& impl = *impl_;
  if (impl.rows.empty() && !impl.one_empty_row) return false;
  impl.one_empty_row = false;
  impl.scratch.arena.clear();
  *change = RowChange();
  change->kind = impl.kind;
  MYSQL_SYNC_RETURN_IF_ERROR(impl.read_row(change));
  return true;
}

}  // namespace mysql_sync::binlog
