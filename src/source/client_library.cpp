#include "source/client_library.hpp"

#if !defined(MARIADB_PACKAGE_VERSION_ID)
#error "src/source is written for MariaDB's client library (libmariadb, 3.1.10 or later)"
#endif

// Not every version of this header guards itself for C++.
extern "C" {
#include <ma_pvio.h>
}

#include <errmsg.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/byte_reader.hpp"
#include "source/client_error.hpp"

extern "C" int ma_pvio_register_callback(my_bool, void (*)(int, MYSQL*, const unsigned char*, size_t));

namespace mysql_sync::source {
namespace {

/// The largest packet of the protocol's own limit, for rows; an event may come with its header on top.
constexpr size_t kMaxPacket = (size_t{1} << 30) + 65536;
constexpr uint32_t kCapabilityTls = 0x800;

bool is_mandatory(SslMode mode) {
  return mode == SslMode::kRequired || mode == SslMode::kVerifyCa || mode == SslMode::kVerifyIdentity;
}

bool is_verified(SslMode mode) { return mode == SslMode::kVerifyCa || mode == SslMode::kVerifyIdentity; }

/// Libraries from 3.4 on verify certificates unless told otherwise, and then all or nothing. The library in
/// use need not be that of the headers, so ask it; `fresh` must not have had this option set.
bool verifies_by_default(MYSQL* fresh) {
  my_bool verifies = 0;
  mysql_get_option(fresh, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verifies);
  return verifies != 0;
}

/// Whether a server's greeting offers TLS; also true for what is not a greeting but an error packet.
bool offers_tls(std::string_view bytes) {
  ByteReader reader(bytes);
  reader.skip(4);  // packet header
  if (reader.u8() == 0xff) return true;
  reader.nul_terminated();  // version
  reader.skip(4 + 8 + 1);   // session number, first part of the challenge, filler
  return (reader.u16() & kCapabilityTls) != 0 && !reader.failed();
}

Status refuse_plain() {
  return Status(ErrorCode::kConnection, "the source does not offer TLS, which ssl_mode asks for", {},
                "Set up TLS on the source, or choose ssl_mode 'preferred' or 'disabled'.");
}

/// The packet that ends an answer of many.
bool is_end(std::string_view packet) {
  constexpr size_t kLongest = 8;
  return !packet.empty() && packet.size() <= kLongest && static_cast<uint8_t>(packet.front()) == 0xfe;
}

int poll_once(int fd, bool for_read, int timeout_ms) {
  pollfd entry{fd, static_cast<short>(for_read ? POLLIN : POLLOUT), 0};
  const int ready = ::poll(&entry, 1, timeout_ms);
  if (ready < 0 && errno == EINTR) return 0;
  return ready;
}

/// OpenSSL keeps errors for the thread, not for the connection: one that was left there, by the end of
/// another session, would make the next read of this one fail where it only has to wait.
void forget_tls_errors() { ERR_clear_error(); }

/// The address that the login reached; empty for a unix socket.
std::string peer_address(int fd) {
  sockaddr_storage peer = {};
  socklen_t length = sizeof peer;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) != 0) return {};
  if (peer.ss_family != AF_INET && peer.ss_family != AF_INET6) return {};
  char host[NI_MAXHOST] = "";
  const int failed = ::getnameinfo(reinterpret_cast<sockaddr*>(&peer), length, host, sizeof host, nullptr, 0,
                                   NI_NUMERICHOST);
  return failed == 0 ? host : "";
}

void set_number(int fd, int option, int value) {
  ::setsockopt(fd, IPPROTO_TCP, option, &value, sizeof value);
}

void set_text(MYSQL* handle, enum mysql_option option, const std::string& value) {
  if (!value.empty()) mysql_options(handle, option, value.c_str());
}

void set_flag(MYSQL* handle, enum mysql_option option, bool on) {
  const my_bool value = on ? 1 : 0;
  mysql_options(handle, option, &value);
}

}  // namespace

thread_local ClientSession* ClientSession::active_ = nullptr;

/// Marks the session whose call into the library is running.
class ClientSession::IoScope {
 public:
  explicit IoScope(ClientSession& session, bool writing = false)
      : outer_(std::exchange(active_, &session)), session_(session) {
    session_.writing_ = writing;
  }
  ~IoScope() {
    session_.writing_ = false;
    active_ = outer_;
  }
  IoScope(const IoScope&) = delete;
  IoScope& operator=(const IoScope&) = delete;

 private:
  ClientSession* outer_;
  ClientSession& session_;
};

ClientSession::ClientSession(WaitHook hook) : hook_(std::move(hook)), handle_(mysql_init(nullptr)) {
  // Once for the process and for good: the library cannot take out the first entry of this list. For
  // connections of others (active_ is null then) it does nothing.
  static const int registered = ma_pvio_register_callback(1, &ClientSession::io_callback);
  (void)registered;
  add_session(this);
}

