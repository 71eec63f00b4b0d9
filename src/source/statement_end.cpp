#include "source/statement_end.hpp"

#include <algorithm>
#include <vector>

#include "source/client_library.hpp"

namespace mysql_sync::source {
namespace {

constexpr uint32_t kLoginSeconds = 2;
constexpr uint32_t kAnswerSeconds = 1;

std::vector<ClientSession*>& sessions() {
  static auto* const all = new std::vector<ClientSession*>();  // must outlive every session
  return *all;
}

std::string cell(MYSQL_ROW row, unsigned index) { return row[index] == nullptr ? "" : row[index]; }

Status end_thread_by(ClientSession& session, const ConnectionOptions& options, const SessionPlace& place) {
  MYSQL_SYNC_RETURN_IF_ERROR(session.connect(options, options.ssl_mode != SslMode::kDisabled));
  session.set_silence_limit(kAnswerSeconds);
  MYSQL_SYNC_ASSIGN_OR_RETURN(const SessionPlace own, read_place(session));
  if (own.server != place.server) return Status(ErrorCode::kNotFound, "another server");
  return session.query("KILL CONNECTION " + place.thread);
}

}  // namespace

Result<SessionPlace> read_place(ClientSession& session) {
  MYSQL_SYNC_RETURN_IF_ERROR(session.query(
      "SELECT CONNECTION_ID(), CONCAT_WS('|', @@hostname, @@port, @@server_id, @@datadir, @@pid_file)"));
  MYSQL_SYNC_ASSIGN_OR_RETURN(MYSQL_RES * result, session.use_result());
  SessionPlace place;
  if (result == nullptr) return place;
  Result<MYSQL_ROW> row = session.fetch_row(result);
  if (row.ok() && *row != nullptr) place = {cell(*row, 0), cell(*row, 1)};
  while (row.ok() && *row != nullptr) row = session.fetch_row(result);
  mysql_free_result(result);
  if (!row.ok()) return row.status();
  return place;
}

void end_thread(const ConnectionOptions& options, const SessionPlace& place) noexcept {
  if (place.thread.empty()) return;
  try {
    ConnectionOptions quick = options;
    quick.connect_timeout_s = std::min(std::max(options.connect_timeout_s, 1U), kLoginSeconds);
    ClientSession session{WaitHook()};           // nothing interrupts it: its limits are short
    (void)end_thread_by(session, quick, place);  // nobody is left to be told
  } catch (...) {
  }
}

void add_session(ClientSession* session) { sessions().push_back(session); }

void remove_session(ClientSession* session) {
  std::vector<ClientSession*>& all = sessions();
  all.erase(std::remove(all.begin(), all.end(), session), all.end());
}

void end_running_statements() noexcept {
  const std::vector<ClientSession*> all = sessions();
  for (ClientSession* session : all) session->end_statement();
}

}  // namespace mysql_sync::source
