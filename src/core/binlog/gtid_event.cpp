// The events that carry GTIDs.
// Formats: mysql/mysql-server libs/mysql/binlog/event/control_events.h and libs/mysql/serialization/readme.md
// (tagged), sql/rpl_gtid_set.cc (sets); MariaDB/server sql/log_event.h (Gtid_log_event, Gtid_list_log_event).
#include "core/base/byte_reader.hpp"
#include "core/binlog/event_body.hpp"

namespace mysql_sync::binlog {

namespace {

constexpr size_t kUuidSize = 16;
constexpr size_t kMaxTagSize = 32;

std::string uuid_text(std::string_view uuid) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < uuid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    const auto byte = static_cast<uint8_t>(uuid[i]);
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

/// Unsigned integer of MySQL's serialization library: as many bytes follow the first as it has trailing ones.
uint64_t serialized_unsigned(ByteReader& reader) {
  const uint8_t first = reader.u8();
  if (first == 0xff) return reader.u64();
  unsigned extra = 0;
  while ((first >> extra & 1) != 0) ++extra;
  const uint64_t low = first >> (extra + 1);
  return extra == 0 ? low : reader.unsigned_le(extra) << (7 - extra) | low;
}

/// Signed: the lowest bit is the sign, and negative numbers are counted from -1.
int64_t serialized_signed(ByteReader& reader) {
  const uint64_t coded = serialized_unsigned(reader);
  const auto magnitude = static_cast<int64_t>(coded >> 1);
  return (coded & 1) != 0 ? -magnitude - 1 : magnitude;
}

std::string_view serialized_tag(ByteReader& reader) {
  const uint64_t length = serialized_unsigned(reader);
  if (length > kMaxTagSize) reader.fail();
  return reader.bytes(static_cast<size_t>(length));
}

/// An array of fixed size in the serialization library: each byte is an integer of its own.
std::string serialized_uuid(ByteReader& reader) {
  std::string uuid;
  for (size_t i = 0; i < kUuidSize; ++i) uuid += static_cast<char>(serialized_unsigned(reader));
  return uuid;
}

std::string source_name(std::string_view uuid, std::string_view tag) {
  std::string source = uuid_text(uuid);
  if (!tag.empty()) source.append(":").append(tag);
  return source;
}

EventBody gtid_body(std::string source, uint64_t number) {
  GtidEvent event;
  event.gtid.emplace();
  event.gtid->source = std::move(source);
  event.gtid->number = number;
  return event;
}

bool is_transaction_number(int64_t number) { return number >= 1 && number < INT64_MAX; }

/// Intervals are half open in the binlog, and come in order.
bool read_intervals(ByteReader& reader, const std::string& source, GtidSet* set) {
  const uint64_t count = reader.u64();
  if (count > reader.remaining() / 16) return false;
  uint64_t previous = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t first = reader.u64();
    const uint64_t end = reader.u64();
    if (first <= previous || end <= first || end > INT64_MAX) return false;
    set->add_interval(source, first, end - 1);
    previous = end;
  }
  return true;
}

}  // namespace

Result<EventBody> decode_gtid(const EventBytes& event) {
  ByteReader reader(event.body);
  reader.u8();  // flags
  const std::string_view uuid = reader.bytes(kUuidSize);
  const auto number = static_cast<int64_t>(reader.u64());
  if (reader.failed() || !is_transaction_number(number)) return malformed_event("GTID");
  return gtid_body(source_name(uuid, {}), static_cast<uint64_t>(number));
}

Result<EventBody> decode_anonymous_gtid(const EventBytes&) { return EventBody(GtidEvent{}); }

/// Fields in the order of their numbers; the first four (flags, uuid, number, tag) are always there.
Result<EventBody> decode_tagged_gtid(const EventBytes& event) {
  ByteReader reader(event.body);
  const uint64_t version = serialized_unsigned(reader);
  if (version != 1) {
    return Status(ErrorCode::kUnsupported, "tagged GTID event of version " + std::to_string(version));
  }
  serialized_unsigned(reader);  // size
  serialized_unsigned(reader);  // last field that must be understood
  std::string uuid, tag;
  int64_t number = 0;
  for (uint64_t field = 0; field < 4 && !reader.failed(); ++field) {
    if (serialized_unsigned(reader) != field) reader.fail();
    if (field == 0) serialized_unsigned(reader);
    if (field == 1) uuid = serialized_uuid(reader);
    if (field == 2) number = serialized_signed(reader);
    if (field == 3) tag = serialized_tag(reader);
  }
  if (reader.failed() || !is_transaction_number(number)) return malformed_event("tagged GTID");
  return gtid_body(source_name(uuid, tag), static_cast<uint64_t>(number));
}

