// Format: mysql/mysql-server libs/mysql/binlog/event/rows_event.h, class Rows_event. The codes 20 to 22 of
// the releases before MySQL 5.1 was final have the head of version 1 but for one bitmap only, and other rows
// (MySQL 5.5 sql/log_event_old.cc, sql/rpl_record_old.cc).
#include "core/base/byte_reader.hpp"
#include "core/binlog/event_body.hpp"
#include "core/binlog/inflate.hpp"

namespace mysql_sync::binlog {

namespace {

constexpr uint64_t kMaxColumns = 4096;
constexpr uint8_t kPostHeaderWithShortTableId = 6;
constexpr uint16_t kStatementEnd = 1;
constexpr uint16_t kNoForeignKeyChecks = 2;

struct Layout {
  RowsEvent::Kind kind;
  bool has_extra_data;  // version 2
  bool compressed;      // MariaDB
};

Layout layout_of(EventType type) {
  using Kind = RowsEvent::Kind;
  switch (type) {
    case EventType::kWriteRowsV0:
    case EventType::kWriteRowsV1:
      return {Kind::kInsert, false, false};
    case EventType::kUpdateRowsV0:
    case EventType::kUpdateRowsV1:
      return {Kind::kUpdate, false, false};
    case EventType::kDeleteRowsV0:
    case EventType::kDeleteRowsV1:
      return {Kind::kDelete, false, false};
    case EventType::kWriteRowsV2:
      return {Kind::kInsert, true, false};
    case EventType::kDeleteRowsV2:
      return {Kind::kDelete, true, false};
    case EventType::kMariadbWriteRowsCompressedV1:
      return {Kind::kInsert, false, true};
    case EventType::kMariadbUpdateRowsCompressedV1:
      return {Kind::kUpdate, false, true};
    case EventType::kMariadbDeleteRowsCompressedV1:
      return {Kind::kDelete, false, true};
    case EventType::kMariadbWriteRowsCompressed:
      return {Kind::kInsert, true, true};
    case EventType::kMariadbUpdateRowsCompressed:
      return {Kind::kUpdate, true, true};
    case EventType::kMariadbDeleteRowsCompressed:
      return {Kind::kDelete, true, true};
    default:
      return {Kind::kUpdate, true, false};  // version 2 and PARTIAL_UPDATE_ROWS
  }
}

/// Its length counts its own two bytes.
void skip_extra_data(ByteReader& reader) {
  const size_t length = reader.u16();
  if (length < 2) reader.fail();
  reader.skip(length - 2);
}

}  // namespace

Result<EventBody> decode_rows(const EventBytes& event) {
  const auto type = static_cast<EventType>(event.header.type);
  const Layout layout = layout_of(type);
  ByteReader reader(event.body);
  RowsEvent rows;
  rows.kind = layout.kind;
  rows.partial_json = type == EventType::kPartialUpdateRows;
  rows.pre_release = type >= EventType::kWriteRowsV0 && type <= EventType::kDeleteRowsV0;
  rows.table_id = event.post_header_length == kPostHeaderWithShortTableId ? reader.u32() : reader.u48();
  const uint16_t flags = reader.u16();
  rows.statement_end = (flags & kStatementEnd) != 0;
  rows.ignores_foreign_keys = (flags & kNoForeignKeyChecks) != 0;
  if (layout.has_extra_data) skip_extra_data(reader);
  rows.column_count = reader.length_encoded();
  if (reader.failed() || rows.column_count > kMaxColumns) return malformed_event("rows");
  const size_t bitmap_size = static_cast<size_t>(rows.column_count + 7) / 8;
  rows.present_before = reader.bytes(bitmap_size);
  if (rows.kind == RowsEvent::Kind::kUpdate) {
    rows.present_after = rows.pre_release ? rows.present_before : reader.bytes(bitmap_size);
  }
  if (reader.failed()) return malformed_event("rows");
  rows.rows = reader.rest();
  if (layout.compressed) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(rows.owned, inflate_event_part(rows.rows));
    rows.rows = *rows.owned;
  }
  return EventBody(std::move(rows));
}

}  // namespace mysql_sync::binlog
