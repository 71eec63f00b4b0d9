// A bump allocator for the bytes of a batch: many small copies, one release.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace mysql_sync {

/// Owns what it hands out, until clear() or its end. Not thread-safe.
class Arena {
 public:
  /// A copy of `bytes` that lives as long as the arena's content.
  std::string_view copy(std::string_view bytes) {
    if (bytes.empty()) return {};
    char* to = allocate(bytes.size(), 1);
    std::memcpy(to, bytes.data(), bytes.size());
    return {to, bytes.size()};
  }

  /// Room for `count` objects of a trivially destructible type, not initialised.
  template <typename T>
  T* allocate_array(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>, "the arena runs no destructors");
    return reinterpret_cast<T*>(allocate(count * sizeof(T), alignof(T)));
  }

  /// Bytes handed out since the last clear().
  size_t used() const { return used_; }

  /// Forgets everything; one ordinary block is kept for the next batch.
  void clear() {
    if (blocks_.size() > 1) blocks_.resize(1);
    if (!blocks_.empty() && first_size_ != kBlock) blocks_.clear();
    at_ = blocks_.empty() ? nullptr : blocks_.front().get();
    end_ = at_ == nullptr ? nullptr : at_ + kBlock;
    used_ = 0;
  }

 private:
  static constexpr size_t kBlock = size_t{1} << 20;

  char* allocate(size_t size, size_t alignment) {
    const size_t gap = (alignment - reinterpret_cast<size_t>(at_) % alignment) % alignment;
    if (at_ == nullptr || gap + size > static_cast<size_t>(end_ - at_)) return allocate_in_new_block(size);
    char* result = at_ + gap;
    at_ = result + size;
    used_ += size;
    return result;
  }

  char* allocate_in_new_block(size_t size) {
    const size_t block = size > kBlock ? size : kBlock;
    blocks_.emplace_back(new char[block]);  // not make_unique, which would write zeros to all of it
    if (blocks_.size() == 1) first_size_ = block;
    char* result = blocks_.back().get();
    at_ = result + size;
    end_ = result + block;
    used_ += size;
    return result;
  }

  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t first_size_ = 0;
  char* at_ = nullptr;
  char* end_ = nullptr;
  size_t used_ = 0;
};

}  // namespace mysql_sync
