// The keys of one table in a batch, each with a number: 0, 1, 2, … in order of first appearance.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/types/value.hpp"

namespace mysql_sync {

/// A key's cells made comparable: a single cell of fixed width as 64 bits, anything else as a byte string of
/// kind and payload per cell. Equal keys, and only they, are equal; dates and times must be in their ranges.
struct EncodedKey {
  uint64_t fixed = 0;      ///< the cell, or the hash of `bytes`
  std::string_view bytes;  ///< data() is nullptr for a single cell of fixed width
  ValueKind kind = ValueKind::kNull;

  bool operator==(const EncodedKey& other) const {
    return fixed == other.fixed && kind == other.kind && bytes == other.bytes;
  }
};

/// True if both rows have equal cells at `columns`: their keys encode to the same.
bool same_cells(const RowView& a, const RowView& b, const std::vector<size_t>& columns);

/// Encodes keys; the bytes of the last key live in it until the next call.
class KeyEncoder {
 public:
  KeyEncoder();
  /// The cells of `row` at `columns`, or all of them where `columns` is empty.
  EncodedKey encode(const RowView& row, const std::vector<size_t>& columns);
  /// A hash of the key, seeded at random per process so that a source cannot aim for collisions.
  uint64_t hash(const EncodedKey& key) const;

 private:
  uint64_t hash_bytes(std::string_view bytes) const;

  uint64_t seed_;
  std::string buffer_;
};

/// Open addressing from hash to number. It keeps no keys: the caller compares. A generation in each slot
/// makes clear() cheap whatever the size.
class KeyIndex {
 public:
  static constexpr uint32_t kAbsent = ~uint32_t{0};

  /// The number of the key with that hash for which `same(number)` holds, or kAbsent.
  template <typename Same>
  uint32_t find(uint64_t hash, const Same& same) const {
    if (slots_.empty()) return kAbsent;
    for (size_t at = hash & mask(); slots_[at].generation == generation_; at = (at + 1) & mask()) {
      if (slots_[at].tag == tag_of(hash) && same(slots_[at].number)) return slots_[at].number;
    }
    return kAbsent;
  }

  /// Adds the next number, which no key has yet. `hash_of(number)` gives the hashes of the others if it
  /// grows.
  template <typename HashOf>
  void add(uint64_t hash, uint32_t number, const HashOf& hash_of) {
    if ((size_t{number} + 1) * 2 > slots_.size()) grow(number, hash_of);
    place(hash, number);
  }

  size_t bytes() const { return slots_.size() * sizeof(Slot); }
  void clear();

 private:
  struct Slot {
    uint32_t number = 0;
    uint16_t generation = 0;
    uint16_t tag = 0;
  };

  size_t mask() const { return slots_.size() - 1; }
  static uint16_t tag_of(uint64_t hash) { return static_cast<uint16_t>(hash >> 48); }

  void place(uint64_t hash, uint32_t number) {
    size_t at = hash & mask();
    while (slots_[at].generation == generation_) at = (at + 1) & mask();
    slots_[at] = {number, generation_, tag_of(hash)};
  }

  template <typename HashOf>
  void grow(uint32_t count, const HashOf& hash_of) {
    constexpr size_t kFirst = 64;
    slots_.assign(slots_.empty() ? kFirst : slots_.size() * 2, Slot());
    generation_ = 1;
    for (uint32_t number = 0; number < count; ++number) place(hash_of(number), number);
  }

  std::vector<Slot> slots_;
  uint16_t generation_ = 1;  ///< of the slots in use; 0 never is
};

}  // namespace mysql_sync
