// How fast cells of the text protocol decode, by type, through the decoder chosen once per column.
#include <benchmark/benchmark.h>

#include <string>

#include "core/types/type_map.hpp"

namespace mysql_sync {
namespace {

void decode(benchmark::State& state, const char* declared, const char* cell) {
  const Result<ColumnType> parsed = parse_column_type(declared, "utf8mb4");
  if (!parsed.ok()) return state.SkipWithError("type");
  const ColumnType type = *parsed;
  const TextDecoder decoder = text_decoder(type.kind);
  const std::string bytes = cell;
  Arena arena;
  Value value;
  for (auto _ : state) {
    std::string_view view = bytes;
    benchmark::DoNotOptimize(view);
    if (!decoder(type, view, arena, value).ok()) return state.SkipWithError("cell");
    benchmark::DoNotOptimize(value);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(decode, int, "int(11)", "-1234567");
BENCHMARK_CAPTURE(decode, bigint_unsigned, "bigint(20) unsigned", "18446744073709551615");
BENCHMARK_CAPTURE(decode, decimal, "decimal(12,2)", "1234567.89");
BENCHMARK_CAPTURE(decode, float, "float", "3.1415927410125732");
BENCHMARK_CAPTURE(decode, double, "double", "1.7976931348623157e308");
BENCHMARK_CAPTURE(decode, date, "date", "2024-02-29");
BENCHMARK_CAPTURE(decode, datetime, "datetime(6)", "2024-02-29 23:59:58.123456");
BENCHMARK_CAPTURE(decode, timestamp, "timestamp", "2024-02-29 23:59:58");
BENCHMARK_CAPTURE(decode, time, "time", "-838:59:59");
BENCHMARK_CAPTURE(decode, varchar, "varchar(100)", "some text of a usual length");

}  // namespace
}  // namespace mysql_sync
