#include "core/binlog/event_decoder.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>

#include "core/base/byte_reader.hpp"
#include "core/binlog/event_body.hpp"
#include "core/binlog/pre_release.hpp"

namespace mysql_sync::binlog {

namespace {

constexpr size_t kHeaderSize = 19;
constexpr size_t kChecksumSize = 4;
constexpr size_t kServerVersionSize = 50;

Result<EventBody> ignore(const EventBytes&) { return EventBody(IgnoredEvent{}); }

Result<EventBody> decode_unknown(const EventBytes& event) {
  if ((event.header.flags & EventHeader::kIgnorableFlag) != 0) return EventBody(IgnoredEvent{});
  return EventBody(UnknownEvent{});
}

BodyDecoder find_row_decoder(EventType type) {
  switch (type) {
    case EventType::kTableMap:
      return decode_table_map;
    case EventType::kWriteRowsV0:
    case EventType::kUpdateRowsV0:
    case EventType::kDeleteRowsV0:
    case EventType::kWriteRowsV1:
    case EventType::kUpdateRowsV1:
    case EventType::kDeleteRowsV1:
    case EventType::kWriteRowsV2:
    case EventType::kUpdateRowsV2:
    case EventType::kDeleteRowsV2:
    case EventType::kPartialUpdateRows:
    case EventType::kMariadbWriteRowsCompressedV1:
    case EventType::kMariadbUpdateRowsCompressedV1:
    case EventType::kMariadbDeleteRowsCompressedV1:
    case EventType::kMariadbWriteRowsCompressed:
    case EventType::kMariadbUpdateRowsCompressed:
    case EventType::kMariadbDeleteRowsCompressed:
      return decode_rows;
    default:
      return decode_unknown;
  }
}

BodyDecoder find_decoder(EventType type) {
  switch (type) {
    case EventType::kStartV3:
      return decode_start_v3;
    case EventType::kQuery:
    case EventType::kExecuteLoadQuery:
      return decode_query;
    case EventType::kMariadbQueryCompressed:
      return decode_compressed_query;
    case EventType::kRotate:
      return decode_rotate;
    case EventType::kXid:
      return decode_xid;
    case EventType::kXaPrepare:
      return decode_xa_prepare;
    case EventType::kIncident:
      return decode_incident;
    case EventType::kHeartbeat:
      return decode_heartbeat;
    case EventType::kHeartbeatV2:
      return decode_heartbeat_v2;
    case EventType::kGtid:
      return decode_gtid;
    case EventType::kAnonymousGtid:
      return decode_anonymous_gtid;
    case EventType::kGtidTagged:
      return decode_tagged_gtid;
    case EventType::kPreviousGtids:
      return decode_previous_gtids;
    case EventType::kMariadbGtid:
      return decode_mariadb_gtid;
    case EventType::kMariadbGtidList:
      return decode_mariadb_gtid_list;
    case EventType::kTransactionPayload:
      return decode_transaction_payload;
    case EventType::kStop:
    case EventType::kIntvar:
    case EventType::kRand:
    case EventType::kUserVar:
    case EventType::kAppendBlock:
    case EventType::kDeleteFile:
    case EventType::kBeginLoadQuery:
    case EventType::kIgnorable:
    case EventType::kRowsQuery:
    case EventType::kTransactionContext:
    case EventType::kViewChange:
    case EventType::kMariadbAnnotateRows:
    case EventType::kMariadbBinlogCheckpoint:
    case EventType::kMariadbStartEncryption:
      return ignore;
    default:
      return find_row_decoder(type);
  }
}

constexpr size_t kFlagsOffset = 17;
constexpr uint8_t kInUseFlag = 1;  // LOG_EVENT_BINLOG_IN_USE_F

bool ends_with_its_checksum(std::string_view packet) {
  if (packet.size() < kHeaderSize + kChecksumSize) return false;
  const size_t length = packet.size() - kChecksumSize;
  const uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(packet.data()), length);
  return crc == ByteReader(packet.substr(length)).u32();
}

/// The flag that says that a file is still being written is set after the checksum was made.
bool format_ends_with_its_checksum(std::string_view packet) {
  std::string closed(packet);
  closed[kFlagsOffset] = static_cast<char>(closed[kFlagsOffset] & ~kInUseFlag);
  return ends_with_its_checksum(closed);
}

/// The three numbers a server version begins with, as one: "10.11.19-MariaDB" gives 101119.
uint32_t version_number(const std::string& version) {
  uint32_t number = 0;
  const char* at = version.c_str();
  for (int i = 0; i < 3; ++i) {
    char* end = nullptr;
    const uint64_t part = std::strtoul(at, &end, 10);
    number = number * 100 + static_cast<uint32_t>(std::min<uint64_t>(part, 99));
    at = *end == '.' ? end + 1 : end;
  }
  return number;
}

bool is_mariadb(const std::string& server_version) {
  return server_version.find("MariaDB") != std::string::npos;
}

/// MySQL 5.6.1 and MariaDB 5.3.0 brought checksums, and with them the algorithm and a CRC32 at the end of
/// every format description, also where the other events have none.
bool knows_checksums(const std::string& server_version) {
  return version_number(server_version) >= (is_mariadb(server_version) ? 50300U : 50601U);
}

Status unknown_checksum(uint8_t algorithm) {
  return {ErrorCode::kUnsupported,
          "unknown binlog checksum algorithm " + std::to_string(algorithm),
          {},
          "Set binlog_checksum to CRC32 or NONE on the source."};
}

Status check_size(const EventHeader& header, std::string_view packet) {
  if (header.size == packet.size()) return {};
  return {ErrorCode::kCorrupt, "binlog event of another size than its header says",
          "The header says " + std::to_string(header.size) + " bytes, " + std::to_string(packet.size()) +
              " arrived."};
}

Status check_format(const FormatDescriptionEvent& format, uint8_t header_length) {
  if (format.binlog_version != 4) {
    return {ErrorCode::kUnsupported,
            "binlog format " + std::to_string(format.binlog_version) + " is not supported",
            "It is the format of a server older than MySQL 5.0."};
  }
  if (header_length == kHeaderSize) return {};
  return {ErrorCode::kUnsupported, "binlog event headers of " + std::to_string(header_length) + " bytes",
          "Server version " + format.server_version + " wrote them. MySQL and MariaDB write 19 bytes."};
}

std::string from_pre_release_order(const std::string& lengths) {
  std::string ordered = lengths;
  for (size_t i = 0; i < lengths.size() && i < UINT8_MAX; ++i) {
    const size_t code = from_pre_release_code(static_cast<uint8_t>(i + 1));
    if (code <= ordered.size()) ordered[code - 1] = lengths[i];
  }
  return ordered;
}

struct FormatTail {
  uint8_t algorithm = 0;
  std::string post_header_lengths;
};

FormatTail split_format_tail(std::string_view rest, bool with_algorithm) {
  if (!with_algorithm) return {0, std::string(rest)};
  const size_t count = rest.size() - kChecksumSize - 1;
  return {static_cast<uint8_t>(rest[count]), std::string(rest.substr(0, count))};
}

}  // namespace

