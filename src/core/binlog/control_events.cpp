// The small events: rotate, xid, XA prepare, incident, heartbeat.
// Formats: mysql/mysql-server libs/mysql/binlog/event/control_events.h, codecs/binary.cpp (heartbeat v2);
// MariaDB/server sql/log_event.h (the wide heartbeat).
#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/binlog/event_body.hpp"

namespace mysql_sync::binlog {

namespace {

constexpr size_t kMaxFileName = 512;
constexpr uint32_t kMaxXidPart = 64;

/// A name with control characters is not one: most likely the bytes of a checksum were taken for text.
bool is_file_name(std::string_view name) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !name.empty() && name.size() < kMaxFileName && std::none_of(name.begin(), name.end(), is_control);
}

enum HeartbeatField : uint8_t { kHeartbeatEnd = 0, kHeartbeatFile = 1, kHeartbeatOffset = 2 };

}  // namespace

/// Begins the files of MySQL 3.23 to 4.1; the events after it have other bodies than those of today.
Result<EventBody> decode_start_v3(const EventBytes&) {
  return Status(ErrorCode::kUnsupported, "binlog file of a server older than MySQL 5.0",
                "Its format has no event that describes it.",
                "Begin at a binlog file that the server wrote after it was upgraded.");
}

Result<EventBody> decode_rotate(const EventBytes& event) {
  ByteReader reader(event.body);
  RotateEvent rotate;
  rotate.offset = reader.u64();
  rotate.file = reader.rest();
  if (reader.failed() || !is_file_name(rotate.file)) return malformed_event("rotate");
  return EventBody(std::move(rotate));
}

Result<EventBody> decode_xid(const EventBytes& event) {
  ByteReader reader(event.body);
  const XidEvent xid{reader.u64()};
  if (reader.failed()) return malformed_event("xid");
  return EventBody(xid);
}

Result<EventBody> decode_xa_prepare(const EventBytes& event) {
  ByteReader reader(event.body);
  XaPrepareEvent xa;
  xa.one_phase = reader.u8() != 0;
  xa.format_id = reader.u32();
  const uint32_t gtrid_length = reader.u32();
  const uint32_t bqual_length = reader.u32();
  if (gtrid_length > kMaxXidPart || bqual_length > kMaxXidPart) return malformed_event("XA prepare");
  xa.gtrid = reader.bytes(gtrid_length);
  xa.bqual = reader.bytes(bqual_length);
  if (reader.failed()) return malformed_event("XA prepare");
  return EventBody(xa);
}

Result<EventBody> decode_incident(const EventBytes& event) {
  ByteReader reader(event.body);
  IncidentEvent incident;
  incident.number = reader.u16();
  incident.message = reader.bytes(reader.u8());
  if (reader.failed()) return malformed_event("incident");
  return EventBody(incident);
}

/// MariaDB puts an offset that needs more than 32 bits before the name, and 0 into the header.
Result<EventBody> decode_heartbeat(const EventBytes& event) {
  ByteReader reader(event.body);
  HeartbeatEvent heartbeat;
  heartbeat.offset = event.header.next_offset != 0 ? event.header.next_offset : reader.u64();
  heartbeat.file = reader.rest();
  if (reader.failed() || !is_file_name(heartbeat.file)) return malformed_event("heartbeat");
  return EventBody(std::move(heartbeat));
}

Result<EventBody> decode_heartbeat_v2(const EventBytes& event) {
  ByteReader reader(event.body);
  HeartbeatEvent heartbeat;
  while (!reader.empty()) {
    const uint64_t field = reader.length_encoded();
    if (field == kHeartbeatEnd) break;
    ByteReader value(reader.length_encoded_bytes());
    if (field == kHeartbeatFile) heartbeat.file = value.rest();
    if (field == kHeartbeatOffset) heartbeat.offset = value.length_encoded();
    if (value.failed()) reader.fail();
  }
  if (reader.failed() || !is_file_name(heartbeat.file)) return malformed_event("heartbeat");
  return EventBody(std::move(heartbeat));
}

}  // namespace mysql_sync::binlog
