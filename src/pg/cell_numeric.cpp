#include "pg/cell_numeric.hpp"

namespace mysql_sync::pg {

namespace {

constexpr uint16_t kNegative = 0x4000;
constexpr size_t kGroup = 4;  // decimal digits in a digit of base 10000

class Writer {
 public:
  explicit Writer(NumericMessage* message) : message_(message) { message_->length = 0; }
  void put(size_t number) {
    message_->bytes[message_->length++] = static_cast<char>(number >> 8);
    message_->bytes[message_->length++] = static_cast<char>(number);
  }

 private:
  NumericMessage* message_;
};

bool only_digits(std::string_view text) {
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  return true;
}

/// Writes `digits` in groups of four; the first group takes `first` of them, the last is filled up with
/// zeros.
void put_groups(std::string_view digits, size_t first, Writer* writer) {
  size_t at = 0, size = first;
  while (at < digits.size()) {
    size_t group = 0;
    for (size_t i = 0; i < size; ++i, ++at) group = group * 10 + (at < digits.size() ? digits[at] - '0' : 0);
    writer->put(group);
    size = kGroup;
  }
}

}  // namespace

bool encode_numeric(std::string_view decimal, NumericMessage* message) {
  const bool negative = !decimal.empty() && decimal.front() == '-';
  if (negative) decimal.remove_prefix(1);
  const size_t point = decimal.find('.');
  std::string_view whole = decimal.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view() : decimal.substr(point + 1);
  const size_t digits = whole.size() + fraction.size();
  if (digits == 0 || digits > NumericMessage::kMostDigits) return false;
  if (!only_digits(whole) || !only_digits(fraction)) return false;
  while (!whole.empty() && whole.front() == '0') whole.remove_prefix(1);
  const size_t whole_groups = (whole.size() + kGroup - 1) / kGroup;
  Writer writer(message);
  writer.put(whole_groups + (fraction.size() + kGroup - 1) / kGroup);
  writer.put(static_cast<uint16_t>(whole_groups -
                                   1));  // the weight of the first group; -1 where all are behind the point
  writer.put(negative ? kNegative : 0);
  writer.put(fraction.size());
  put_groups(whole, whole.size() % kGroup == 0 ? kGroup : whole.size() % kGroup, &writer);
  put_groups(fraction, kGroup, &writer);
  return true;
}

}  // namespace mysql_sync::pg
