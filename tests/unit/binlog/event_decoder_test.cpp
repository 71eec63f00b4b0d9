#include "core/binlog/event_decoder.hpp"

#include <gtest/gtest.h>

#include "core/binlog/payload.hpp"
#include "unit/binlog/binlog_file.hpp"
#include "unit/binlog/event_builder.hpp"

namespace mysql_sync::binlog {
namespace {

const std::string kUuid("\x3e\x11\xfa\x47\x71\xca\x11\xe1\x9e\x33\xc8\x0a\xa9\x42\x95\x62", 16);
constexpr char kUuidText[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

/// Decodes by a decoder that knows a file without checksums.
Result<Event> decode(uint8_t type, const std::string& body, uint16_t flags = 0, uint32_t next_offset = 1000) {
  EventDecoder decoder;
  EXPECT_TRUE(decoder.decode(build_format("8.0.36", 0)).ok());
  EventSpec spec;
  spec.type = type;
  spec.flags = flags;
  spec.next_offset = next_offset;
  const std::string packet = build_event(spec, body);
  return decoder.decode(packet);
}

template <typename Body>
Body decode_as(uint8_t type, const std::string& body, uint16_t flags = 0, uint32_t next_offset = 1000) {
  auto event = decode(type, body, flags, next_offset);
  EXPECT_TRUE(event.ok()) << event.status().message();
  if (!event.ok() || !std::holds_alternative<Body>(event->body)) {
    ADD_FAILURE() << "another body";
    return {};
  }
  return std::get<Body>(event->body);
}

ErrorCode error_of(uint8_t type, const std::string& body) {
  const auto event = decode(type, body);
  return event.ok() ? ErrorCode::kInternal : event.status().code();
}

// --- checksums --------------------------------------------------------------------------------------------

TEST(EventDecoder, MadeUpRotateWithAndWithoutChecksum) {
  for (const bool checksum : {false, true}) {
    EventDecoder decoder;
    EventSpec spec;
    spec.type = 4;
    spec.flags = EventHeader::kArtificial;
    spec.next_offset = 0;
    spec.checksum = checksum;
    const auto event = decoder.decode(build_event(spec, le(4, 8) + "mysql-bin.000042"));
    ASSERT_TRUE(event.ok());
    EXPECT_EQ(std::get<RotateEvent>(event->body).file, "mysql-bin.000042");
    EXPECT_EQ(std::get<RotateEvent>(event->body).offset, 4U);
  }
}

TEST(EventDecoder, FormatDescriptionSaysWhetherThereAreChecksums) {
  EventDecoder decoder;
  const auto on = decoder.decode(build_format("5.6.24-log", 1));
  ASSERT_TRUE(on.ok());
  EXPECT_TRUE(std::get<FormatDescriptionEvent>(on->body).checksums);
  EXPECT_EQ(std::get<FormatDescriptionEvent>(on->body).server_version, "5.6.24-log");
  EventSpec spec;
  spec.type = 16;
  spec.checksum = true;
  EXPECT_TRUE(decoder.decode(build_event(spec, le(77, 8))).ok());
  spec.checksum = false;
  const auto without = decoder.decode(build_event(spec, le(77, 8)));
  ASSERT_FALSE(without.ok());
  EXPECT_EQ(without.status().code(), ErrorCode::kCorrupt);

  ASSERT_TRUE(decoder.decode(build_format("5.6.24-log", 0)).ok());
  EXPECT_TRUE(decoder.decode(build_event(spec, le(77, 8))).ok());
}

TEST(EventDecoder, ServersBeforeChecksumsHaveNoAlgorithm) {
  for (const char* version : {"5.1.73-log", "5.5.62", "5.2.14-MariaDB"}) {
    EventDecoder decoder;
    const auto event = decoder.decode(build_format(version, -1));
    ASSERT_TRUE(event.ok()) << version;
    EXPECT_FALSE(std::get<FormatDescriptionEvent>(event->body).checksums);
  }
  for (const char* version :
       {"5.3.12-MariaDB", "5.5.68-MariaDB", "10.0.38-MariaDB-log", "8.4.0", "9.7.4-2"}) {
    EventDecoder decoder;
    const auto event = decoder.decode(build_format(version, 1));
    ASSERT_TRUE(event.ok()) << version;
    EXPECT_TRUE(std::get<FormatDescriptionEvent>(event->body).checksums);
  }
}

TEST(EventDecoder, FormatDescriptionOfAFileStillWritten) {
  std::string packet = build_format("8.0.36", 1);
  packet[17] = 1;  // LOG_EVENT_BINLOG_IN_USE_F, set after the checksum was made
  EXPECT_TRUE(EventDecoder().decode(packet).ok());
}

TEST(EventDecoder, RefusesOtherFormats) {
  EventDecoder decoder;
  EXPECT_EQ(decoder.decode(build_format("8.0.36", 2)).status().code(), ErrorCode::kUnsupported);
  std::string old = build_format("4.1.22", -1);
  old[19] = 3;
  EXPECT_EQ(decoder.decode(old).status().code(), ErrorCode::kUnsupported);
}

TEST(EventDecoder, SizeOfTheHeaderMustBeThatOfThePacket) {
  EventSpec spec;
  spec.type = 16;
  std::string packet = build_event(spec, le(77, 8));
  EventDecoder decoder;
  EXPECT_TRUE(decoder.decode(packet).ok());
  EXPECT_FALSE(decoder.decode(packet + "x").ok());
  EXPECT_FALSE(decoder.decode(packet.substr(0, 20)).ok());
  EXPECT_FALSE(decoder.decode(packet.substr(0, 18)).ok());
  EXPECT_FALSE(decoder.decode("").ok());
}

// --- small events -----------------------------------------------------------------------------------------

TEST(EventDecoder, Heartbeats) {
  const auto plain = decode_as<HeartbeatEvent>(27, "bin.000007", 0, 4711);
  EXPECT_EQ(plain.file, "bin.000007");
  EXPECT_EQ(plain.offset, 4711U);
  const auto wide = decode_as<HeartbeatEvent>(27, le(5000000000, 8) + "bin.000007", 0, 0);
  EXPECT_EQ(wide.file, "bin.000007");
  EXPECT_EQ(wide.offset, 5000000000U);
  const auto second = decode_as<HeartbeatEvent>(41, le(1, 1) + counted("bin.000008") + le(2, 1) +
                                                        counted("\xfe" + le(5000000000, 8)) + le(9, 1) +
                                                        counted("?") + le(0, 1));
  EXPECT_EQ(second.file, "bin.000008");
  EXPECT_EQ(second.offset, 5000000000U);
  EXPECT_EQ(error_of(41, le(1, 1) + le(200, 1)), ErrorCode::kCorrupt);
}

TEST(EventDecoder, RotateNeedsAName) {
  EXPECT_EQ(error_of(4, le(4, 8)), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of(4, le(4, 8) + "bin.000001\x01\x02"), ErrorCode::kCorrupt);
}

TEST(EventDecoder, IncidentAndXaPrepare) {
  EventDecoder decoder;
  EventSpec spec;
  spec.type = 26;
  const std::string incident = build_event(spec, le(1, 2) + counted("lost events"));
  EXPECT_EQ(std::get<IncidentEvent>(decoder.decode(incident)->body).message, "lost events");
  spec.type = 38;
  const std::string xa = build_event(spec, le(1, 1) + le(9, 4) + le(2, 4) + le(1, 4) + "abc");
  const auto event = decoder.decode(xa);
  ASSERT_TRUE(event.ok());
  const auto& body = std::get<XaPrepareEvent>(event->body);
  EXPECT_TRUE(body.one_phase);
  EXPECT_EQ(body.format_id, 9U);
  EXPECT_EQ(body.gtrid, "ab");
  EXPECT_EQ(body.bqual, "c");
  EXPECT_EQ(error_of(38, le(1, 1) + le(9, 4) + le(65, 4) + le(0, 4) + std::string(65, 'x')),
            ErrorCode::kCorrupt);
}

TEST(EventDecoder, UnknownEventsAreToldFromIgnorableOnes) {
  decode_as<UnknownEvent>(99, "whatever");
  decode_as<IgnoredEvent>(99, "whatever", EventHeader::kIgnorableFlag);
  decode_as<IgnoredEvent>(29, "\x05query");
  decode_as<IgnoredEvent>(3, "");
}

TEST(EventDecoder, Query) {
  EventDecoder decoder;
  ASSERT_TRUE(decoder.decode(build_format("8.0.36", 0)).ok());
  const std::string variables =
      le(0, 1) + le(0, 4) + le(1, 1) + le(0x40000004, 8) + le(6, 1) + counted("std") + le(4, 1) + le(33, 2) +
      le(45, 2) + le(8, 2) + le(5, 1) + counted("SYSTEM") + le(8, 1) + le(7, 2) + le(12, 1) + le(1, 1) +
      std::string("shop\0", 5) + le(13, 1) + le(250000, 3) + le(16, 1) + le(0, 1) + le(99, 1) + "unknown";
  EventSpec spec;
  spec.type = 2;
  const std::string packet =
      build_event(spec, le(1, 4) + le(2, 4) + le(4, 1) + le(0, 2) + le(variables.size(), 2) + variables +
                            std::string("shop\0", 5) + "DROP TABLE t");
  const auto event = decoder.decode(packet);
  ASSERT_TRUE(event.ok());
  const auto& query = std::get<QueryEvent>(event->body);
  EXPECT_EQ(query.database, "shop");
  EXPECT_EQ(query.sql, "DROP TABLE t");
  EXPECT_EQ(query.sql_mode, 0x40000004U);
  EXPECT_EQ(query.client_charset, 33);
  EXPECT_EQ(query.server_charset, 8);
  EXPECT_EQ(query.database_charset, 7);
  EXPECT_EQ(query.microseconds, 250000U);
  EXPECT_EQ(query.explicit_defaults_for_timestamp, std::optional<bool>(false));
}

// --- GTIDs ------------------------------------------------------------------------------------------------

TEST(EventDecoder, Gtids) {
  const auto gtid = decode_as<GtidEvent>(33, le(1, 1) + kUuid + le(23, 8) + le(2, 1) + le(1, 8) + le(2, 8));
  EXPECT_EQ(gtid.gtid->to_string(), std::string(kUuidText) + ":23");
  EXPECT_FALSE(decode_as<GtidEvent>(34, le(1, 1) + std::string(24, '\0')).gtid.has_value());
  EXPECT_EQ(error_of(33, le(1, 1) + kUuid + le(0, 8)), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of(33, le(1, 1) + kUuid), ErrorCode::kCorrupt);
}

TEST(EventDecoder, PreviousGtids) {
  const std::string intervals = le(2, 8) + le(1, 8) + le(6, 8) + le(8, 8) + le(9, 8);
  const auto plain = decode_as<GtidListEvent>(35, le(1, 8) + kUuid + intervals);
  EXPECT_EQ(plain.gtids.to_string(), std::string(kUuidText) + ":1-5:8");
  const std::string tagged_count = le(1, 1) + le(1, 6) + le(1, 1);
  const auto tagged = decode_as<GtidListEvent>(35, tagged_count + kUuid + le(3 << 1, 1) + "tag" + intervals);
  EXPECT_EQ(tagged.gtids.to_string(), std::string(kUuidText) + ":tag:1-5:8");
  EXPECT_EQ(error_of(35, le(1, 8) + kUuid + le(UINT64_MAX, 8)), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of(35, le(1, 8) + kUuid + le(1, 8) + le(5, 8) + le(5, 8)), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of(35, le(uint64_t{2} << 56, 8)), ErrorCode::kUnsupported);
}

TEST(EventDecoder, MariadbGtids) {
  const std::string id = le(42, 8) + le(3, 4);
  const auto plain = decode_as<GtidEvent>(162, id + le(0, 1) + std::string(6, '\0'));
  EXPECT_EQ(plain.gtid->to_string(), "3-7-42");
  EXPECT_FALSE(plain.standalone);
  const auto grouped = decode_as<GtidEvent>(162, id + le(1 | 2, 1) + le(5, 8) + le(4, 1) + le(41, 8));
  EXPECT_TRUE(grouped.standalone);
  EXPECT_EQ(grouped.alter_phase, GtidEvent::AlterPhase::kCommit);
  const std::string xid = le(7, 4) + le(2, 1) + le(1, 1) + "abc";
  const auto prepared = decode_as<GtidEvent>(162, id + le(64, 1) + xid);
  EXPECT_EQ(prepared.prepares_xa->to_string(), "X'6162',X'63',7");
  EXPECT_FALSE(decode_as<GtidEvent>(162, id + le(128 | 1, 1) + xid).prepares_xa.has_value());
  EXPECT_EQ(error_of(162, id + le(64, 1) + le(7, 4) + le(9, 1) + le(0, 1) + "abc"), ErrorCode::kCorrupt);
  const auto list = decode_as<GtidListEvent>(
      163, le(2, 4) + le(0, 4) + le(1, 4) + le(5, 8) + le(0, 4) + le(2, 4) + le(6, 8));
  EXPECT_EQ(list.gtids.to_string(), "0-2-6");
  EXPECT_EQ(error_of(163, le(0x0fffffff, 4)), ErrorCode::kCorrupt);
}

// --- rows -------------------------------------------------------------------------------------------------

TEST(EventDecoder, RowsOfAllVersions) {
  const std::string head = le(5, 6) + le(1, 2);
  const std::string tail = le(2, 1) + le(3, 1) + "rows";
  for (const auto& [type, extra] : std::vector<std::pair<uint8_t, std::string>>{
           {20, ""}, {23, ""}, {30, le(2, 2)}, {30, le(5, 2) + "abc"}}) {
    EventDecoder decoder;
    EventSpec spec;
    spec.type = type;
    const std::string packet = build_event(spec, head + extra + tail);
    const auto event = decoder.decode(packet);
    ASSERT_TRUE(event.ok());
    const auto& rows = std::get<RowsEvent>(event->body);
    EXPECT_EQ(rows.kind, RowsEvent::Kind::kInsert);
    EXPECT_EQ(rows.table_id, 5U);
    EXPECT_TRUE(rows.statement_end);
    EXPECT_EQ(rows.column_count, 2U);
    EXPECT_EQ(rows.rows, "rows");
  }
  EXPECT_EQ(error_of(30, head + le(1, 2) + tail), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of(23, head + le(0xfe, 1) + le(UINT64_MAX, 8)), ErrorCode::kCorrupt);
}

TEST(EventDecoder, UpdatesBeforeMysql51HaveOneBitmap) {
  EventDecoder decoder;
  EventSpec spec;
  spec.type = 21;
  const std::string packet = build_event(spec, le(5, 6) + le(1, 2) + le(2, 1) + le(3, 1) + "rows");
  const auto event = decoder.decode(packet);
  ASSERT_TRUE(event.ok());
  const auto& rows = std::get<RowsEvent>(event->body);
  EXPECT_TRUE(rows.pre_release);
  EXPECT_EQ(rows.present_after, "\x03");
  EXPECT_EQ(rows.rows, "rows");
}

TEST(EventDecoder, TableIdsOfFourBytes) {
  EventDecoder decoder;
  std::string lengths(40, '\0');
  lengths[19 - 1] = 6;
  lengths[23 - 1] = 6;
  ASSERT_TRUE(decoder.decode(build_format("5.1.3-alpha", -1, lengths)).ok());
  EventSpec spec;
  spec.type = 23;
  const std::string packet = build_event(spec, le(9, 4) + le(0, 2) + le(1, 1) + le(1, 1) + "x");
  const auto event = decoder.decode(packet);
  ASSERT_TRUE(event.ok());
  EXPECT_EQ(std::get<RowsEvent>(event->body).table_id, 9U);
  EXPECT_EQ(std::get<RowsEvent>(event->body).rows, "x");
}

TEST(EventDecoder, TableMapHidesLengthAndTypeInTheMetadata) {
  // CHAR(255) in utf8mb4 (1020 bytes), ENUM of one byte, BIT(13), DECIMAL(10,2), VARCHAR of 900 bytes
  const std::string types("\xfe\xfe\x10\xf6\x0f", 5);
  const std::string metadata("\xce\xfc\xf7\x01\x05\x01\x0a\x02\x84\x03", 10);
  const auto map = decode_as<TableMapEvent>(19, le(5, 6) + le(1, 2) + counted("d") + le(0, 1) + counted("t") +
                                                    le(0, 1) + counted(types) + counted(metadata) + le(2, 1) +
                                                    le(1, 1) + counted("\x80"));
  ASSERT_EQ(map.columns.size(), 5U);
  EXPECT_EQ(map.columns[0].type, 0xfe);
  EXPECT_EQ(map.columns[0].metadata, 1020);
  EXPECT_EQ(map.columns[1].type, 0xf7);
  EXPECT_EQ(map.columns[1].metadata, 1);
  EXPECT_EQ(map.columns[2].metadata, 13);
  EXPECT_EQ(map.columns[3].metadata, 10 << 8 | 2);
  EXPECT_EQ(map.columns[4].metadata, 900);
  EXPECT_FALSE(map.columns[0].nullable);
  EXPECT_TRUE(map.columns[1].nullable);
  ASSERT_EQ(map.is_unsigned.size(), 5U);
  EXPECT_TRUE(map.is_unsigned[3]);
}

std::string table_map_body(const std::string& types, const std::string& metadata) {
  return le(5, 6) + le(1, 2) + counted("d") + le(0, 1) + counted("t") + le(0, 1) + counted(types) +
         counted(metadata) + std::string((types.size() + 7) / 8, '\0');
}

TEST(EventDecoder, TableMapOfMultiValuedIndexes) {
  // arrays of VARCHAR (three bytes of length), LONGLONG and DECIMAL(5,2), an INT after each
  const std::string types("\x14\x03\x14\x03\x14\x0f", 6);
  const std::string metadata("\x0f\x00\x01\x00\x08\xf6\x05\x02\x84\x03", 10);
  const auto map = decode_as<TableMapEvent>(19, table_map_body(types, metadata));
  ASSERT_EQ(map.columns.size(), 6U);
  EXPECT_EQ(map.columns[5].metadata, 900);
  EXPECT_FALSE(map.unknown_type.has_value());
  EXPECT_EQ(error_of(19, table_map_body("\x14", "")), ErrorCode::kCorrupt);
}

TEST(EventDecoder, TableMapOfColumnsFromMysql41) {
  // What was VARCHAR(10) and VARCHAR(200) in utf8 there: VAR_STRING, described as if it were CHAR.
  const auto map =
      decode_as<TableMapEvent>(19, table_map_body("\xfd\xfd", std::string("\xfe\x1e\xde\x58", 4)));
  EXPECT_EQ(map.columns[0].type, 0xfd);
  EXPECT_EQ(map.columns[0].metadata, 30);
  EXPECT_EQ(map.columns[1].type, 0xfd);
  EXPECT_EQ(map.columns[1].metadata, 600);
}

TEST(EventDecoder, UnknownColumnTypesConcernTheirTableOnly) {
  const auto map = decode_as<TableMapEvent>(19, table_map_body("\x03\xc8", "\x01\x02\x03"));
  ASSERT_TRUE(map.unknown_type.has_value());
  EXPECT_EQ(*map.unknown_type, 0xc8);
  const auto decoder = RowDecoder::create(map, make_schema("d", "t", {{"a", "int", ""}, {"b", "int", ""}}));
  ASSERT_FALSE(decoder.ok());
  EXPECT_EQ(decoder.status().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(decoder.status().message(), "table d.t: unknown column type 200 in the binlog");
}

TEST(EventDecoder, TableMapMustBeConsistent) {
  const std::string head = le(5, 6) + le(1, 2) + counted("d") + le(0, 1) + counted("t") + le(0, 1);
  EXPECT_EQ(error_of(19, head + counted("\x0f") + counted("\x01") + le(0, 1)), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of(19, head + le(0xfd, 1) + le(5000, 3)), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of(19, head + counted("\x03") + counted("") + le(0, 1) + le(4, 1) +
                             counted(counted("a") + counted("b"))),
            ErrorCode::kCorrupt);
}

// --- compression ------------------------------------------------------------------------------------------

TEST(EventDecoder, CompressedEventsAreChecked) {
  const std::string head = le(5, 6) + le(1, 2) + le(1, 1) + le(1, 1);
  EXPECT_EQ(error_of(166, head), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of(166, head + "\x84\xff\xff\xff\xff" + "x"), ErrorCode::kCorrupt);  // 4 GiB out of a byte
  EXPECT_EQ(error_of(166, head + "\x81\x05not zlib data"), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of(166, head + "\x91\x05" + std::string(20, 'x')), ErrorCode::kUnsupported);
}

Result<bool> read_payload(TransactionPayloadEvent::Compression compression, const std::string& bytes,
                          uint64_t size, std::vector<std::string>* events) {
  auto reader = PayloadReader::create({compression, size, bytes});
  if (!reader.ok()) return reader.status();
  for (;;) {
    std::string_view event;
    auto more = reader->next(&event);
    if (!more.ok() || !*more) return more;
    events->emplace_back(event);
  }
}

TEST(PayloadReader, PlainPayload) {
  EventSpec spec;
  spec.type = 16;
  const std::string first = build_event(spec, le(1, 8));
  const std::string second = build_event(spec, std::string(3000000, 'x'));
  std::vector<std::string> events;
  const auto kNone = TransactionPayloadEvent::Compression::kNone;
  EXPECT_TRUE(read_payload(kNone, first + second, first.size() + second.size(), &events).ok());
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0], first);
  EXPECT_EQ(events[1], second);
  EXPECT_FALSE(read_payload(kNone, first + second, first.size(), &events).ok());
  EXPECT_FALSE(read_payload(kNone, first + second.substr(0, 100), 0, &events).ok());
  EXPECT_FALSE(read_payload(kNone, first + "x", 0, &events).ok());
  EXPECT_TRUE(read_payload(kNone, "", 0, &events).ok());
}

TEST(PayloadReader, RefusesHugeEventsBeforeItReadsThem) {
  const std::string header = le(0, 9) + le(0xffffffff, 4) + le(0, 6);
  std::vector<std::string> events;
  const auto kNone = TransactionPayloadEvent::Compression::kNone;
  EXPECT_EQ(read_payload(kNone, header, 0, &events).status().code(), ErrorCode::kUnsupported);
  EXPECT_EQ(read_payload(kNone, le(0, 19), 0, &events).status().code(), ErrorCode::kCorrupt);
  const auto kZstd = TransactionPayloadEvent::Compression::kZstd;
  EXPECT_EQ(read_payload(kZstd, "no zstd data", 0, &events).status().code(), ErrorCode::kCorrupt);
}

TEST(EventDecoder, PayloadHeader) {
  const std::string fields = le(2, 1) + counted(std::string("\xfc\xff\x00", 3)) + le(3, 1) + counted("\x05") +
                             le(1, 1) + counted("\x05") + le(0, 1);
  const auto payload = decode_as<TransactionPayloadEvent>(40, fields + "bytes");
  EXPECT_EQ(payload.compression, TransactionPayloadEvent::Compression::kNone);
  EXPECT_EQ(payload.uncompressed_size, 5U);
  EXPECT_EQ(error_of(40, fields + "byte"), ErrorCode::kCorrupt);
  EXPECT_EQ(error_of(40, le(2, 1) + counted("\x07") + le(1, 1) + counted(le(0, 1)) + le(0, 1)),
            ErrorCode::kUnsupported);
}

TEST(EventDecoder, PayloadsDoNotNest) {
  EventSpec spec;
  spec.type = 40;
  EXPECT_EQ(EventDecoder().decode_embedded(build_event(spec, "x")).status().code(), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace mysql_sync::binlog
