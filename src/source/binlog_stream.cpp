#include "source/binlog_stream.hpp"

#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <deque>
#include <utility>

#include "source/binlog_seek.hpp"
#include "source/client_error.hpp"
#include "source/client_library.hpp"
#include "source/connection_impl.hpp"
#include "source/wire.hpp"

namespace mysql_sync::source {
namespace {

constexpr uint64_t kMaxDumpOffset = UINT32_MAX;
constexpr size_t kCancelCheckBytes = size_t{64} << 20;
constexpr size_t kMaxHostName = 60;  // HOSTNAME_LENGTH of the older sources
constexpr uint8_t kOkByte = 0x00;
constexpr uint8_t kEofByte = 0xfe;
constexpr size_t kLongestEof = 8;

/// MySQL ends an older dump of the same UUID when a new one comes (MariaDB goes by the server_id). Made from
/// the server_id it gets rid of our own predecessor after a crash of the worker or a lost connection, and
/// lets two tasks with one server_id meet with an error instead of side by side.
std::string replica_uuid(uint32_t server_id) {
  char uuid[40];
  std::snprintf(uuid, sizeof uuid, "6d797371-6c5f-8379-8e63-0000%08" PRIx32, server_id);
  return uuid;
}

std::string local_host_name() {
  char name[256] = "";
  if (::gethostname(name, sizeof name - 1) != 0) return "mysql_sync";
  return std::string(name).substr(0, kMaxHostName);
}

/// Runs a SET whose right side may name a variable that the source is too old for.
Status execute_if_known(Connection& connection, const std::string& sql) {
  const Status status = connection.execute(sql);
  ClientSession& session = *connection.impl().session;
  if (!status.ok() && !session.broken() && session.error_number() == kErrorUnknownVariable) return {};
  return status;
}

/// What a replica tells of itself by user variables. Both generations of names, whatever the source is.
Status introduce(Connection& connection, const StreamOptions& options) {
  MYSQL_SYNC_RETURN_IF_ERROR(execute_if_known(connection,
                                              "SET @master_binlog_checksum = @@global.binlog_checksum, "
                                              "@source_binlog_checksum = @@global.binlog_checksum"));
  const auto nanoseconds = static_cast<uint64_t>(std::max(options.heartbeat_seconds, 0.001) * 1e9);
  const std::string period = std::to_string(nanoseconds);
  const std::string uuid = replica_uuid(options.server_id);
  MYSQL_SYNC_RETURN_IF_ERROR(connection.execute(
      "SET @master_heartbeat_period = " + period + ", @source_heartbeat_period = " + period +
      ", @slave_uuid = '" + uuid + "', @replica_uuid = '" + uuid + "'"));
  if (!connection.is_mariadb()) return {};
  return connection.execute(
      "SET @mariadb_slave_capability = 4");  // GTID events, no rewriting for old replicas
}

/// COM_REGISTER_SLAVE: server_id, host, user, password, port, rank, source's id. Makes SHOW SLAVE HOSTS list
/// us.
std::string registration(uint32_t server_id) {
  std::string bytes;
  append_le(bytes, server_id, 4);
  append_counted(bytes, local_host_name());
  append_counted(bytes, "");
  append_counted(bytes, "");
  append_le(bytes, 0, 2);
  append_le(bytes, 0, 4);
  append_le(bytes, 0, 4);
  return bytes;
}

/// The source answers "access denied" (1045) to an account that logged in but lacks the right to replicate.
Status register_replica(ClientSession& session, uint32_t server_id) {
  const Status status = session.command(COM_REGISTER_SLAVE, registration(server_id), true);
  if (status.ok() || status.code() != ErrorCode::kAuthentication) return status;
  return Status(ErrorCode::kPermission, status.message(), status.detail(),
                "Grant REPLICATION SLAVE on *.* to this account on the source.");
}

/// COM_BINLOG_DUMP: offset (4 where the field is too small for it), flags (0: wait for more at the end),
/// server_id, file.
std::string dump_request(const BinlogPosition& from, uint32_t server_id) {
  std::string bytes;
  append_le(bytes, from.offset > kMaxDumpOffset ? 4 : from.offset, 4);
  append_le(bytes, 0, 2);
  append_le(bytes, server_id, 4);
  return bytes + from.file;
}

Status check_request(const BinlogPosition& from, const StreamOptions& options) {
  if (options.server_id == 0) return Status(ErrorCode::kInvalidArgument, "server_id must not be 0");
  if (from.file.empty() || from.offset < 4)
    return Status(ErrorCode::kInvalidArgument, "not a binlog position: \"" + from.to_string() + "\"");
  return {};
}

/// Sources before 5.5 send no heartbeats: there silence proves nothing.
uint32_t silence_limit(const Connection& connection, double heartbeat_seconds) {
  if (!connection.is_mariadb() && connection.version_number() < 50500) return 0;
  return std::max(BinlogStream::silence_limit_s, static_cast<uint32_t>(3 * heartbeat_seconds));
}

}  // namespace

struct BinlogStream::Impl {
  explicit Impl(Connection its_connection) : connection(std::move(its_connection)) {}
  ClientSession& session() { return *connection.impl().session; }
  Result<std::string_view> read_event();
  Status start(const BinlogPosition& from);
  Status seek(const BinlogPosition& target);

