// Packed decimals: what unpacks is a number of the type, and packed again it gives the same bytes. Input:
// precision, scale, then the bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/binlog/packed_decimal.hpp"

namespace {

using namespace mysql_sync::binlog;  // NOLINT(google-build-using-namespace)

constexpr size_t kGroup = 9;

void require(bool condition) {
  if (!condition) std::abort();
}

/// A group of up to nine digits, in as many bytes as they need at most.
std::string pack_group(std::string_view digits) {
  static constexpr size_t kBytes[] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
  uint64_t value = 0;
  for (const char c : digits) value = value * 10 + static_cast<uint64_t>(c - '0');
  std::string bytes;
  for (size_t i = kBytes[digits.size()]; i > 0; --i) bytes += static_cast<char>(value >> (8 * (i - 1)));
  return bytes;
}

std::string pack(std::string_view text, size_t precision, size_t scale) {
  const bool negative = text.front() == '-';
  if (negative) text.remove_prefix(1);
  const size_t point = text.find('.');
  require((point == std::string_view::npos) == (scale == 0));
  std::string whole(text.substr(0, point));
  const std::string_view fraction = scale == 0 ? std::string_view() : text.substr(point + 1);
  require(!whole.empty() && fraction.size() == scale);
  require(whole == "0" || whole.front() != '0');
  if (precision == scale) {
    require(whole == "0");
    whole.clear();
  }
  require(whole.size() <= precision - scale);
  whole.insert(0, precision - scale - whole.size(), '0');
  std::string packed = pack_group(std::string_view(whole).substr(0, whole.size() % kGroup));
  for (size_t i = whole.size() % kGroup; i < whole.size(); i += kGroup)
    packed += pack_group(whole.substr(i, kGroup));
  for (size_t i = 0; i < scale; i += kGroup) packed += pack_group(fraction.substr(i, kGroup));
  packed.front() = static_cast<char>(packed.front() ^ 0x80);
  for (char& c : packed) c = static_cast<char>(negative ? ~c : c);
  return packed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t precision = data[0] % 90, scale = data[1] % 90;
  const std::string_view packed(reinterpret_cast<const char*>(data + 2), size - 2);
  const size_t expected = packed_decimal_size(static_cast<unsigned>(precision), static_cast<unsigned>(scale));
  const std::string bytes(packed.substr(0, expected));  // of its own, for the sanitizer to see the end
  char text[kMaxDecimalText];
  const size_t length =
      unpack_decimal(bytes, static_cast<unsigned>(precision), static_cast<unsigned>(scale), text);
  require(length <= kMaxDecimalText);
  if (length != 0) require(pack({text, length}, precision, scale) == bytes);
  return 0;
}