Status malformed_event(const char* what) {
  return {ErrorCode::kCorrupt, std::string("malformed ") + what + " event in the binlog"};
}

Result<EventHeader> decode_header(std::string_view packet) {
  ByteReader reader(packet);
  EventHeader header;
  header.timestamp = reader.u32();
  header.type = reader.u8();
  header.server_id = reader.u32();
  header.size = reader.u32();
  header.next_offset = reader.u32();
  header.flags = reader.u16();
  if (reader.failed()) return malformed_event("(truncated)");
  return header;
}

Result<Event> EventDecoder::decode(std::string_view packet) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(EventHeader header, decode_header(packet));
  MYSQL_SYNC_RETURN_IF_ERROR(check_size(header, packet));
  if (pre_release_codes_) header.type = from_pre_release_code(header.type);
  if (header.type == static_cast<uint8_t>(EventType::kFormatDescription)) {
    return decode_format_description(header, packet);
  }
  MYSQL_SYNC_ASSIGN_OR_RETURN(const std::string_view event, strip_checksum(header, packet));
  return decode_body(header, event);
}

Result<Event> EventDecoder::decode_embedded(std::string_view event) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const EventHeader header, decode_header(event));
  MYSQL_SYNC_RETURN_IF_ERROR(check_size(header, event));
  if (header.type == static_cast<uint8_t>(EventType::kTransactionPayload) ||
      header.type == static_cast<uint8_t>(EventType::kFormatDescription)) {
    return malformed_event("transaction payload");
  }
  return decode_body(header, event);
}

