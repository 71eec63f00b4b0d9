#include "core/batch/key_index.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace mysql_sync {
namespace {

bool equal(KeyEncoder& encoder, const std::vector<Value>& a, const std::vector<Value>& b,
           const std::vector<size_t>& columns) {
  const RowView row_a{a.data(), a.size()}, row_b{b.data(), b.size()};
  EncodedKey key_a = encoder.encode(row_a, columns);
  const std::string bytes_a(key_a.bytes);
  const uint64_t hash_a = encoder.hash(key_a);
  const EncodedKey key_b = encoder.encode(row_b, columns);
  if (key_a.bytes.data() != nullptr) key_a.bytes = bytes_a;
  const bool same = key_a == key_b;
  if (same) {
    EXPECT_EQ(hash_a, encoder.hash(key_b));
  }
  if (!columns.empty()) {
    EXPECT_EQ(same, same_cells(row_a, row_b, columns));
  }
  return same;
}

std::vector<Value> sample_cells() {
  CivilTime one{2024, 2, 29, 23, 59, 58, 123456}, two = one;
  two.microsecond = 123457;
  return {Value::null(),
          Value::of_int(0),
          Value::of_int(-1),
          Value::of_uint(0),
          Value::of_uint(~uint64_t{0}),
          Value::of_timestamp(0),
          Value::of_time(0),
          Value::of_float(1),
          Value::of_float(-1),
          Value::of_double(1),
          Value::of_double(std::numeric_limits<double>::denorm_min()),
          Value::of_decimal("1.0"),
          Value::of_decimal("1.00"),
          Value::of_date(one),
          Value::of_datetime(one),
          Value::of_datetime(two),
          Value::of_text(""),
          Value::of_text("a"),
          Value::of_text("A"),
          Value::of_text("a "),
          Value::of_bytes("a"),
          Value::of_bytes(std::string_view("a\0", 2)),
          Value::of_text("a text longer than eight bytes")};
}

TEST(KeyIndexTest, CellsEqualOnlyThemselves) {
  KeyEncoder encoder;
  const std::vector<Value> cells = sample_cells();
  for (size_t i = 0; i < cells.size(); ++i) {
    for (size_t j = 0; j < cells.size(); ++j) {
      EXPECT_EQ(equal(encoder, {cells[i]}, {cells[j]}, {0}), i == j) << i << " " << j;
      EXPECT_EQ(equal(encoder, {cells[i], cells[1]}, {cells[j], cells[1]}, {}), i == j) << i << " " << j;
      EXPECT_EQ(equal(encoder, {cells[1], cells[i]}, {cells[2], cells[j]}, {1, 0}), false);
    }
  }
}

TEST(KeyIndexTest, ZerosOfBothSignsAreEqual) {
  KeyEncoder encoder;
  EXPECT_TRUE(equal(encoder, {Value::of_double(-0.0)}, {Value::of_double(0.0)}, {0}));
  EXPECT_TRUE(equal(encoder, {Value::of_float(-0.0f)}, {Value::of_float(0.0f)}, {0}));
  EXPECT_TRUE(equal(encoder, {Value::of_double(-0.0), Value::of_int(1)},
                    {Value::of_double(0.0), Value::of_int(1)}, {0, 1}));
}

TEST(KeyIndexTest, BytesDoNotMoveFromOneCellToTheNext) {
  KeyEncoder encoder;
  EXPECT_FALSE(equal(encoder, {Value::of_text("ab"), Value::of_text("c")},
                     {Value::of_text("a"), Value::of_text("bc")}, {0, 1}));
  EXPECT_FALSE(equal(encoder, {Value::of_text(""), Value::of_text("x")},
                     {Value::of_text("x"), Value::of_text("")}, {0, 1}));
}

TEST(KeyIndexTest, FindsWhatWasAddedThroughGrowthAndClear) {
  KeyIndex index;
  std::mt19937_64 random(7);
  // More rounds than a generation has numbers: the wrap must not bring old slots back.
  for (int round = 0; round < 70000; ++round) {
    const uint32_t count = round % 20000 == 0 ? 1000 : 3;
    std::vector<uint64_t> hashes;
    for (uint32_t i = 0; i < count; ++i) {
      const uint64_t hash = random() & ~uint64_t{0xFFF0};  // many collisions in the low bits
      const auto same = [&](uint32_t number) { return hashes.at(number) == hash; };
      ASSERT_EQ(index.find(hash, same), KeyIndex::kAbsent);
      index.add(hash, i, [&](uint32_t number) { return hashes.at(number); });
      hashes.push_back(hash);
    }
    for (uint32_t i = 0; i < count; ++i) {
      ASSERT_EQ(index.find(hashes[i], [&](uint32_t number) { return hashes.at(number) == hashes[i]; }), i);
    }
    index.clear();
  }
}

}  // namespace
}  // namespace mysql_sync