ClientSession::~ClientSession() {
  remove_session(this);
  if (handle_ == nullptr) return;
  end_statement();
  // The farewell is one small write. Where it would have to wait, it is left out.
  cancelled_ = true;
  IoScope scope(*this);
  mysql_close(handle_);
  forget_tls_errors();
}

int ClientSession::wait_callback(my_socket fd, my_bool for_read, int) {
  // The library's own timeout is in seconds in some places and milliseconds in others; ours counts.
  if (active_ == nullptr) return poll_once(fd, for_read != 0, -1);
  return active_->wait(fd, for_read != 0 && !active_->writing_);
}

void ClientSession::io_callback(int mode, MYSQL* mysql, const unsigned char* buffer, size_t length) {
  if (mode != 0 || active_ == nullptr || active_->greeted_ || active_->handle_ != mysql) return;
  const auto received = static_cast<ptrdiff_t>(length);  // -1 after a failed read
  if (received > 0) active_->on_greeting({reinterpret_cast<const char*>(buffer), length});
}

/// Runs before the library answers the server's first words. TLS must not be talked away here: the library
/// itself would go on in the clear, unless the host name is to be verified.
void ClientSession::on_greeting(std::string_view bytes) {
  greeted_ = true;
  make_nonblocking();
  if (!tls_mandatory_ || offers_tls(bytes)) return;
  tls_missing_ = true;
  ::shutdown(mysql_get_socket(handle_), SHUT_RDWR);
}

/// The TLS layer reads without MSG_DONTWAIT: only on such a socket does it come to our wait.
void ClientSession::make_nonblocking() const {
  const my_socket fd = mysql_get_socket(handle_);
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags >= 0) ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/// A peer that went away without a word must be noticed while the session is idle, so that the next statement
/// begins on a new one, and by a statement that nobody takes. The limit for what is not acknowledged also
/// ends a session that is silent for so long as soon as one probe is without an answer, whatever their number
/// says: so it gives all of them their time.
void ClientSession::watch_peer() const {
  constexpr int kIdleSeconds = 60, kProbeSeconds = 10, kProbes = 3;
  constexpr int kUnansweredMs = (kIdleSeconds + kProbes * kProbeSeconds) * 1000;
  const my_socket fd = mysql_get_socket(handle_);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  set_number(fd, TCP_KEEPIDLE, kIdleSeconds);
  set_number(fd, TCP_KEEPINTVL, kProbeSeconds);
  set_number(fd, TCP_KEEPCNT, kProbes);
  set_number(fd, TCP_USER_TIMEOUT, kUnansweredMs);
}

/// The name may stand for several servers: a second login must reach the same, and must not wait for name
/// resolution, which nothing bounds. Where the certificate is to be verified against the name, the name it
/// has to be: the library verifies against what it was told to connect to.
void ClientSession::remember(const ConnectionOptions& options) {
  options_ = options;
  if (mysql_get_ssl_cipher(handle_) == nullptr) options_.ssl_mode = SslMode::kDisabled;
  const std::string address = peer_address(mysql_get_socket(handle_));
  if (!address.empty() && options_.ssl_mode != SslMode::kVerifyIdentity) options_.host = address;
}

int ClientSession::remaining_ms(Clock::time_point begin) const {
  std::optional<Clock::time_point> end = deadline_;
  if (!end && silence_limit_s_ != 0) end = begin + std::chrono::seconds(silence_limit_s_);
  if (!end) return -1;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*end - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left + 1, 0, 3600 * 1000));
}

/// 1 when the socket is ready, -1 when the library is to give up.
int ClientSession::wait(int fd, bool for_read) {
  if (patience) return wait_for_rest(fd, for_read);
  const Clock::time_point begin = Clock::now();
  for (;;) {
    if (cancelled_ || timed_out_) return -1;
    const int timeout_ms = remaining_ms(begin);
    const int ready = hook_ ? hook_(fd, for_read, timeout_ms) : poll_once(fd, for_read, timeout_ms);
    if (ready > 0) return 1;
    if (ready < 0) cancelled_ = true;
    if (ready == 0 && remaining_ms(begin) == 0) timed_out_ = true;
  }
}

int ClientSession::wait_for_rest(int fd, bool for_read) {
  while (!cancelled_) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(patience->until - Clock::now());
    const int timeout_ms = static_cast<int>(std::max<int64_t>(left.count(), 0));
    const int ready =
        hook_ && timeout_ms > 0 ? hook_(fd, for_read, timeout_ms) : poll_once(fd, for_read, timeout_ms);
    if (ready > 0) return 1;
    if (ready < 0 || (Clock::now() >= patience->until && !hurry())) cancelled_ = true;
  }
  return -1;
}

