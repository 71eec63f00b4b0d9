#include "source/start_position.hpp"

#include <cstdlib>
#include <set>
#include <string>

namespace mysql_sync::source {
namespace {

constexpr int kPolls = 600;
constexpr const char* kPollPause = "SELECT SLEEP(0.1)";
constexpr std::chrono::seconds kMargin{2};

using Rows = std::vector<std::vector<std::optional<std::string>>>;

std::string cell(const Rows& rows, size_t row, size_t column) {
  return row < rows.size() && column < rows[row].size() ? rows[row][column].value_or("") : std::string();
}

/// Runs `is_over` until it says true, with a pause on the source in between.
template <typename Condition>
Status wait_on_source(Connection& connection, Condition is_over) {
  for (int i = 0; i < kPolls; ++i) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(const bool over, is_over());
    if (over) return {};
    MYSQL_SYNC_RETURN_IF_ERROR(connection.execute(kPollPause));
  }
  return Status(ErrorCode::kConnection, "transactions on the source hang in their commit",
                "They are in the binlog and not yet in the tables.",
                "Look for semi-synchronous replicas that do not answer.");
}

/// "uuid:1#5:2#6, uuid:7#8" as {"uuid:1#5", "uuid:2#6", …}.
std::set<std::string> split_owned(const std::string& text) {
  std::set<std::string> owned;
  std::string source, word;
  for (const char c : text + ",") {
    if (c == ' ' || c == '\n') continue;
    if (c != ':' && c != ',') {
      word += c;
      continue;
    }
    if (source.empty())
      source = word;
    else if (word.find('#') != std::string::npos)
      owned.insert(source + ":" + word);  // else a tag
    word.clear();
    if (c == ',') source.clear();
  }
  return owned;
}

Result<std::set<std::string>> read_owned(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const auto owned, connection.query_value("SELECT @@global.gtid_owned"));
  return split_owned(owned.value_or(""));
}

/// A transaction owns its GTID from before it is written to the binlog until the engine has committed it.
Result<bool> are_released(Connection& connection, const std::set<std::string>& owned) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const std::set<std::string> now, read_owned(connection));
  for (const std::string& gtid : owned)
    if (now.count(gtid) > 0) return false;
  return true;
}

Status wait_for_owned_gtids(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const std::set<std::string> before, read_owned(connection));
  return wait_on_source(connection, [&] { return are_released(connection, before); });
}

struct SemiSyncCounts {
  uint64_t waiting = 0, done = 0;
};

Result<SemiSyncCounts> read_semi_sync(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const Rows rows,
                              connection.query_all("SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_%'"));
  SemiSyncCounts counts;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string name = cell(rows, i, 0);
    const uint64_t value = std::strtoull(cell(rows, i, 1).c_str(), nullptr, 10);
    if (name == "Rpl_semi_sync_master_wait_sessions" || name == "Rpl_semi_sync_source_wait_sessions")
      counts.waiting += value;
    for (const char* done : {"master_yes_tx", "master_no_tx", "source_yes_tx", "source_no_tx"})
      if (name == std::string("Rpl_semi_sync_") + done) counts.done += value;
  }
  return counts;
}

/// Commits leave the wait in the order they entered it: those waiting then are through when as many have left
/// it.
Result<bool> are_through(Connection& connection, const SemiSyncCounts& before) {
  if (before.waiting == 0) return true;
  MYSQL_SYNC_ASSIGN_OR_RETURN(const SemiSyncCounts now, read_semi_sync(connection));
  return now.waiting == 0 || now.done >= before.done + before.waiting;
}

Status wait_for_semi_sync(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const SemiSyncCounts before, read_semi_sync(connection));
  return wait_on_source(connection, [&] { return are_through(connection, before); });
}

Result<bool> tells_owned_gtids(Connection& connection) {
  if (connection.version_number() < 50700) return false;
  MYSQL_SYNC_ASSIGN_OR_RETURN(const Rows mode,
                              connection.query_all("SHOW GLOBAL VARIABLES LIKE 'gtid_mode'"));
  return cell(mode, 0, 1) == "ON";
}

