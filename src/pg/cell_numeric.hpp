// Decimal text -> the binary form that numeric_recv() reads: half the time of numeric_in(), which looks for
// NaN, exponents and spaces first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mysql_sync::pg {

/// What numeric_recv() reads: counts and digits of base 10000, 16 bits each, most significant byte first.
struct NumericMessage {
  static constexpr size_t kMostDigits = 96;  // a DECIMAL has at most 65
  char bytes[8 + 2 * (kMostDigits / 4 + 2)];
  int length = 0;
};

/// False if `decimal` is not just an optional '-', digits and an optional point among them.
bool encode_numeric(std::string_view decimal, NumericMessage* message);

}  // namespace mysql_sync::pg
