// A bounded cursor over bytes that came from the network. Nothing is read past the end: the first read
// that does not fit makes the reader fail for good, and it and every later one return zero or an empty view.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace mysql_sync {

class ByteReader {
 public:
  ByteReader() = default;
  explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  /// True once any read did not fit. Check it after a group of reads, before using what they returned.
  bool failed() const { return failed_; }
  size_t remaining() const { return static_cast<size_t>(end_ - at_); }
  bool empty() const { return at_ == end_; }
  /// What is left, without moving.
  std::string_view rest() const { return {at_, remaining()}; }

  uint8_t u8() { return static_cast<uint8_t>(little_endian<1>()); }
  uint16_t u16() { return static_cast<uint16_t>(little_endian<2>()); }
  uint32_t u24() { return static_cast<uint32_t>(little_endian<3>()); }
  uint32_t u32() { return static_cast<uint32_t>(little_endian<4>()); }
  uint64_t u48() { return little_endian<6>(); }
  uint64_t u64() { return little_endian<8>(); }
  /// `width` bytes, 1 to 8, least significant first.
  uint64_t unsigned_le(size_t width) { return assemble(width, false); }
  /// `width` bytes, 1 to 8, most significant first.
  uint64_t unsigned_be(size_t width) { return assemble(width, true); }

  std::string_view bytes(size_t length) {
    if (!take(length)) return {};
    return {at_ - length, length};
  }
  void skip(size_t length) { take(length); }
  void fail() {
    failed_ = true;
    at_ = end_;
  }

  /// MySQL's length-encoded integer ("Protocol::LengthEncodedInteger" of the MySQL source documentation).
  uint64_t length_encoded() {
    const uint8_t first = u8();
    if (first < 251) return first;
    if (first == 252) return u16();
    if (first == 253) return u24();
    if (first == 254) return u64();
    fail();
    return 0;
  }
  /// A length-encoded integer followed by as many bytes.
  std::string_view length_encoded_bytes() {
    const uint64_t length = length_encoded();
    if (length > remaining()) {
      fail();
      return {};
    }
    return bytes(static_cast<size_t>(length));
  }
  /// Bytes up to a NUL, which is consumed and not returned.
  std::string_view nul_terminated() {
    const void* nul = remaining() == 0 ? nullptr : std::memchr(at_, 0, remaining());
    if (nul == nullptr) {
      fail();
      return {};
    }
    const auto length = static_cast<size_t>(static_cast<const char*>(nul) - at_);
    const std::string_view text = bytes(length);
    skip(1);
    return text;
  }

 private:
  bool take(size_t length) {
    if (length > remaining()) {
      fail();
      return false;
    }
    at_ += length;
    return true;
  }

  template <size_t width>
  uint64_t little_endian() {
    if (!take(width)) return 0;
    uint64_t value = 0;
    std::memcpy(&value, at_ - width,
                width);  // the hosts PostgreSQL and Greenplum 6 ship for are little endian
    return value;
  }

  uint64_t assemble(size_t width, bool big_endian) {
    if (width > 8 || !take(width)) {
      fail();
      return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) {
      const size_t from = big_endian ? i : width - 1 - i;
      value = value << 8 | static_cast<uint8_t>((at_ - width)[from]);
    }
    return value;
  }

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  bool failed_ = false;
};

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the binlog readers assume a little-endian host");

}  // namespace mysql_sync
