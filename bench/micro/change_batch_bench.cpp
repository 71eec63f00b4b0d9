// How fast row changes merge into net changes: one core, narrow rows of (bigint key, int, varchar(20)).
#include <benchmark/benchmark.h>

#include <string>

#include "core/batch/change_batch.hpp"

namespace mysql_sync {
namespace {

constexpr int64_t kBatch = 100000;

TableSchema narrow_table(bool text_key) {
  TableSchema schema;
  schema.columns.resize(3);
  schema.primary_key = {text_key ? size_t{2} : size_t{0}};
  return schema;
}

void insert_fresh_keys(benchmark::State& state) {
  const bool text_key = state.range(0) != 0;
  const TableSchema schema = narrow_table(text_key);
  ChangeBatch batch;
  int64_t key = 0;
  for (auto _ : state) {
    for (int64_t i = 0; i < kBatch; ++i, ++key) {
      const std::string text = "customer " + std::to_string(key);
      const Value cells[] = {Value::of_int(key), Value::of_int(key * 7), Value::of_text(text)};
      if (!batch.insert(0, schema, {cells, 3}, ApplyMode::kStrict).ok()) state.SkipWithError("insert");
    }
    batch.clear();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(insert_fresh_keys)->ArgName("text_key")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

void update_few_keys(benchmark::State& state) {
  const TableSchema schema = narrow_table(false);
  ChangeBatch batch;
  for (auto _ : state) {
    for (int64_t i = 0; i < kBatch; ++i) {
      const Value before[] = {Value::of_int(i % 1000), Value::of_int(i), Value::of_text("before")};
      const Value after[] = {Value::of_int(i % 1000), Value::of_int(i + 1), Value::of_text("after")};
      if (!batch.update(0, schema, {before, 3}, {after, 3}, ApplyMode::kStrict).ok()) {
        state.SkipWithError("update");
      }
    }
    batch.clear();
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(update_few_keys)->Unit(benchmark::kMillisecond);

void take_tables(benchmark::State& state) {
  const TableSchema schema = narrow_table(false);
  ChangeBatch batch;
  for (int64_t i = 0; i < kBatch; ++i) {
    const Value cells[] = {Value::of_int(i), Value::of_int(i), Value::of_text("text")};
    if (!batch.insert(0, schema, {cells, 3}, ApplyMode::kStrict).ok()) state.SkipWithError("insert");
  }
  for (auto _ : state) benchmark::DoNotOptimize(batch.take_tables());
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(take_tables)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mysql_sync
