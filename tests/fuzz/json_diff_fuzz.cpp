// Partial updates of JSON. Input: length of the text before in two bytes, that text, the diffs.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/base/byte_reader.hpp"
#include "core/binlog/json_diff.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mysql_sync::ByteReader;
  ByteReader input({reinterpret_cast<const char*>(data), size});
  const std::string before(input.bytes(input.u16()));
  const std::string diffs(input.rest());
  if (input.failed()) return 0;
  std::string after;
  if (!mysql_sync::binlog::apply_json_diffs(diffs, before, &after).ok()) return 0;
  // Nothing unfolds: spaces come behind commas and colons, values as in json_fuzz.
  if (after.size() > 2 * before.size() + 32 * (diffs.size() + 16)) std::abort();
  return 0;
}
