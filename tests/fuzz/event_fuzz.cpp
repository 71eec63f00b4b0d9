// EventDecoder and PayloadReader. Input: events one after another, each as type, flags, length of the body in
// two bytes, body. The headers are made here, and no checksums, so that mutations get past both.
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/byte_reader.hpp"
#include "core/binlog/event_decoder.hpp"
#include "core/binlog/payload.hpp"

namespace {

using mysql_sync::ByteReader;
using namespace mysql_sync::binlog;  // NOLINT(google-build-using-namespace)

constexpr size_t kMaxEmbedded = 200;  // a small zstd frame holds a great many events

std::string number(uint64_t value, size_t width) { return {reinterpret_cast<const char*>(&value), width}; }

std::string packet_of(uint8_t type, uint8_t flags, std::string_view body) {
  return number(1700000000, 4) + number(type, 1) + number(1, 4) + number(19 + body.size(), 4) +
         number(type == 27 && (flags & 1) != 0 ? 0 : 4711, 4) + number(flags, 2) + std::string(body);
}

std::string format_description() {
  std::string body = number(4, 2) + "8.0.36" + std::string(44, '\0') + number(0, 4) + number(19, 1);
  body += std::string(40, '\0') + number(0, 1) + number(0, 4);
  return packet_of(15, 0, body);
}

void read_payload(EventDecoder& decoder, const Event& event) {
  const auto* payload = std::get_if<TransactionPayloadEvent>(&event.body);
  if (payload == nullptr) return;
  auto reader = PayloadReader::create(*payload);
  std::string_view embedded;
  for (size_t i = 0; reader.ok() && i < kMaxEmbedded; ++i) {
    const auto more = reader->next(&embedded);
    if (!more.ok() || !*more) return;
    (void)decoder.decode_embedded(embedded);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  EventDecoder decoder;
  (void)decoder.decode(format_description());
  ByteReader input({reinterpret_cast<const char*>(data), size});
  while (!input.empty()) {
    const uint8_t type = input.u8();
    const uint8_t flags = input.u8();
    const std::string packet = packet_of(type, flags, input.bytes(input.u16()));
    if (input.failed()) break;
    const auto event = decoder.decode(packet);
    if (event.ok()) read_payload(decoder, *event);
  }
  return 0;
}