Result<Event> EventDecoder::decode_body(const EventHeader& header, std::string_view event) const {
  const BodyDecoder decoder = find_decoder(static_cast<EventType>(header.type));
  MYSQL_SYNC_ASSIGN_OR_RETURN(EventBody decoded, decoder({header, event.substr(kHeaderSize),
                                                          post_header_length(header.type), mariadb_}));
  return Event{header, std::move(decoded), event};
}

/// The Rotate that a server makes up before the first format description tells nobody whether it has a
/// checksum, so its own bytes decide. Elsewhere the format description of the file does.
Result<std::string_view> EventDecoder::strip_checksum(const EventHeader& header,
                                                      std::string_view packet) const {
  const bool made_up_rotate = header.type == static_cast<uint8_t>(EventType::kRotate) &&
                              ((header.flags & EventHeader::kArtificial) != 0 || header.next_offset == 0);
  if (!made_up_rotate && !checksums_) return packet;
  if (ends_with_its_checksum(packet)) return packet.substr(0, packet.size() - kChecksumSize);
  if (made_up_rotate) return packet;
  return Status(ErrorCode::kCorrupt, "wrong checksum of a binlog event",
                "Event type " + std::to_string(header.type) + " of " + std::to_string(header.size) +
                    " bytes, next position " + std::to_string(header.next_offset) + ".");
}

uint8_t EventDecoder::post_header_length(uint8_t type) const {
  if (type == 0 || type > post_header_lengths_.size()) return 0;
  return static_cast<uint8_t>(post_header_lengths_[type - 1]);
}

Result<Event> EventDecoder::decode_format_description(const EventHeader& header, std::string_view packet) {
  ByteReader reader(packet.substr(kHeaderSize));
  FormatDescriptionEvent format;
  format.binlog_version = reader.u16();
  const std::string_view version = reader.bytes(kServerVersionSize);
  format.server_version = version.substr(0, version.find('\0'));
  format.version = version_number(format.server_version);
  format.begins_with_start = reader.u32() != 0;  // when the file was begun; others than the first have 0
  const uint8_t header_length = reader.u8();
  const bool with_algorithm = knows_checksums(format.server_version);
  if (reader.failed() || (with_algorithm && reader.remaining() < kChecksumSize + 1)) {
    return malformed_event("format description");
  }
  MYSQL_SYNC_RETURN_IF_ERROR(check_format(format, header_length));
  FormatTail tail = split_format_tail(reader.rest(), with_algorithm);
  if (tail.algorithm > 1) return unknown_checksum(tail.algorithm);
  format.checksums = tail.algorithm == 1;
  if (format.checksums && !format_ends_with_its_checksum(packet))
    return malformed_event("format description");
  checksums_ = format.checksums;
  mariadb_ = is_mariadb(format.server_version);
  pre_release_codes_ = has_pre_release_codes(format.server_version);
  post_header_lengths_ = pre_release_codes_ ? from_pre_release_order(tail.post_header_lengths)
                                            : std::move(tail.post_header_lengths);
  return Event{header, std::move(format), packet};
}

}  // namespace mysql_sync::binlog