/// The top byte of the count is the format: 0 without tags, 1 with (then the count is shifted by a byte too).
Result<EventBody> decode_previous_gtids(const EventBytes& event) {
  ByteReader reader(event.body);
  uint64_t count = reader.u64();
  const uint64_t format = count >> 56;
  if (format > 1) {
    return Status(ErrorCode::kUnsupported, "GTID set of format " + std::to_string(format) + " in the binlog");
  }
  if (format == 1) count = (count & 0x00ffffffffffff00U) >> 8;
  GtidListEvent list;
  for (uint64_t i = 0; i < count && !reader.failed(); ++i) {
    const std::string_view uuid = reader.bytes(kUuidSize);
    const std::string_view tag = format == 1 ? serialized_tag(reader) : std::string_view();
    if (!read_intervals(reader, source_name(uuid, tag), &list.gtids)) reader.fail();
  }
  if (reader.failed()) return malformed_event("previous GTIDs");
  return EventBody(std::move(list));
}

namespace {

enum MariadbGtidFlag : uint8_t { kStandalone = 1, kGroupCommitId = 2, kPreparedXa = 64, kCompletedXa = 128 };
enum MariadbExtraFlag : uint8_t { kMultiEngine = 1, kStartAlter = 2, kCommitAlter = 4, kRollbackAlter = 8 };

XaId read_mariadb_xid(ByteReader& reader) {
  XaId xid;
  xid.format_id = reader.u32();
  const size_t gtrid = reader.u8();
  const size_t bqual = reader.u8();
  xid.gtrid = reader.bytes(gtrid);
  xid.bqual = reader.bytes(bqual);
  return xid;
}

GtidEvent::AlterPhase alter_phase(uint8_t extra_flags) {
  if ((extra_flags & kStartAlter) != 0) return GtidEvent::AlterPhase::kStart;
  if ((extra_flags & kCommitAlter) != 0) return GtidEvent::AlterPhase::kCommit;
  if ((extra_flags & kRollbackAlter) != 0) return GtidEvent::AlterPhase::kRollback;
  return GtidEvent::AlterPhase::kWhole;
}

}  // namespace

Result<EventBody> decode_mariadb_gtid(const EventBytes& event) {
  ByteReader reader(event.body);
  GtidEvent body;
  Gtid& gtid = body.gtid.emplace();
  gtid.mariadb = true;
  gtid.server_id = event.header.server_id;
  gtid.number = reader.u64();
  gtid.domain = reader.u32();
  const uint8_t flags = reader.u8();
  body.standalone = (flags & kStandalone) != 0;
  if ((flags & kGroupCommitId) != 0) reader.u64();
  if ((flags & (kPreparedXa | kCompletedXa)) != 0) {
    XaId xid = read_mariadb_xid(reader);
    if ((flags & kPreparedXa) != 0) body.prepares_xa = std::move(xid);
  }
  if (reader.failed()) return malformed_event("MariaDB GTID");
  if (!reader.empty()) body.alter_phase = alter_phase(reader.u8());
  return EventBody(std::move(body));
}

/// Within a domain the last of the list is the newest.
Result<EventBody> decode_mariadb_gtid_list(const EventBytes& event) {
  ByteReader reader(event.body);
  const uint32_t count = reader.u32() & 0x0fffffff;  // the top four bits are flags
  if (count > reader.remaining() / 16) return malformed_event("MariaDB GTID list");
  GtidListEvent list;
  for (uint32_t i = 0; i < count; ++i) {
    Gtid gtid;
    gtid.mariadb = true;
    gtid.domain = reader.u32();
    gtid.server_id = reader.u32();
    gtid.number = reader.u64();
    list.gtids.add(gtid);
  }
  if (reader.failed()) return malformed_event("MariaDB GTID list");
  return EventBody(std::move(list));
}

}  // namespace mysql_sync::binlog
