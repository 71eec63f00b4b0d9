#include "fdw/fdw_connection.hpp"

#include "fdw/fdw_scan.hpp"
#include "pg/compat/fdw_compat.hpp"
#include "pg/wait_hook.hpp"

extern "C" {
#include "utils/inval.h"
}

#include <tuple>

namespace mysql_sync::fdw {

/// Listed in Pool::all while it lives.
struct KeptConnection {
  KeptConnection(SourceAccess its_access, source::Connection its_connection);
  ~KeptConnection();
  KeptConnection(const KeptConnection&) = delete;
  KeptConnection& operator=(const KeptConnection&) = delete;

  SourceAccess access;
  source::Connection connection;
  bool valid = true;
  bool in_use = true;
  bool was_kept = false;
};

namespace {

constexpr size_t kMostKept = 4;  // for a user mapping, between transactions
constexpr size_t kShortRest = size_t{256} << 10;
constexpr int kShortRestMs = 10;

struct Pool {
  std::vector<KeptConnection*> all;
  std::vector<std::unique_ptr<KeptConnection>> idle;
  bool keeps_all = false;  ///< whatever the option keep_connections says
};

Pool& pool() {
  static auto* const only =
      new Pool();  // connections leave it at the end of the process, before the libraries
  return *only;
}

auto identity(const source::ConnectionOptions& o) {
  return std::tie(o.host, o.port, o.username, o.password, o.connect_timeout_s, o.read_timeout_s, o.ssl_mode,
                  o.ssl_ca, o.ssl_cert, o.ssl_key);
}

bool is_same(const SourceAccess& a, const SourceAccess& b) {
  return a.server == b.server && a.mapping == b.mapping && identity(a.options) == identity(b.options);
}

size_t idle_of_mapping(Oid mapping) {
  const auto& idle = pool().idle;
  return static_cast<size_t>(std::count_if(
      idle.begin(), idle.end(), [&](const auto& kept) { return kept->access.mapping == mapping; }));
}

/// Between transactions only what may be kept, and not too many.
void close_unwanted() {
  auto& idle = pool().idle;
  for (size_t i = idle.size(); i-- > 0;) {
    const KeptConnection& kept = *idle[i];
    const bool wanted = kept.valid && (kept.access.keeps || pool().keeps_all) &&
                        idle_of_mapping(kept.access.mapping) <= kMostKept;
    if (!wanted) idle.erase(idle.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void at_transaction_end(XactEvent event, void*) {
  if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
    close_unwanted();
}

/// Memory of queries, and the scans in it, goes after at_transaction_end() where the transaction is rolled
/// back.
bool is_transaction_over() { return !IsTransactionState() && GetCurrentTransactionNestLevel() <= 1; }

/// Only marks them: this may be called in the midst of anything.
void at_invalidation(Datum, int cache, uint32 hash) {
  for (KeptConnection* kept : pool().all) {
    const uint32 own = cache == FOREIGNSERVEROID ? kept->access.server_hash : kept->access.mapping_hash;
    if (hash == 0 || hash == own) kept->valid = false;
  }
}

void at_process_end(int, Datum) {
  source::end_running_statements();
  pool().idle.clear();
}

void register_callbacks_once() {
  static bool registered = false;
  if (registered) return;
  pg::guard([] {
    RegisterXactCallback(at_transaction_end, nullptr);
    CacheRegisterSyscacheCallback(FOREIGNSERVEROID, at_invalidation, 0);
    CacheRegisterSyscacheCallback(USERMAPPINGOID, at_invalidation, 0);
  });
  registered = true;
}

std::unique_ptr<KeptConnection> find_idle(const SourceAccess& access) {
  auto& idle = pool().idle;
  for (size_t i = idle.size(); i-- > 0;) {
    if (!is_same(idle[i]->access, access) || !idle[i]->valid) continue;
    std::unique_ptr<KeptConnection> found = std::move(idle[i]);
    idle.erase(idle.begin() + static_cast<std::ptrdiff_t>(i));
    if (found->connection.is_closed_by_source()) continue;
    found->in_use = true;
    found->was_kept = true;
    return found;
  }
  return nullptr;
}

std::unique_ptr<KeptConnection> open_new(SourceAccess access) {
  register_callbacks_once();
  end_statements_at_exit();
  source::Connection connection = source_value(source::Connection::open(access.options, pg::wait_for_socket));
  check_source(connection.read_text_raw());
  return std::make_unique<KeptConnection>(std::move(access), std::move(connection));
}

/// A second connection like `kept`, which is kept as well. Null where there can be none; the reason is
/// nobody's business here, and a cancel stays pending.
std::unique_ptr<KeptConnection> helper_of(const KeptConnection& kept) {
  std::unique_ptr<KeptConnection> helper = find_idle(kept.access);
  if (helper != nullptr) return helper;
  Result<source::Connection> opened = source::Connection::open(kept.access.options, pg::wait_for_socket);
  if (!opened.ok() || !opened->read_text_raw().ok()) return nullptr;
  return std::make_unique<KeptConnection>(kept.access, *std::move(opened));
}

bool end_by_another(const KeptConnection& busy) noexcept {
  try {
    std::unique_ptr<KeptConnection> helper = helper_of(busy);
    if (helper == nullptr || !helper->connection.end_statement_of(busy.connection).ok()) return false;
    helper->in_use = false;
    pool().idle.push_back(std::move(helper));
    return true;
  } catch (...) {  // out of memory
    return false;
  }
}

bool bring_to_end(KeptConnection& busy, source::ResultStream& unfinished) {
  bool was_ended = false;
  const auto end = [&] { return was_ended = end_by_another(busy); };
  if (!unfinished.read_to_end(kShortRest, kShortRestMs, end)) return false;
  return !was_ended || busy.connection.settle().ok();
}

}  // namespace

KeptConnection::KeptConnection(SourceAccess its_access, source::Connection its_connection)
    : access(std::move(its_access)), connection(std::move(its_connection)) {
  pool().all.push_back(this);
}

KeptConnection::~KeptConnection() {
  auto& all = pool().all;
  all.erase(std::remove(all.begin(), all.end(), this), all.end());
}

ScanConnection::ScanConnection(std::unique_ptr<KeptConnection> kept) : kept_(std::move(kept)) {}
ScanConnection::ScanConnection(ScanConnection&&) noexcept = default;
ScanConnection& ScanConnection::operator=(ScanConnection&&) noexcept = default;
ScanConnection::~ScanConnection() = default;

source::Connection& ScanConnection::operator*() { return kept_->connection; }

ScanConnection ScanConnection::take(Oid server, Oid user) {
  SourceAccess access = source_access(server, user);
  std::unique_ptr<KeptConnection> kept = find_idle(access);
  return ScanConnection(kept != nullptr ? std::move(kept) : open_new(std::move(access)));
}

bool ScanConnection::was_lost_while_kept(const Status& error) {
  return kept_ != nullptr && kept_->was_kept && error.code() == ErrorCode::kConnection &&
         !kept_->connection.usable();
}

void ScanConnection::give_back(ScanConnection connection) {
  std::unique_ptr<KeptConnection> kept = std::move(connection.kept_);
  if (kept == nullptr) return;
  kept->in_use = false;
  if (kept->valid && kept->connection.usable()) pool().idle.push_back(std::move(kept));
}

void ScanConnection::give_back(ScanConnection connection, source::ResultStream unfinished) {
  if (connection.kept_->valid && bring_to_end(*connection.kept_, unfinished))
    give_back(std::move(connection));
}

void ScanConnection::give_back_after_error(ScanConnection connection,
                                           std::optional<source::ResultStream> unfinished) noexcept {
  try {
    if (!unfinished.has_value() || unfinished->read_to_end(kShortRest, 0, nullptr))
      give_back(std::move(connection));
    if (is_transaction_over()) close_unwanted();
  } catch (...) {  // out of memory: it is closed
  }
}

void end_statements_at_exit() {
  static bool registered = false;
  if (!registered) pg::guard([] { on_proc_exit(at_process_end, 0); });
  registered = true;
}

void keep_connections() { pool().keeps_all = true; }

std::vector<ConnectionListing> list_connections() {
  std::vector<ConnectionListing> list;
  for (const KeptConnection* kept : pool().all)
    list.push_back(
        {kept->access.server, kept->access.user, kept->valid, kept->in_use, kept->connection.thread()});
  return list;
}

bool close_connections(Oid server) {
  const auto is_meant = [&](const KeptConnection& kept) {
    return !OidIsValid(server) || kept.access.server == server;
  };
  auto& idle = pool().idle;
  const size_t before = idle.size();
  idle.erase(std::remove_if(idle.begin(), idle.end(), [&](const auto& kept) { return is_meant(*kept); }),
             idle.end());
  if (std::any_of(pool().all.begin(), pool().all.end(), [&](auto* kept) { return is_meant(*kept); }))
    pg::guard([] { ereport(WARNING, (errmsg("a connection that is in use was not closed"))); });
  return idle.size() != before;
}

void check_source(const Status& status) {
  if (status.ok()) return;
  pg::guard([] { CHECK_FOR_INTERRUPTS(); });
  throw pg::StatusError(status);
}

}  // namespace mysql_sync::fdw
