// Binary JSON of MySQL. Input: the bytes of a value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/binlog/json_binary.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text;
  (void)mysql_sync::binlog::append_json_text({reinterpret_cast<const char*>(data), size}, &text);
  // Nothing unfolds: escapes take at most six bytes for one, and a value of three bytes prints at most 30.
  if (text.size() > 32 * (size + 16)) std::abort();
  return 0;
}
