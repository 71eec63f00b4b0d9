// Whole events, as the stream decodes them: EventDecoder and RowDecoder together, in bytes of binlog a
// second, beside what the machine does with the same bytes at best: copy them, and check their CRC32.
//
// An event is as large as a server makes it by default (binlog_row_event_max_size, 8 kB).
#include <benchmark/benchmark.h>
#include <zlib.h>

#include <cstring>
#include <string>
#include <vector>

#include "bench/micro/bench_table.hpp"
#include "core/binlog/event_decoder.hpp"
#include "core/binlog/row_decoder.hpp"

namespace mysql_sync::binlog {
namespace {

constexpr size_t kEventSize = 8192;
constexpr size_t kEvents = 128;  // a megabyte: larger than the caches next to the core
constexpr size_t kHeaderSize = 19;
constexpr size_t kVersionSize = 50;

void append_checksum(std::string* event) {
  *event += le(crc32_z(0, reinterpret_cast<const Bytef*>(event->data()), event->size()), 4);
}

std::string build_event(uint8_t type, const std::string& body, bool checksum) {
  const size_t size = kHeaderSize + body.size() + (checksum ? 4 : 0);
  std::string event =
      le(1700000000, 4) + le(type, 1) + le(7, 4) + le(size, 4) + le(1000, 4) + le(0, 2) + body;
  if (checksum) append_checksum(&event);
  return event;
}

std::string build_format(bool checksums) {
  const std::string version = "8.0.36";
  std::string event =
      build_event(15,
                  le(4, 2) + version + std::string(kVersionSize - version.size(), '\0') + le(0, 4) +
                      le(kHeaderSize, 1) + std::string(41, '\0') + le(checksums ? 1 : 0, 1) + le(0, 4),
                  false);
  event.resize(event.size() - 4);
  append_checksum(&event);
  return event;
}

/// Row events of version 2, inserts or updates.
struct Stream {
  BenchTable table;
  std::vector<std::string> events;
  size_t bytes = 0;
  size_t rows = 0;

  /// `row` gives the image of the row of a number, with its NULL bits.
  template <typename MakeRow>
  void fill(bool checksum, bool update, MakeRow row) {
    const size_t columns = table.schema.columns.size();
    const std::string present((columns + 7) / 8, '\xff');
    const std::string head =
        le(7, 6) + le(1, 2) + le(2, 2) + le(columns, 1) + present + (update ? present : "");
    for (size_t i = 0; i < kEvents; ++i) {
      std::string body = head;
      while (body.size() < kEventSize) {
        if (update) body += row(rows);
        body += row(rows++);
      }
      events.push_back(build_event(update ? 31 : 30, body, checksum));
      bytes += events.back().size();
    }
  }
};

/// sysbench's id and k, and what else counts things: (bigint, int, int unsigned, smallint, tinyint, decimal).
BenchTable numbers_table() {
  BenchTable table;
  table.add("bigint", 8, 0);
  table.add("int", 3, 0);
  table.add("int unsigned", 3, 0);
  table.add("smallint", 2, 0);
  table.add("tinyint", 1, 0);
  table.add("decimal(12,2)", 246, 12 << 8 | 2);
  return table;
}

std::string numbers_row(size_t i) {
  static const std::string kDecimal("\x80\x00\x00\x04\xd2\x32", 6);
  return le(0, 1) + le(i, 8) + le(i * 7, 4) + le(i % 1000, 4) + le(i % 100, 2) + le(i & 1, 1) + kDecimal;
}

/// sysbench's table: id, k, char(120), char(60): a narrow row of the benchmarks of bench/run.
BenchTable narrow_table() {
  BenchTable table;
  table.add("int", 3, 0);
  table.add("int", 3, 0);
  table.add("char(120)", 254, 480);
  table.add("char(60)", 254, 240);
  return table;
}

std::string narrow_row(size_t i) {
  return le(0, 1) + le(i, 4) + le(i * 7, 4) + le(119, 2) + std::string(119, 'c') + le(59, 1) +
         std::string(59, 'p');
}

/// 14 columns of all sorts, that of "load wide" in bench/run.
BenchTable wide_table() {
  BenchTable table;
  table.add("bigint", 8, 0);
  table.add("int", 3, 0);
  table.add("smallint", 2, 0);
  table.add("tinyint", 1, 0);
  table.add("decimal(12,2)", 246, 12 << 8 | 2);
  table.add("double", 5, 8);
  table.add("date", 10, 0);
  table.add("datetime(3)", 18, 3);
  table.add("timestamp", 17, 0);
  table.add("char(10)", 254, 40);
  table.add("varchar(60)", 15, 240);
  table.add("text", 252, 2);
  table.add("varbinary(20)", 15, 20);
  table.add("enum('new','paid','sent')", 247, 1);
  return table;
}

std::string wide_row(size_t i) {
  static const std::string kDecimal("\x80\x00\x00\x04\xd2\x32", 6);
  static const std::string kDatetime("\x99\xa5\x42\x1a\x2b\x10\x00", 7);
  return le(0, 2) + le(i, 8) + le(i * 7, 4) + le(i % 100, 2) + le(i & 1, 1) + kDecimal +
         le(0x3ff8000000000000, 8) + le(2024 << 9 | 2 << 5 | 29, 3) + kDatetime +
         std::string("\x65\xe0\x10\x20", 4) + le(7, 1) + "abcdefg" + le(30, 1) +
         std::string("gr\xc3\xbcn und bl\xc3\xa4u, und noch mehr") + le(42, 2) +
         "left at the neighbour's, who signed for it" + le(16, 1) + std::string(16, '\x01') +
         le(1 + i % 3, 1);
}

/// (bigint, json): an object of five members, as the binary format of MySQL has it.
BenchTable json_table() {
  BenchTable table;
  table.add("bigint", 8, 0);
  table.add("json", 245, 4);
  return table;
}

/// {"id": 7, "name": "Zoe", "price": 1.5, "tags": [1, 2], "ok": true}, keys by length and then by bytes.
std::string json_document() {
  const std::string keys =
      "idokname"
      "tags"
      "price";
  const size_t sizes[] = {2, 2, 4, 4, 5};
  std::string key_entries;
  const size_t first_key = 1 + 4 + 5 * 4 + 5 * 3 - 1;
  size_t at = first_key;
  for (const size_t size : sizes) {
    key_entries += le(at, 2) + le(size, 2);
    at += size;
  }
  const size_t name = at, tags = name + 4, price = tags + 10, end = price + 8;
  const std::string values = le(5, 1) + le(7, 2) + le(4, 1) + le(1, 2) + le(12, 1) + le(name, 2) + le(2, 1) +
                             le(tags, 2) + le(11, 1) + le(price, 2);
  const std::string array = le(2, 2) + le(10, 2) + le(5, 1) + le(1, 2) + le(5, 1) + le(2, 2);
  return le(0, 1) + le(5, 2) + le(end, 2) + key_entries + values + keys + le(3, 1) + "Zoe" + array +
         le(0x3ff8000000000000, 8);
}

std::string json_row(size_t i) {
  static const std::string kDocument = json_document();
  return le(0, 1) + le(i, 8) + le(kDocument.size(), 4) + kDocument;
}

Stream make_stream(const std::string& name, bool checksum, bool update = false) {
  Stream stream;
  if (name == "numbers") {
    stream.table = numbers_table();
    stream.fill(checksum, update, numbers_row);
  } else if (name == "narrow") {
    stream.table = narrow_table();
    stream.fill(checksum, update, narrow_row);
  } else if (name == "wide") {
    stream.table = wide_table();
    stream.fill(checksum, update, wide_row);
  } else {
    stream.table = json_table();
    stream.fill(checksum, update, json_row);
  }
  return stream;
}

void count(benchmark::State& state, const Stream& stream) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * stream.bytes));
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * stream.rows));
}

