#include "source/connection.hpp"

#include <utility>

#include "source/client_error.hpp"
#include "source/connection_impl.hpp"
#include "source/result_stream_impl.hpp"

namespace mysql_sync::source {
namespace {

/// Long enough for a consumer that rests: with the default of 60 s the source hangs up on a slow load.
constexpr const char* kDay = "86400";

bool is_mariadb_version(const std::string& version) { return version.find("MariaDB") != std::string::npos; }

uint32_t numeric_version(MYSQL* handle) { return static_cast<uint32_t>(mysql_get_server_version(handle)); }

Status run(ClientSession& session, const std::string& sql) {
  MYSQL_SYNC_RETURN_IF_ERROR(session.query(sql));
  MYSQL_SYNC_ASSIGN_OR_RETURN(MYSQL_RES * result, session.use_result());
  if (result == nullptr) return {};
  Result<MYSQL_ROW> row = session.fetch_row(result);
  while (row.ok() && *row != nullptr) row = session.fetch_row(result);
  mysql_free_result(result);
  return row.status();
}

/// Sets a variable that not every source has, or lets everybody set.
Status set_if_known(ClientSession& session, const std::string& assignment) {
  const Status status = run(session, "SET SESSION " + assignment);
  if (status.ok() || session.broken()) return status;
  const unsigned number = session.error_number();
  if (number == kErrorUnknownVariable || number == kErrorReadOnlyVariable) return {};
  return status;
}

/// Known since MySQL 5.1. An empty sql_mode reads every stored value as it is: CHAR without padding (as in
/// the binlog), double quotes as strings, backslashes as escapes, zero dates allowed.
std::string common_settings() {
  const std::string day = kDay;
  return "SET SESSION sql_mode = '', time_zone = '+00:00', autocommit = 1, sql_big_selects = 1, "
         "sql_select_limit = 18446744073709551615, sql_safe_updates = 0, sql_quote_show_create = 1, "
         "wait_timeout = " +
         day + ", net_write_timeout = " + day + ", net_read_timeout = " + day;
}

Status lift_time_limits(ClientSession& session, bool mariadb, uint32_t version) {
  if (mariadb) {
    MYSQL_SYNC_RETURN_IF_ERROR(set_if_known(session, "max_statement_time = 0"));
    if (version < 100300) return {};
    return set_if_known(session, "idle_transaction_timeout = 0, idle_readonly_transaction_timeout = 0");
  }
  if (version >= 50708) MYSQL_SYNC_RETURN_IF_ERROR(set_if_known(session, "max_execution_time = 0"));
  // Hidden generated keys are in the binlog, so they must show in information_schema.
  if (version >= 80030) return set_if_known(session, "show_gipk_in_create_table_and_information_schema = ON");
  return {};
}

Status prepare_session(ClientSession& session) {
  MYSQL* handle = session.handle();
  const bool mariadb = is_mariadb_version(mysql_get_server_info(handle));
  const uint32_t version = numeric_version(handle);
  const bool four_bytes = mariadb || version >= 50503;
  MYSQL_SYNC_RETURN_IF_ERROR(session.set_character_set(four_bytes ? "utf8mb4" : "utf8"));
  MYSQL_SYNC_RETURN_IF_ERROR(run(session, common_settings()));
  MYSQL_SYNC_RETURN_IF_ERROR(lift_time_limits(session, mariadb, version));
  auto place = read_place(session);
  if (place.ok()) session.set_place(*std::move(place));
  return session.broken() ? place.status() : Status();
}

Result<std::shared_ptr<ClientSession>> log_in(const ConnectionOptions& options, const WaitHook& hook) {
  auto session = std::make_shared<ClientSession>(hook);
  const Status status = session->connect(options, options.ssl_mode != SslMode::kDisabled);
  if (status.ok()) return session;
  if (options.ssl_mode != SslMode::kPreferred || session->error_number() != kErrorTls) return status;
  session = std::make_shared<ClientSession>(hook);
  MYSQL_SYNC_RETURN_IF_ERROR(session->connect(options, false));
  return session;
}

std::string place_of(const ConnectionOptions& options) {
  if (options.host.rfind('/', 0) == 0) return options.host;
  return options.host + ":" + std::to_string(options.port);
}

}  // namespace

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(const ConnectionOptions& options, WaitHook hook) {
  const std::string context = "cannot connect to the source at " + place_of(options);
  auto session = log_in(options, hook);
  if (!session.ok()) return session.status().with_context(context);
  const Status prepared = prepare_session(**session);
  if (!prepared.ok()) return prepared.with_context(context);
  (*session)->set_silence_limit(options.read_timeout_s);
  auto impl = std::make_unique<Impl>();
  impl->session = *std::move(session);
  return Connection(std::move(impl));
}

Status Connection::execute(const std::string& sql) { return run(*impl_->session, sql); }

Status Connection::read_text_raw() { return execute("SET SESSION character_set_results = NULL"); }

Result<ResultStream> Connection::query(const std::string& sql) {
  MYSQL_SYNC_RETURN_IF_ERROR(impl_->session->query(sql));
  MYSQL_SYNC_ASSIGN_OR_RETURN(MYSQL_RES * result, impl_->session->use_result());
  return ResultStream(std::make_unique<ResultStream::Impl>(impl_->session, result));
}

Result<std::vector<std::vector<std::optional<std::string>>>> Connection::query_all(const std::string& sql) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(ResultStream stream, query(sql));
  std::vector<std::vector<std::optional<std::string>>> rows;
  for (;;) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(const TextCell* cells, stream.next());
    if (cells == nullptr) return rows;
    rows.emplace_back(cells, cells + stream.column_count());
  }
}

Result<std::optional<std::string>> Connection::query_value(const std::string& sql) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(auto rows, query_all(sql));
  if (rows.empty() || rows.front().empty()) return std::optional<std::string>();
  return std::move(rows.front().front());
}

std::string Connection::quote_literal(std::string_view text) const {
  std::string quoted(2 * text.size() + 3, '\'');
  MYSQL* handle = impl_->session->handle();
  const unsigned long length = mysql_real_escape_string(handle, &quoted[1], text.data(), text.size());
  quoted.resize(1 + length);
  quoted += '\'';
  return quoted;
}

bool Connection::usable() const { return !impl_->session->broken(); }

bool Connection::is_closed_by_source() const { return impl_->session->is_closed_by_source(); }

const std::string& Connection::thread() const { return impl_->session->place().thread; }

Status Connection::end_statement_of(const Connection& other) {
  const SessionPlace& place = other.impl_->session->place();
  if (place.thread.empty() || place.server != impl_->session->place().server)
    return Status(ErrorCode::kNotFound, "the connections lead to different servers");
  return execute("KILL QUERY " + place.thread);
}

Status Connection::settle() {
  const Status status = execute("DO 0");
  return usable() ? Status() : status;
}

std::string Connection::server_version() const { return mysql_get_server_info(impl_->session->handle()); }

bool Connection::is_mariadb() const { return is_mariadb_version(server_version()); }

uint32_t Connection::version_number() const { return numeric_version(impl_->session->handle()); }

std::string quote_identifier(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) quoted.append(c == '`' ? 2 : 1, c);
  return quoted + '`';
}

}  // namespace mysql_sync::source
