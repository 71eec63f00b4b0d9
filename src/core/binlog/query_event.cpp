// Format: mysql/mysql-server libs/mysql/binlog/event/statement_events.h, class Query_event; the codes from
// 128 on: MariaDB/server sql/log_event.h.
#include <algorithm>

#include "core/base/byte_reader.hpp"
#include "core/binlog/event_body.hpp"
#include "core/binlog/inflate.hpp"

namespace mysql_sync::binlog {

namespace {

constexpr size_t kPostHeaderSize = 13;
constexpr uint8_t kManyDatabases = 254;

enum StatusVariable : uint8_t {
  kFlags2 = 0,
  kSqlMode = 1,
  kCatalog = 2,
  kAutoIncrement = 3,
  kCharset = 4,
  kTimeZone = 5,
  kCatalogNz = 6,
  kLcTimeNames = 7,
  kCharsetDatabase = 8,
  kTableMapForUpdate = 9,
  kMasterDataWritten = 10,
  kInvoker = 11,
  kUpdatedDatabases = 12,
  kMicroseconds = 13,
  kExplicitDefaults = 16,
  kDdlXid = 17,
  kUtf8mb4Collation = 18,
  kRequirePrimaryKey = 19,
  kTableEncryption = 20,
  kMariadbMicroseconds = 128,
  kMariadbXid = 129
};

/// Bytes of a variable of fixed size that means nothing to us; 0 where `code` is not one.
size_t fixed_size(uint8_t code) {
  switch (code) {
    case kRequirePrimaryKey:
    case kTableEncryption:
      return 1;
    case kLcTimeNames:
    case kUtf8mb4Collation:
      return 2;
    case kFlags2:
    case kAutoIncrement:
    case kMasterDataWritten:
      return 4;
    case kTableMapForUpdate:
    case kDdlXid:
    case kMariadbXid:
      return 8;
    default:
      return 0;
  }
}

/// An empty name stands for databases that are not told, as where a foreign key refers to a table.
void read_database_names(ByteReader& reader, QueryEvent* query) {
  const uint8_t count = reader.u8();
  if (count == kManyDatabases) return;
  std::vector<std::string> names;
  bool is_whole = true;
  for (uint8_t i = 0; i < count && !reader.failed(); ++i) {
    names.emplace_back(reader.nul_terminated());
    is_whole = is_whole && !names.back().empty();
  }
  if (is_whole) query->used_databases = std::move(names);
}

/// Skips a variable without meaning for us; false if nobody knows its size.
bool skip_variable(uint8_t code, ByteReader& reader) {
  switch (code) {
    case kCatalog:
      reader.skip(size_t{reader.u8()} + 1);
      return true;
    case kCatalogNz:
      reader.skip(reader.u8());
      return true;
    case kInvoker:
      reader.skip(reader.u8());
      reader.skip(reader.u8());
      return true;
    default:
      reader.skip(fixed_size(code));
      return fixed_size(code) != 0;
  }
}

/// Variables nobody here knows end the reading: what we want has small codes and comes first.
bool read_status_variables(std::string_view variables, QueryEvent* query) {
  ByteReader reader(variables);
  while (!reader.empty()) {
    const uint8_t code = reader.u8();
    if (code == kSqlMode) {
      query->sql_mode = reader.u64();
    } else if (code == kCharset) {
      query->client_charset = reader.u16();
      query->connection_charset = reader.u16();
      query->server_charset = reader.u16();
    } else if (code == kCharsetDatabase) {
      query->database_charset = reader.u16();
    } else if (code == kUpdatedDatabases) {
      read_database_names(reader, query);
    } else if (code == kTimeZone) {
      query->time_zone = reader.bytes(reader.u8());
    } else if (code == kMicroseconds || code == kMariadbMicroseconds) {
      query->microseconds = reader.u24();
    } else if (code == kExplicitDefaults) {
      query->explicit_defaults_for_timestamp = reader.u8() != 0;
    } else if (!skip_variable(code, reader)) {
      break;
    }
  }
  return !reader.failed();
}

}  // namespace

Result<EventBody> decode_query(const EventBytes& event) {
  ByteReader reader(event.body);
  QueryEvent query;
  query.thread = reader.u32();
  reader.u32();  // seconds
  const size_t database_length = reader.u8();
  query.error = reader.u16();
  const size_t variables_length = reader.u16();
  reader.skip(std::max<size_t>(event.post_header_length, kPostHeaderSize) - kPostHeaderSize);
  const std::string_view variables = reader.bytes(variables_length);
  query.database = reader.bytes(database_length);
  if (reader.u8() != 0) reader.fail();
  query.sql = reader.rest();
  if (reader.failed() || !read_status_variables(variables, &query)) return malformed_event("query");
  return EventBody(std::move(query));
}

Result<EventBody> decode_compressed_query(const EventBytes& event) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(EventBody body, decode_query(event));
  auto& query = std::get<QueryEvent>(body);
  MYSQL_SYNC_ASSIGN_OR_RETURN(query.owned, inflate_event_part(query.sql));
  query.sql = *query.owned;
  return body;
}

}  // namespace mysql_sync::binlog