/// The time that a source gets to notice: what it had sent before has to be read.
bool ClientSession::hurry() {
  constexpr std::chrono::seconds kToNotice{2};
  if (patience->ended || !patience->end) return false;
  patience->ended = true;
  if (!patience->end()) return false;
  patience->until = Clock::now() + kToNotice;
  return true;
}

Status ClientSession::failure() {
  forget_tls_errors();
  if (cancelled_) {
    broken_ = true;
    return Status(ErrorCode::kCancelled, "canceled while waiting for the source");
  }
  if (timed_out_) {
    broken_ = true;
    if (deadline_) return Status(ErrorCode::kConnection, "no answer from the source within connect_timeout");
    return Status(ErrorCode::kConnection,
                  "the source was silent for " + std::to_string(silence_limit_s_) + " s");
  }
  // On a session that stood, a TLS error is how the TLS layer says that the peer is gone.
  const bool lost = connected_ && mysql_errno(handle_) == kErrorTls;
  const unsigned number = lost ? CR_SERVER_LOST : mysql_errno(handle_);
  Status status = client_error(number, mysql_error(handle_));
  const bool ends_session = status.code() == ErrorCode::kConnection && number != kErrorInterrupted;
  if (ends_session || handle_->net.pvio == nullptr) broken_ = true;
  running_ = false;  // it was answered by an error, or ended with the session
  return status;
}

Status ClientSession::check_usable() const {
  forget_tls_errors();
  if (broken_) return Status(ErrorCode::kConnection, "the connection to the source was closed");
  if (streaming) return Status(ErrorCode::kInternal, "a result of this connection is still being read");
  return {};
}

void ClientSession::set_tls_options(const ConnectionOptions& options, bool tls) {
  set_flag(handle_, MYSQL_OPT_SSL_ENFORCE, tls);
  set_flag(handle_, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, tls && options.ssl_mode == SslMode::kVerifyIdentity);
  if (!tls) return;
  set_text(handle_, MYSQL_OPT_SSL_CERT, options.ssl_cert);
  set_text(handle_, MYSQL_OPT_SSL_KEY, options.ssl_key);
  // Naming a certificate authority makes the library verify against it.
  if (is_verified(options.ssl_mode)) set_text(handle_, MYSQL_OPT_SSL_CA, options.ssl_ca);
}

