#include "apply/bound_rows.hpp"

namespace mysql_sync::apply {

namespace {

constexpr size_t kMaxRows = 10000;              ///< of a statement
constexpr size_t kMaxBytes = size_t{64} << 20;  ///< of the cells of a statement
constexpr size_t kLargeRow = size_t{16} << 20;  ///< a row from here on travels alone and not in arrays

size_t bytes_of(RowView row) {
  size_t bytes = 0;
  for (size_t i = 0; i < row.size; ++i)
    bytes += sizeof(Datum) + (row[i].holds_bytes() ? row[i].as_bytes().size() : 0);
  return bytes;
}

/// Backend code: runs inside guard(). Converts the cells of column `number` of the chunk.
void convert_column(const Phase& phase, size_t number, const Chunk& chunk, Datum* values, bool* nulls,
                    ApplyContext* context, uint64* changed) {
  const SetParameter& parameter = phase.parameters[number];
  const MappedColumn& column = *parameter.column;
  for (size_t i = 0; i < chunk.count; ++i) {
    const NetChange& change = *chunk.changes[i];
    context->current = &change;
    const Value& cell = phase.by_key          ? change.key[number]
                        : change.row.size > 0 ? change.row[column.source]
                                              : change.key[column.source];  // the key is the whole row
    values[i] = column.converter.convert(cell, &nulls[i], changed);
    if (!parameter.via_text || nulls[i]) continue;
    values[i] = PointerGetDatum(cstring_to_text(OidOutputFunctionCall(parameter.output, values[i])));
  }
  context->current = nullptr;
}

Datum make_array(const SetParameter& parameter, Datum* values, bool* nulls, size_t count) {
  int dimensions[1] = {static_cast<int>(count)};
  int lower_bounds[1] = {1};
  return PointerGetDatum(construct_md_array(values, nulls, 1, dimensions, lower_bounds, parameter.element,
                                            parameter.length, parameter.by_value, parameter.align));
}

}  // namespace

Chunk next_chunk(const std::vector<const NetChange*>& changes, size_t begin) {
  size_t end = begin, total = 0;
  for (; end < changes.size() && end - begin < kMaxRows; ++end) {
    const NetChange& change = *changes[end];
    const size_t bytes = bytes_of(change.kind == NetKind::kDelete ? change.key : change.row);
    if (bytes >= kLargeRow && end == begin) return {&changes[begin], 1, RowSource::kSingleRow};
    if (bytes >= kLargeRow || total + bytes > kMaxBytes) break;
    total += bytes;
  }
  return {&changes[begin], end - begin, RowSource::kArrays};
}

BoundRows bind_rows(const Phase& phase, const Chunk& chunk, ApplyContext* context, uint64* changed) {
  const size_t columns = phase.parameters.size();
  BoundRows bound{static_cast<Oid*>(palloc(sizeof(Oid) * columns)),
                  static_cast<Datum*>(palloc(sizeof(Datum) * columns)), static_cast<char*>(palloc(columns))};
  auto* values = static_cast<Datum*>(palloc(sizeof(Datum) * chunk.count));
  auto* nulls = static_cast<bool*>(palloc(sizeof(bool) * chunk.count));
  const bool arrays = chunk.source == RowSource::kArrays;
  for (size_t i = 0; i < columns; ++i) {
    const SetParameter& parameter = phase.parameters[i];
    convert_column(phase, i, chunk, values, nulls, context, changed);
    bound.types[i] = arrays ? parameter.array : parameter.element;
    bound.values[i] = arrays ? make_array(parameter, values, nulls, chunk.count) : values[0];
    bound.nulls[i] = !arrays && nulls[0] ? 'n' : ' ';
  }
  return bound;
}

}  // namespace mysql_sync::apply
