// The decoders of the event bodies, one for each kind; EventDecoder chooses among them. Not for others.
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.hpp"
#include "core/binlog/event.hpp"

namespace mysql_sync::binlog {

/// What a body is decoded from.
struct EventBytes {
  const EventHeader& header;
  std::string_view body;       ///< what follows the header, without the checksum
  uint8_t post_header_length;  ///< fixed part of the body by the format description; 0 where it does not say
  bool mariadb;                ///< the format description is of one
};

using BodyDecoder = Result<EventBody> (*)(const EventBytes& event);

Result<EventBody> decode_query(const EventBytes& event);
Result<EventBody> decode_compressed_query(const EventBytes& event);
Result<EventBody> decode_start_v3(const EventBytes& event);
Result<EventBody> decode_rotate(const EventBytes& event);
Result<EventBody> decode_xid(const EventBytes& event);
Result<EventBody> decode_xa_prepare(const EventBytes& event);
Result<EventBody> decode_incident(const EventBytes& event);
Result<EventBody> decode_heartbeat(const EventBytes& event);
Result<EventBody> decode_heartbeat_v2(const EventBytes& event);
Result<EventBody> decode_gtid(const EventBytes& event);
Result<EventBody> decode_anonymous_gtid(const EventBytes& event);
Result<EventBody> decode_tagged_gtid(const EventBytes& event);
Result<EventBody> decode_previous_gtids(const EventBytes& event);
Result<EventBody> decode_mariadb_gtid(const EventBytes& event);
Result<EventBody> decode_mariadb_gtid_list(const EventBytes& event);
Result<EventBody> decode_table_map(const EventBytes& event);
Result<EventBody> decode_rows(const EventBytes& event);
Result<EventBody> decode_transaction_payload(const EventBytes& event);

/// kCorrupt: "malformed <what> event in the binlog".
Status malformed_event(const char* what);

}  // namespace mysql_sync::binlog
