// The events of tests/data/binlog, in order and in kind.
#include <gtest/gtest.h>

#include "unit/binlog/golden_schema.hpp"

namespace mysql_sync::binlog {
namespace {

constexpr char kMariadb[] = "binlog/mariadb-10.11.19/binlog.000001";
constexpr char kMysql56[] = "binlog/mysql-5.6.24/binlog.000001";
constexpr char kMysql9[] = "binlog/mysql-9.7.4/binlog.000001";
constexpr char kUuid[] = "abd7124e-e50d-11f1-9da2-02fc00000001";

std::vector<std::string> gtids(const DecodedBinlog& binlog) {
  std::vector<std::string> all;
  for (const GtidEvent* event : binlog.all<GtidEvent>()) {
    all.push_back(event->gtid ? event->gtid->to_string() : "anonymous");
  }
  return all;
}

const QueryEvent* find_query(const DecodedBinlog& binlog, std::string_view part) {
  for (const QueryEvent* query : binlog.all<QueryEvent>()) {
    if (query->sql.find(part) != std::string_view::npos) return query;
  }
  return nullptr;
}

TEST(GoldenEvents, FormatDescriptions) {
  for (const auto& [file, version] : std::vector<std::pair<std::string, std::string>>{
           {kMariadb, "10.11.19-MariaDB-0+deb12u1-log"}, {kMysql56, "5.6.24-log"}, {kMysql9, "9.7.4-2"}}) {
    const DecodedBinlog binlog(file);
    const auto formats = binlog.all<FormatDescriptionEvent>();
    ASSERT_EQ(formats.size(), 1U);
    EXPECT_EQ(formats[0]->server_version, version);
    EXPECT_TRUE(formats[0]->checksums);
    EXPECT_TRUE(formats[0]->begins_with_start) << file;
    ASSERT_EQ(binlog.all<RotateEvent>().size(), 1U);
    EXPECT_EQ(binlog.all<RotateEvent>()[0]->offset, 4U);
    EXPECT_TRUE(binlog.all<UnknownEvent>().empty());
  }
}

TEST(GoldenEvents, Queries) {
  for (const char* file : {kMariadb, kMysql56, kMysql9}) {
    const DecodedBinlog binlog(file);
    const QueryEvent* alter = find_query(binlog, "ALTER TABLE strings");
    ASSERT_NE(alter, nullptr) << file;
    EXPECT_EQ(alter->sql, "ALTER TABLE strings ADD COLUMN extra INT");
    EXPECT_EQ(alter->database, "golden");
    EXPECT_EQ(alter->client_charset, 33);  // utf8_general_ci
    EXPECT_EQ(alter->sql_mode, 0U);
  }
}

TEST(GoldenEvents, MyisamEndsWithACommitQuery) {
  for (const char* file : {kMariadb, kMysql56, kMysql9}) {
    EXPECT_NE(find_query(DecodedBinlog(file), "COMMIT"), nullptr) << file;
  }
}

TEST(GoldenEvents, XaPrepare) {
  for (const char* file : {kMariadb, kMysql9}) {
    const DecodedBinlog binlog(file);
    const auto prepared = binlog.all<XaPrepareEvent>();
    ASSERT_EQ(prepared.size(), 1U);
    EXPECT_EQ(prepared[0]->gtrid, "x1");
    EXPECT_EQ(prepared[0]->bqual, "");
    EXPECT_EQ(prepared[0]->format_id, 1U);
    EXPECT_FALSE(prepared[0]->one_phase);
    EXPECT_NE(find_query(binlog, "XA COMMIT X'7831',X'',1"), nullptr);
  }
}

TEST(GoldenEvents, MariadbGtids) {
  const DecodedBinlog binlog(kMariadb);
  const auto all = gtids(binlog);
  ASSERT_EQ(all.size(), 25U);
  EXPECT_EQ(all.front(), "3-7-1");
  EXPECT_EQ(all.back(), "3-7-25");
  const auto events = binlog.all<GtidEvent>();
  EXPECT_TRUE(events[0]->standalone);
  EXPECT_FALSE(events[2]->standalone);
  const DecodedBinlog next("binlog/mariadb-10.11.19/binlog.000002");
  EXPECT_EQ(next.all<GtidListEvent>().at(0)->gtids.to_string(), "3-7-25");
}

TEST(GoldenEvents, MariadbAlterInTwoPhases) {
  using Phase = GtidEvent::AlterPhase;
  std::vector<Phase> phases;
  const DecodedBinlog binlog(kMariadb);
  for (const GtidEvent* event : binlog.all<GtidEvent>()) {
    if (event->alter_phase != Phase::kWhole) phases.push_back(event->alter_phase);
  }
  EXPECT_EQ(phases, (std::vector<Phase>{Phase::kStart, Phase::kCommit}));
}

TEST(GoldenEvents, MariadbCompressedQuery) {
  const DecodedBinlog binlog(kMariadb);
  const QueryEvent* create = find_query(binlog, "CREATE TABLE packed");
  ASSERT_NE(create, nullptr);
  ASSERT_NE(create->owned, nullptr);
  EXPECT_EQ(create->sql.substr(create->sql.size() - 16), "the point of it'");
}

TEST(GoldenEvents, MysqlGtids) {
  const DecodedBinlog binlog(kMysql9);
  const auto all = gtids(binlog);
  ASSERT_EQ(all.size(), 23U);
  EXPECT_EQ(all.front(), std::string(kUuid) + ":1");
  EXPECT_EQ(all[19], std::string(kUuid) + ":tagged:1");
  EXPECT_EQ(all.back(), std::string(kUuid) + ":22");
  EXPECT_TRUE(binlog.all<GtidListEvent>().at(0)->gtids.empty());
  const DecodedBinlog next("binlog/mysql-9.7.4/binlog.000002");
  EXPECT_EQ(next.all<GtidListEvent>().at(0)->gtids.to_string(),
            std::string(kUuid) + ":1-22," + kUuid + ":tagged:1");
}

TEST(GoldenEvents, TableMapsCarryMetadata) {
  for (const char* file : {kMariadb, kMysql9}) {
    const DecodedBinlog binlog(file);
    const TableMapEvent& map = *binlog.all<TableMapEvent>().at(0);
    EXPECT_EQ(map.database, "golden");
    EXPECT_EQ(map.table, "numbers");
    ASSERT_EQ(map.column_names.size(), 21U);
    EXPECT_EQ(map.column_names[20], "b64");
    ASSERT_EQ(map.is_unsigned.size(), 21U);
    EXPECT_TRUE(map.is_unsigned[0]);
    EXPECT_FALSE(map.is_unsigned[2]);  // after a YEAR, which counts as a number
    EXPECT_TRUE(map.is_unsigned[3]);
  }
  const DecodedBinlog old(kMysql56);
  EXPECT_TRUE(old.all<TableMapEvent>().at(0)->column_names.empty());
  EXPECT_TRUE(old.all<TableMapEvent>().at(0)->is_unsigned.empty());
}

TEST(GoldenEvents, CompressedTransaction) {
  const DecodedBinlog binlog(kMysql9);
  const auto payloads = binlog.all<TransactionPayloadEvent>();
  ASSERT_EQ(payloads.size(), 1U);
  EXPECT_EQ(payloads[0]->compression, TransactionPayloadEvent::Compression::kZstd);
  EXPECT_GT(payloads[0]->uncompressed_size, 70000U);
  EXPECT_LT(payloads[0]->payload.size(), 1000U);
}

/// No prefix of a real event may be taken for a whole one, or read beyond its end (the sanitizers see that).
TEST(GoldenEvents, CutOffEventsAreRefused) {
  for (const char* file : {kMariadb, kMysql56, kMysql9}) {
    const std::string bytes = read_test_file(file);
    EventDecoder decoder;
    for (const std::string_view packet : split_binlog(bytes)) {
      for (size_t length = 0; length < packet.size(); length += 1 + length / 40) {
        EXPECT_FALSE(decoder.decode(std::string(packet.substr(0, length))).ok());
      }
      EXPECT_TRUE(decoder.decode(packet).ok());
    }
  }
}

}  // namespace
}  // namespace mysql_sync::binlog