void ClientSession::set_options(const ConnectionOptions& options, bool tls) {
  const unsigned off = 0;
  const unsigned protocol = options.host.rfind('/', 0) == 0 ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
  mysql_options(handle_, MARIADB_OPT_IO_WAIT, reinterpret_cast<void*>(&ClientSession::wait_callback));
  mysql_options(handle_, MYSQL_OPT_LOCAL_INFILE, &off);
  mysql_options(handle_, MYSQL_OPT_PROTOCOL, &protocol);
  mysql_options(handle_, MYSQL_OPT_MAX_ALLOWED_PACKET, &kMaxPacket);
  mysql_options(handle_, MYSQL_OPT_CONNECT_TIMEOUT, &options.connect_timeout_s);
  mysql_options(handle_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options4(handle_, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "mysql_sync");
  set_tls_options(options, tls);
}

Status ClientSession::check_tls(const ConnectionOptions& options) {
  if (options.ssl_mode != SslMode::kVerifyCa) return {};
  if (options.ssl_ca.empty())
    return Status(ErrorCode::kInvalidArgument, "ssl_mode 'verify_ca' needs the option ssl_ca");
  if (verifies_by_default(handle_))  // going on would verify nothing
    return Status(ErrorCode::kUnsupported, "ssl_mode 'verify_ca' is not available with this client library",
                  {}, "Use ssl_mode 'verify_identity'.");
  return {};
}

Status ClientSession::connect(const ConnectionOptions& options, bool tls) {
  if (handle_ == nullptr) return Status(ErrorCode::kInternal, "out of memory in the MySQL client library");
  forget_tls_errors();
  MYSQL_SYNC_RETURN_IF_ERROR(check_tls(options));
  set_options(options, tls);
  tls_mandatory_ = is_mandatory(options.ssl_mode);
  const bool local = options.host.rfind('/', 0) == 0;
  if (options.connect_timeout_s != 0)
    deadline_ = Clock::now() + std::chrono::seconds(options.connect_timeout_s);
  IoScope scope(*this);
  MYSQL* connected = mysql_real_connect(handle_, local ? nullptr : options.host.c_str(),
                                        options.username.c_str(), options.password.c_str(), nullptr,
                                        options.port, local ? options.host.c_str() : nullptr, 0);
  if (tls_missing_) return refuse_plain();
  if (connected == nullptr) return failure();
  deadline_.reset();
  connected_ = true;
  make_nonblocking();
  watch_peer();
  remember(options);
  if (tls_mandatory_ && mysql_get_ssl_cipher(handle_) == nullptr) return refuse_plain();
  return {};
}

Status ClientSession::set_character_set(const char* name) {
  IoScope scope(*this);
  return mysql_set_character_set(handle_, name) == 0 ? Status() : failure();
}

Status ClientSession::query(const std::string& sql) {
  MYSQL_SYNC_RETURN_IF_ERROR(check_usable());
  running_ = true;
  {
    IoScope scope(*this, true);
    if (mysql_send_query(handle_, sql.data(), sql.size()) != 0) return failure();
  }
  IoScope scope(*this);
  if (mysql_read_query_result(handle_) != 0) return failure();
  running_ = mysql_field_count(handle_) != 0;
  return {};
}

Status ClientSession::describe(const std::string& sql, const std::function<void(MYSQL_RES*)>& look) {
  MYSQL_SYNC_RETURN_IF_ERROR(check_usable());
  MYSQL_STMT* statement = mysql_stmt_init(handle_);
  if (statement == nullptr) return Status(ErrorCode::kInternal, "out of memory in the MySQL client library");
  running_ = true;
  IoScope scope(*this);
  Status status;
  if (mysql_stmt_prepare(statement, sql.data(), sql.size()) != 0) status = failure();
  running_ = running_ && !status.ok();
  MYSQL_RES* columns = status.ok() ? mysql_stmt_result_metadata(statement) : nullptr;
  look(columns);
  if (columns != nullptr) mysql_free_result(columns);
  mysql_stmt_close(statement);
  return status;
}

Result<MYSQL_RES*> ClientSession::use_result() {
  if (mysql_field_count(handle_) == 0) return static_cast<MYSQL_RES*>(nullptr);
  MYSQL_RES* result = mysql_use_result(handle_);
  if (result == nullptr) return failure();
  return result;
}

Result<MYSQL_ROW> ClientSession::fetch_row(MYSQL_RES* result) {
  if (broken_) return check_usable();
  IoScope scope(*this);
  MYSQL_ROW row = mysql_fetch_row(result);
  if (row == nullptr && mysql_errno(handle_) != 0) return failure();
  running_ = row != nullptr;
  return row;
}

Status ClientSession::command(enum enum_server_command number, std::string_view argument, bool answered) {
  MYSQL_SYNC_RETURN_IF_ERROR(check_usable());
  running_ = true;
  IoScope scope(*this);
  const int failed = handle_->methods->db_command(handle_, number, argument.data(), argument.size(),
                                                  answered ? 0 : 1, nullptr);
  if (failed != 0) return failure();
  running_ = !answered;
  return {};
}

Result<std::string_view> ClientSession::read_packet() {
  if (broken_) return check_usable();
  IoScope scope(*this);
  const unsigned long length = mysql_net_read_packet(handle_);
  // The library declares this value as unsigned int and returns it in a wider type.
  if (length == static_cast<unsigned int>(-1) || length == static_cast<unsigned long>(-1)) return failure();
  const std::string_view packet(reinterpret_cast<const char*>(handle_->net.read_pos), length);
  if (is_end(packet)) running_ = false;
  return packet;
}

bool ClientSession::has_packet() {
  const MARIADB_PVIO* io = handle_->net.pvio;
  if (broken_ || io == nullptr) return true;  // the next read returns an error at once
  if (io->cache != nullptr && io->cache + io->cache_size > io->cache_pos) return true;
  return poll_once(mysql_get_socket(handle_), true, 0) != 0;
}

bool ClientSession::is_closed_by_source() const {
  return broken_ || handle_->net.pvio == nullptr || poll_once(mysql_get_socket(handle_), true, 0) != 0;
}

Status ClientSession::check_cancel() {
  if (broken_) return check_usable();
  if (!hook_ || hook_(mysql_get_socket(handle_), true, 0) >= 0) return {};
  cancelled_ = true;
  return failure();
}

/// To read what is left, as the library would, may take as long as the whole result; to close in good order
/// lets a source that has to wait for us wait on. So the connection is reset: connect() to no address does
/// that on TCP, shutdown() on a unix socket.
void ClientSession::abandon() {
  broken_ = true;
  cancelled_ = true;  // the library is not to wait any more
  if (handle_->net.pvio == nullptr) return;
  sockaddr nobody = {};
  nobody.sa_family = AF_UNSPEC;
  ::connect(mysql_get_socket(handle_), &nobody, sizeof nobody);
  ::shutdown(mysql_get_socket(handle_), SHUT_RDWR);
}

void ClientSession::end_statement() noexcept {
  if (!running_) return;
  abandon();
  running_ = false;
  end_thread(options_, place_);
}

}  // namespace mysql_sync::source
