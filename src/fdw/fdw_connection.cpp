#include "fdw/fdw_connection.hpp"

#include "fdw/fdw_scan.hpp"
#include "pg/guard.hpp"
#include "pg/wait_hook.hpp"

#include <tuple>

namespace mysql_sync::fdw {

namespace {

constexpr size_t kMostKept = 4;

/// Emptied at the end of every transaction, or only of those that fail.
std::vector<ScanConnection>& kept() {
  static std::vector<ScanConnection> connections;
  return connections;
}

bool& outlives_commit() {
  static bool outlives = false;
  return outlives;
}

void forget_at_end(XactEvent event, void*) {
  if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE) return;
  if (event == XACT_EVENT_COMMIT && outlives_commit()) return;
  kept().clear();
}

void register_once() {
  static bool registered = false;
  if (!registered) pg::guard([] { RegisterXactCallback(forget_at_end, nullptr); });
  registered = true;
}

auto identity(const source::ConnectionOptions& o) {
  return std::tie(o.host, o.port, o.username, o.password, o.connect_timeout_s, o.read_timeout_s, o.ssl_mode,
                  o.ssl_ca, o.ssl_cert, o.ssl_key);
}

}  // namespace

ScanConnection ScanConnection::take(const source::ConnectionOptions& options) {
  std::vector<ScanConnection>& connections = kept();
  for (auto at = connections.begin(); at != connections.end(); ++at) {
    if (identity(at->options_) != identity(options)) continue;
    ScanConnection found = std::move(*at);
    connections.erase(at);
    found.was_kept_ = true;
    return found;
  }
  return open(options);
}

ScanConnection ScanConnection::open(const source::ConnectionOptions& options) {
  source::Connection connection = source_value(source::Connection::open(options, pg::wait_for_socket));
  check_source(connection.read_text_raw());
  return {options, std::move(connection), false};
}

void ScanConnection::give_back(ScanConnection connection) {
  register_once();
  if (kept().size() < kMostKept) kept().push_back(std::move(connection));
}

void keep_connections() { outlives_commit() = true; }

void check_source(const Status& status) {
  if (status.ok()) return;
  pg::guard([] { CHECK_FOR_INTERRUPTS(); });
  throw pg::StatusError(status);
}

}  // namespace mysql_sync::fdw
