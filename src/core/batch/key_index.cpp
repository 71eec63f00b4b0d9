#include "core/batch/key_index.hpp"

#include <algorithm>
#include <cstring>
#include <random>

namespace mysql_sync {

namespace {

/// Both halves of a 128-bit product folded: every input bit reaches the whole result (as in wyhash).
uint64_t mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15;  // 2^64 / golden ratio: odd, no pattern

uint64_t random_seed() {
  std::random_device device;
  return static_cast<uint64_t>(device()) << 32 | device();
}

template <typename T>
uint64_t bits_of(T value) {
  static_assert(sizeof(T) <= sizeof(uint64_t), "fits");
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return bits;
}

uint64_t civil_bits(const CivilTime& time) {
  const uint64_t date = uint64_t{time.year} << 9 | uint64_t{time.month} << 5 | time.day;
  const uint64_t second = uint64_t{time.hour} << 12 | uint64_t{time.minute} << 6 | time.second;
  return date << 37 | second << 20 | time.microsecond;  // 25, 17 and 20 bits
}

/// The cell's 64 bits; for a cell of bytes their number.
uint64_t fixed_bits(const Value& cell) {
  switch (cell.kind()) {
    case ValueKind::kNull:
      return 0;
    case ValueKind::kFloat:
      return cell.as_float() == 0 ? 0 : bits_of(cell.as_float());
    case ValueKind::kDouble:
      return cell.as_double() == 0 ? 0 : bits_of(cell.as_double());
    case ValueKind::kDate:
    case ValueKind::kDatetime:
      return civil_bits(cell.as_civil());
    case ValueKind::kDecimal:
    case ValueKind::kText:
    case ValueKind::kBytes:
      return cell.as_bytes().size();
    default:
      return cell.as_uint();
  }
}

void append_cell(const Value& cell, std::string* to) {
  const uint64_t bits = fixed_bits(cell);
  char head[1 + sizeof(bits)];
  head[0] = static_cast<char>(cell.kind());
  std::memcpy(head + 1, &bits, sizeof(bits));
  to->append(head, sizeof(head));
  if (cell.holds_bytes()) to->append(cell.as_bytes());
}

}  // namespace

bool same_cells(const RowView& a, const RowView& b, const std::vector<size_t>& columns) {
  for (const size_t column : columns) {
    const Value &left = a[column], &right = b[column];
    if (left.kind() != right.kind() || fixed_bits(left) != fixed_bits(right)) return false;
    if (left.holds_bytes() && left.as_bytes() != right.as_bytes()) return false;
  }
  return true;
}

KeyEncoder::KeyEncoder() : seed_(random_seed()) {}

EncodedKey KeyEncoder::encode(const RowView& row, const std::vector<size_t>& columns) {
  EncodedKey key;
  if (columns.size() == 1 && !row[columns[0]].holds_bytes()) {
    key.kind = row[columns[0]].kind();
    key.fixed = fixed_bits(row[columns[0]]);
    return key;
  }
  buffer_.clear();
  const size_t count = columns.empty() ? row.size : columns.size();
  for (size_t i = 0; i < count; ++i) append_cell(row[columns.empty() ? i : columns[i]], &buffer_);
  key.bytes = buffer_;
  key.fixed = hash_bytes(buffer_);
  return key;
}

uint64_t KeyEncoder::hash(const EncodedKey& key) const {
  return mix(key.fixed ^ seed_, kMultiplier ^ seed_ << 1);
}

uint64_t KeyEncoder::hash_bytes(std::string_view bytes) const {
  uint64_t state = seed_ ^ bytes.size();
  while (bytes.size() >= sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    state = mix(state ^ word, kMultiplier) + word;
    bytes.remove_prefix(sizeof(word));
  }
  uint64_t word = 0;
  if (!bytes.empty()) std::memcpy(&word, bytes.data(), bytes.size());
  return mix(state ^ word, kMultiplier ^ seed_);
}

/// Past the last generation, old slots would look like new ones: then they are wiped.
void KeyIndex::clear() {
  if (++generation_ != 0) return;
  std::fill(slots_.begin(), slots_.end(), Slot());
  generation_ = 1;
}

}  // namespace mysql_sync