Status wait_until_visible(Connection& connection) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(const bool by_gtid, tells_owned_gtids(connection));
  if (by_gtid) return wait_for_owned_gtids(connection);
  MYSQL_SYNC_RETURN_IF_ERROR(wait_for_semi_sync(connection));
  return connection.execute("SELECT SLEEP(" + std::to_string(kMargin.count()) + ")");
}

/// The position of a snapshot, as MariaDB keeps it for the session that took one; empty if it does not.
Result<BinlogPosition> read_snapshot_position(Connection& connection) {
  MYSQL_SYNC_RETURN_IF_ERROR(connection.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT"));
  MYSQL_SYNC_ASSIGN_OR_RETURN(const Rows rows, connection.query_all("SHOW STATUS LIKE 'binlog_snapshot_%'"));
  MYSQL_SYNC_RETURN_IF_ERROR(connection.execute("ROLLBACK"));
  BinlogPosition position;
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string name = cell(rows, i, 0), value = cell(rows, i, 1);
    if (name == "Binlog_snapshot_file") position.file = value;
    if (name == "Binlog_snapshot_position") position.offset = std::strtoull(value.c_str(), nullptr, 10);
  }
  return position;
}

Result<BinlogStatus> read_snapshot_status(Connection& connection, BinlogPosition position) {
  BinlogStatus status;
  status.position = std::move(position);
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto gtids,
      connection.query_value("SELECT BINLOG_GTID_POS(" + connection.quote_literal(status.position.file) +
                             ", " + std::to_string(status.position.offset) + ")"));
  status.gtid_set = gtids.value_or("");
  return status;
}

}  // namespace

Result<BinlogStatus> read_start_position(Connection& connection) {
  if (connection.is_mariadb()) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(BinlogPosition snapshot, read_snapshot_position(connection));
    if (!snapshot.empty()) return read_snapshot_status(connection, std::move(snapshot));
  }
  MYSQL_SYNC_ASSIGN_OR_RETURN(BinlogStatus status, read_binlog_status(connection));
  MYSQL_SYNC_RETURN_IF_ERROR(wait_until_visible(connection));
  return status;
}

using Clock = std::chrono::steady_clock;

/// An end of the binlog, and what must be over before all of it is visible.
struct VisibleHorizon::Candidate {
  BinlogPosition position;
  bool by_gtid = false;
  std::set<std::string> owned;               // by_gtid
  SemiSyncCounts semi_sync;                  // else
  std::optional<Clock::time_point> through;  // since when nothing of it waits for a replica

  Status note(Connection& connection) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(BinlogStatus status, read_binlog_status(connection));
    position = std::move(status.position);
    MYSQL_SYNC_ASSIGN_OR_RETURN(by_gtid, tells_owned_gtids(connection));
    if (by_gtid) {
      MYSQL_SYNC_ASSIGN_OR_RETURN(owned, read_owned(connection));
    } else {
      MYSQL_SYNC_ASSIGN_OR_RETURN(semi_sync, read_semi_sync(connection));
    }
    return {};
  }

  Result<bool> is_visible(Connection& connection) {
    if (by_gtid) return owned.empty() ? Result<bool>(true) : are_released(connection, owned);
    if (!through) {
      MYSQL_SYNC_ASSIGN_OR_RETURN(const bool over, are_through(connection, semi_sync));
      if (over) through = Clock::now();
    }
    return through && Clock::now() - *through > kMargin;
  }
};

VisibleHorizon::VisibleHorizon() = default;
VisibleHorizon::~VisibleHorizon() = default;

Result<BinlogPosition> VisibleHorizon::look(Connection& connection) {
  if (connection.is_mariadb()) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(BinlogPosition snapshot, read_snapshot_position(connection));
    if (!snapshot.empty()) return snapshot;
  }
  if (candidate_ == nullptr) {
    auto candidate = std::make_unique<Candidate>();
    MYSQL_SYNC_RETURN_IF_ERROR(candidate->note(connection));
    candidate_ = std::move(candidate);
  }
  MYSQL_SYNC_ASSIGN_OR_RETURN(const bool is_visible, candidate_->is_visible(connection));
  if (is_visible) {
    visible_ = candidate_->position;
    candidate_.reset();
  }
  return visible_;
}

}  // namespace mysql_sync::source