  Connection connection;
  std::deque<std::string> prepared;  // events read by open(), to be returned first
  std::string current;               // the one of them returned last
};

/// Any failure is the end of the stream: the source sends nothing after it.
Result<std::string_view> BinlogStream::Impl::read_event() {
  auto packet = session().read_packet();
  if (packet.ok() && !packet->empty() && static_cast<uint8_t>(packet->front()) == kOkByte)
    return packet->substr(1);
  session().abandon();
  if (!packet.ok()) return packet;
  if (!packet->empty() && static_cast<uint8_t>(packet->front()) == kEofByte && packet->size() <= kLongestEof)
    return Status(
        ErrorCode::kConnection, "the source ended the binlog stream", {},
        "It is shutting down, or (before MySQL 5.7) another replica or task came with the same server_id.");
  return Status(ErrorCode::kCorrupt, "unexpected packet in the binlog stream");
}

/// A source that has the file answers at once with a rotate event made up for us, else with an error.
Status BinlogStream::Impl::start(const BinlogPosition& from) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const std::string_view first, read_event());
  prepared.emplace_back(first);
  return from.offset > kMaxDumpOffset ? seek(from) : Status();
}

/// The first event is in `prepared`. Hours of binlog may pass here without a wait, so the hook is asked
/// between.
Status BinlogStream::Impl::seek(const BinlogPosition& target) {
  BinlogSeek seek(target);
  MYSQL_SYNC_RETURN_IF_ERROR(seek.pass(prepared.front()));
  size_t unchecked = 0;
  while (!seek.arrived()) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(const std::string_view event, read_event());
    MYSQL_SYNC_RETURN_IF_ERROR(seek.pass(event));
    if (BinlogSeek::is_needed(event)) prepared.emplace_back(event);
    unchecked += event.size();
    if (unchecked < kCancelCheckBytes) continue;
    MYSQL_SYNC_RETURN_IF_ERROR(session().check_cancel());
    unchecked = 0;
  }
  prepared.push_back(seek.rotate_event());
  return {};
}

BinlogStream::BinlogStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BinlogStream::BinlogStream(BinlogStream&&) noexcept = default;
BinlogStream& BinlogStream::operator=(BinlogStream&&) noexcept = default;
BinlogStream::~BinlogStream() {
  if (impl_ != nullptr) impl_->session().abandon();
}

Result<BinlogStream> BinlogStream::open(Connection connection, const BinlogPosition& from,
                                        const StreamOptions& options) {
  MYSQL_SYNC_RETURN_IF_ERROR(check_request(from, options));
  MYSQL_SYNC_RETURN_IF_ERROR(introduce(connection, options));
  auto impl = std::make_unique<Impl>(std::move(connection));
  ClientSession& session = impl->session();
  MYSQL_SYNC_RETURN_IF_ERROR(register_replica(session, options.server_id));
  MYSQL_SYNC_RETURN_IF_ERROR(session.command(COM_BINLOG_DUMP, dump_request(from, options.server_id), false));
  session.set_silence_limit(silence_limit(impl->connection, options.heartbeat_seconds));
  MYSQL_SYNC_RETURN_IF_ERROR(impl->start(from));
  return BinlogStream(std::move(impl));
}

bool BinlogStream::ready() { return !impl_->prepared.empty() || impl_->session().has_packet(); }

Result<std::string_view> BinlogStream::next() {
  if (impl_->prepared.empty()) return impl_->read_event();
  impl_->current = std::move(impl_->prepared.front());
  impl_->prepared.pop_front();
  return std::string_view(impl_->current);
}

}  // namespace mysql_sync::source
