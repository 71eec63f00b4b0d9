// RowDecoder: bytes of row image a second, for rows of a few small columns and for wide ones.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/micro/bench_table.hpp"
#include "core/binlog/row_decoder.hpp"

namespace mysql_sync::binlog {
namespace {

constexpr size_t kRows = 1000;

struct Table : BenchTable {
  std::string rows;
  std::string present;

  RowsEvent event() const {
    RowsEvent event;
    event.column_count = schema.columns.size();
    event.present_before = present;
    event.rows = rows;
    return event;
  }
};

/// id, customer, quantity, a flag: 16 bytes a row.
Table narrow_table() {
  Table table;
  table.add("bigint", 8, 0);
  table.add("int", 3, 0);
  table.add("smallint", 2, 0);
  table.add("tinyint", 1, 0);
  table.present = std::string(1, '\xff');
  for (size_t i = 0; i < kRows; ++i)
    table.rows += le(0, 1) + le(i, 8) + le(i * 7, 4) + le(i % 100, 2) + le(i & 1, 1);
  return table;
}

/// An order line: numbers, a decimal, a date and time, two texts: about 80 bytes a row.
Table mixed_table() {
  Table table;
  table.add("bigint", 8, 0);
  table.add("int unsigned", 3, 0);
  table.add("decimal(12,2)", 246, 12 << 8 | 2);
  table.add("datetime(3)", 18, 3);
  table.add("varchar(40)", 15, 160);
  table.add("varchar(200)", 15, 800);
  table.present = std::string(1, '\xff');
  const std::string decimal("\x80\x00\x00\x04\xd2\x32", 6);
  const std::string datetime("\x99\xa5\x42\x1a\x2b\x10\x00", 7);
  const std::string status = "delivered";
  const std::string note = "left at the neighbour's, who signed for it";
  for (size_t i = 0; i < kRows; ++i) {
    table.rows += le(0, 1) + le(i, 8) + le(i, 4) + decimal + datetime + le(status.size(), 1) + status +
                  le(note.size(), 2) + note;
  }
  return table;
}

/// 60 columns, a fifth of them NULL, texts of 100 bytes: about 2 kB a row.
Table wide_table() {
  Table table;
  std::string row;
  for (int i = 0; i < 20; ++i) {
    table.add("bigint", 8, 0);
    table.add("varchar(255)", 15, 1020);
    table.add("double", 5, 8);
    if (i % 5 != 0) row += le(4711, 8) + le(100, 2) + std::string(100, 'x') + le(0x3ff0000000000000, 8);
  }
  std::string nulls((60 + 7) / 8, '\0');
  for (size_t i = 0; i < 60; ++i) {
    if (i / 3 % 5 == 0) nulls[i / 8] = static_cast<char>(nulls[i / 8] | 1 << i % 8);
  }
  table.present = std::string((60 + 7) / 8, '\xff');
  for (size_t i = 0; i < kRows; ++i) table.rows += nulls + row;
  return table;
}

void decode(benchmark::State& state, const Table& table) {
  auto decoder = RowDecoder::create(table.map, table.schema);
  if (!decoder.ok()) return state.SkipWithError(decoder.status().message().c_str());
  const RowsEvent event = table.event();
  RowChange change;
  size_t rows = 0;
  for (auto _ : state) {
    if (!decoder->start(event).ok()) return state.SkipWithError("start");
    for (;;) {
      const auto more = decoder->next(&change);
      if (!more.ok()) return state.SkipWithError(more.status().message().c_str());
      if (!*more) break;
      benchmark::DoNotOptimize(change.after.cells);
      ++rows;
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * table.rows.size()));
  state.SetItemsProcessed(static_cast<int64_t>(rows));
}

BENCHMARK_CAPTURE(decode, narrow, narrow_table());
BENCHMARK_CAPTURE(decode, mixed, mixed_table());
BENCHMARK_CAPTURE(decode, wide, wide_table());

}  // namespace
}  // namespace mysql_sync::binlog
