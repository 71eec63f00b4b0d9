// The events of a binlog, decoded. Views point into the packet an event was decoded from and live as long.
// Formats: MySQL source documentation "Binlog Event"; mysql/mysql-server libs/mysql/binlog/event/*.h;
// MariaDB knowledge base "Replication Protocol".
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/binlog/gtid.hpp"
#include "core/binlog/xa_id.hpp"

namespace mysql_sync::binlog {

/// The codes of the events that are told apart. Others keep their code in EventHeader::type.
enum class EventType : uint8_t {
  kStartV3 = 1,
  kQuery = 2,
  kStop = 3,
  kRotate = 4,
  kIntvar = 5,
  kAppendBlock = 9,
  kDeleteFile = 11,
  kRand = 13,
  kUserVar = 14,
  kFormatDescription = 15,
  kXid = 16,
  kBeginLoadQuery = 17,
  kExecuteLoadQuery = 18,
  kTableMap = 19,
  kWriteRowsV0 = 20,
  kUpdateRowsV0 = 21,
  kDeleteRowsV0 = 22,
  kWriteRowsV1 = 23,
  kUpdateRowsV1 = 24,
  kDeleteRowsV1 = 25,
  kIncident = 26,
  kHeartbeat = 27,
  kIgnorable = 28,
  kRowsQuery = 29,
  kWriteRowsV2 = 30,
  kUpdateRowsV2 = 31,
  kDeleteRowsV2 = 32,
  kGtid = 33,
  kAnonymousGtid = 34,
  kPreviousGtids = 35,
  kTransactionContext = 36,
  kViewChange = 37,
  kXaPrepare = 38,
  kPartialUpdateRows = 39,
  kTransactionPayload = 40,
  kHeartbeatV2 = 41,
  kGtidTagged = 42,
  kMariadbAnnotateRows = 160,
  kMariadbBinlogCheckpoint = 161,
  kMariadbGtid = 162,
  kMariadbGtidList = 163,
  kMariadbStartEncryption = 164,
  kMariadbQueryCompressed = 165,
  kMariadbWriteRowsCompressedV1 = 166,
  kMariadbUpdateRowsCompressedV1 = 167,
  kMariadbDeleteRowsCompressedV1 = 168,
  kMariadbWriteRowsCompressed = 169,
  kMariadbUpdateRowsCompressed = 170,
  kMariadbDeleteRowsCompressed = 171
};

/// The 19 bytes every event of binlog version 4 starts with.
struct EventHeader {
  uint32_t timestamp = 0;  ///< seconds since 1970 UTC, when the statement began
  uint8_t type = 0;  ///< an EventType, or a code nobody here knows; as MySQL 5.1.18 and later number them
  uint32_t server_id = 0;
  uint32_t size = 0;         ///< bytes of header, body and checksum
  uint32_t next_offset = 0;  ///< offset after this event in its file, modulo 2^32; 0 for artificial events
  uint16_t flags = 0;
  static constexpr uint16_t kThreadSpecific = 0x4;  ///< LOG_EVENT_THREAD_SPECIFIC_F: uses a temporary table
  static constexpr uint16_t kArtificial = 0x20;     ///< LOG_EVENT_ARTIFICIAL_F: not in the file
  static constexpr uint16_t kIgnorableFlag = 0x80;  ///< LOG_EVENT_IGNORABLE_F: safe to skip when unknown
};

struct RotateEvent {
  uint64_t offset = 4;
  std::string file;
};

struct FormatDescriptionEvent {
  uint16_t binlog_version = 0;
  std::string server_version;
  uint32_t version = 0;    ///< the same as a number, as 50624 or 101119
  bool checksums = false;  ///< events of this file end with a CRC32
  /// The source was started when it began this file, which is read from its beginning: its sessions of before
  /// are gone.
  bool begins_with_start = false;
};

struct QueryEvent {
  std::string_view database;  ///< the session's current database
  std::string_view sql;
  uint32_t thread = 0;  ///< of the session, while it lasts
  uint16_t error = 0;   ///< the statement ended with; rows may have been changed before
  /// Databases of all tables that the statement used, those of triggers and functions too; nothing: not told.
  std::optional<std::vector<std::string>> used_databases;
  uint64_t sql_mode = 0;
  uint16_t client_charset = 0;      ///< collation id the statement is written in; 0 unknown
  uint16_t connection_charset = 0;  ///< the session's collation_connection, by its id; 0 unknown
  uint16_t server_charset = 0;      ///< the session's collation_server, by its id; 0 unknown
  /// The session's collation_database, where it was set to another than that of `database`; else 0.
  uint16_t database_charset = 0;
  std::string_view
      time_zone;              ///< the session's, where the statement used it ("SYSTEM", "+08:00"); else empty
  uint32_t microseconds = 0;  ///< fraction of the header's timestamp, where the source sends it
  /// The session's, of CREATE and ALTER TABLE since MySQL 8.
  std::optional<bool> explicit_defaults_for_timestamp;
  std::shared_ptr<const std::string> owned;  ///< holds the bytes of `sql` where the event was compressed
};

struct XidEvent {
  uint64_t xid = 0;
};

/// Begins a transaction with its identity.
struct GtidEvent {
  /// MariaDB's binlog_alter_two_phase writes the same ALTER TABLE twice; only the commit may be applied.
  enum class AlterPhase : uint8_t { kWhole, kStart, kCommit, kRollback };
  std::optional<Gtid> gtid;  ///< nothing for an anonymous one
  bool standalone = false;   ///< one statement and no commit event follow (MariaDB DDL)
  AlterPhase alter_phase = AlterPhase::kWhole;
  std::optional<XaId>
      prepares_xa;  ///< MariaDB: begins an XA transaction that will be prepared; MySQL says XA START
};

/// The GTIDs executed before this file (Previous_gtids, MariaDB Gtid_list).
struct GtidListEvent {
  GtidSet gtids;
};

struct HeartbeatEvent {
  std::string file;
  uint64_t offset = 0;
};

/// A column as a table map describes it: enough to find where the next cell begins.
struct WireColumn {
  uint8_t type = 0;  ///< MYSQL_TYPE_*; for CHAR, ENUM and SET the real type, taken out of the metadata
  /// As the type needs it: length (CHAR, VARCHAR), bytes of the length (BLOB family), bytes of the value
  /// (ENUM, SET), precision << 8 | scale (DECIMAL), bits (BIT), digits of a fractional second.
  uint16_t metadata = 0;
  bool nullable = true;
};

/// The collations of some columns of a table map, in its bytes.
struct WireCharsets {
  std::string bytes;         ///< empty: not told
  bool has_default = false;  ///< that of most comes first, then the others' with their places
};

/// The primary key of a table map, in its bytes: places of columns, each followed by the length of its prefix
/// where it has any.
struct WireKey {
  std::string bytes;
  bool has_prefixes = false;
};

/// The table number of a rows event that only ends a statement: without rows, and no map goes before it.
constexpr uint64_t kDummyTableId = 0xffffff;

struct TableMapEvent {
  uint64_t table_id = 0;
  std::string database;
  std::string table;
  std::vector<WireColumn> columns;
  /// False before MySQL 5.1.18: of the columns only WireColumn::type is known.
  bool has_metadata = true;
  bool mariadb = false;  ///< by the format description of the file
  /// The code of a column type nobody here knows; then the metadata of no column can be told.
  std::optional<uint8_t> unknown_type;
  /// Of each column; empty if the source sends no metadata (MySQL before 8.0, MariaDB before 10.5).
  std::vector<bool> is_unsigned;
  WireCharsets text_charsets;             ///< of its text and binary columns; likewise, see wire_charsets.hpp
  std::vector<std::string> column_names;  ///< empty unless binlog_row_metadata=FULL
  std::string enum_labels, set_labels;    ///< likewise; see wire_labels.hpp
  WireCharsets label_charsets;            ///< likewise: of its ENUM and SET columns
  std::optional<WireKey> primary_key;     ///< likewise; see wire_key.hpp
  /// Columns at the end that are no part of the table as its users know it. Not told by the event.
  size_t hidden_columns = 0;
};

struct RowsEvent {
  enum class Kind : uint8_t { kInsert, kUpdate, kDelete };
  Kind kind = Kind::kInsert;
  bool partial_json = false;  ///< PARTIAL_UPDATE_ROWS_EVENT
  bool pre_release = false;   ///< codes 20 to 22: rows as MySQL packed them before 5.1.18 (pre_release.hpp)
  bool statement_end = false;
  bool ignores_foreign_keys = false;  ///< foreign_key_checks was off: nothing cascades
  uint64_t table_id = 0;
  uint64_t column_count = 0;
  std::string_view present_before;  ///< bitmap, one bit a column; of the only image for insert and delete
  std::string_view present_after;   ///< of the after image of updates
  std::string_view rows;
  std::shared_ptr<const std::string> owned;  ///< holds the bytes of `rows` where the event was compressed
};

/// Transaction_payload: the events of a transaction in one, mostly compressed. PayloadReader takes them out.
struct TransactionPayloadEvent {
  enum class Compression : uint8_t { kNone, kZstd };
  Compression compression = Compression::kNone;
  uint64_t uncompressed_size = 0;  ///< bytes, as the event says; 0 where it does not
  std::string_view payload;
};

struct IncidentEvent {
  uint16_t number = 0;
  std::string_view message;
};

struct XaPrepareEvent {
  bool one_phase = false;  ///< XA COMMIT … ONE PHASE: this commits
  uint32_t format_id = 0;
  std::string_view gtrid;  ///< global part of the xid, at most 64 bytes
  std::string_view bqual;  ///< branch qualifier, at most 64 bytes
};

/// Known and without meaning for us (rows_query, annotate, intvar, stop, checkpoint, …) or marked ignorable.
struct IgnoredEvent {};

/// A code nobody here knows and not marked ignorable.
struct UnknownEvent {};

using EventBody =
    std::variant<RotateEvent, FormatDescriptionEvent, QueryEvent, XidEvent, GtidEvent, GtidListEvent,
                 HeartbeatEvent, TableMapEvent, RowsEvent, TransactionPayloadEvent, IncidentEvent,
                 XaPrepareEvent, IgnoredEvent, UnknownEvent>;

struct Event {
  EventHeader header;
  EventBody body;
  std::string_view bytes;  ///< header and body, without the checksum
};

}  // namespace mysql_sync::binlog