/// Nothing, or what failed.
Status decode_event(EventDecoder& events, RowDecoder& rows, const std::string& packet) {
  auto event = events.decode(packet);
  if (!event.ok()) return event.status();
  MYSQL_SYNC_RETURN_IF_ERROR(rows.start(std::get<RowsEvent>(event->body)));
  RowChange change;
  for (;;) {
    const auto more = rows.next(&change);
    if (!more.ok()) return more.status();
    if (!*more) return {};
    benchmark::DoNotOptimize(change.after.cells);
  }
}

void decode_stream(benchmark::State& state, const std::string& name, bool update) {
  const bool checksum = state.range(0) != 0;
  const Stream stream = make_stream(name, checksum, update);
  EventDecoder events;
  auto rows = RowDecoder::create(stream.table.map, stream.table.schema);
  if (!rows.ok() || !events.decode(build_format(checksum)).ok()) return state.SkipWithError("setup");
  for (auto _ : state) {
    for (const std::string& packet : stream.events) {
      const Status status = decode_event(events, *rows, packet);
      if (!status.ok()) return state.SkipWithError(status.message().c_str());
    }
  }
  count(state, stream);
}
BENCHMARK_CAPTURE(decode_stream, numbers, "numbers", false)->ArgName("checksum")->Arg(0)->Arg(1);
BENCHMARK_CAPTURE(decode_stream, narrow, "narrow", false)->ArgName("checksum")->Arg(0)->Arg(1);
BENCHMARK_CAPTURE(decode_stream, narrow_updates, "narrow", true)->ArgName("checksum")->Arg(0)->Arg(1);
BENCHMARK_CAPTURE(decode_stream, wide, "wide", false)->ArgName("checksum")->Arg(0)->Arg(1);
BENCHMARK_CAPTURE(decode_stream, json, "json", false)->ArgName("checksum")->Arg(0)->Arg(1);

void copy_stream(benchmark::State& state) {
  const Stream stream = make_stream("narrow", true);
  std::vector<char> target(2 * kEventSize);
  for (auto _ : state) {
    for (const std::string& packet : stream.events) {
      std::memcpy(target.data(), packet.data(), packet.size());
      benchmark::DoNotOptimize(target.data());
      benchmark::ClobberMemory();
    }
  }
  count(state, stream);
}
BENCHMARK(copy_stream);

void crc32_of_stream(benchmark::State& state) {
  const Stream stream = make_stream("narrow", true);
  for (auto _ : state) {
    for (const std::string& packet : stream.events) {
      benchmark::DoNotOptimize(crc32_z(0, reinterpret_cast<const Bytef*>(packet.data()), packet.size()));
    }
  }
  count(state, stream);
}
BENCHMARK(crc32_of_stream);

}  // namespace
}  // namespace mysql_sync::binlog
