#include "bgworker/stream/stream_state.hpp"

namespace mysql_sync {

StreamState::StreamState(const TaskConfig& task, const TaskProgress& progress,
                         std::vector<MappedTable> mapped, source::Connection connection, SourceFacts known,
                         const binlog::VoidRows& void_rows, UnrelatedXids& unrelated)
    : config(task),
      facts(std::move(known)),
      control(std::move(connection)),
      tables(std::move(mapped), facts.names, facts.mariadb, facts.charset_of_collation),
      ghosts(facts.names),
      databases(facts.names),
      refresh(control, config.is_copy(), progress.consistent),
      target(config, refresh, facts.mariadb),
      prepared(config.task, unrelated, [this](const auto& work) { target.within(work); }),
      recent(progress.applied),
      transactions(progress.applied, progress.gtids, &void_rows),
      consistent(progress.consistent) {}

/// Strict needs a target that is a copy: one that was loaded, caught up, and gets all changes.
ApplyMode StreamState::mode(const MappedTable& table) const {
  const BinlogPosition& boundary = transactions.boundary();
  const bool is_exact = config.is_copy() && consistent <= boundary && table.life.is_exact(boundary);
  return is_exact ? ApplyMode::kStrict : ApplyMode::kIdempotent;
}

/// Rows that were read from the source are ahead of the binlog: it has to catch up with them.
void StreamState::widen_catch_up() {
  if (refreshes_ == refresh.count()) return;
  refreshes_ = refresh.count();
  if (consistent < refresh.ahead_until()) consistent = refresh.ahead_until();
}

bool StreamState::is_void() const { return !lets_go && transactions.is_row_event_void(); }

/// Rows that were read ahead of the statement need not fit columns that it narrows and a later one widens
/// again.
bool StreamState::has_rows_ahead(const MappedTable& table) const {
  const BinlogPosition& boundary = transactions.boundary();
  return !(consistent <= boundary && table.life.is_exact(boundary));
}

/// True if statements are not in effect in the columns known of a table that waits for its reload.
bool StreamState::follows_names(const MappedTable& table) const {
  return table.life.is_outdated() && !table.is_unread() && table.life.begin() <= transactions.boundary();
}

void StreamState::in_ddl(const std::function<void(pg::SpiSession&)>& work) {
  target.apply_batch();
  target.within(work);
}

ErrorEntry entry_of(const std::string& table, const std::string& message, const StatementContext& context) {
  ErrorEntry entry;
  entry.source_table = table;
  entry.position = context.position;
  entry.gtid = context.gtid;
  entry.sqlstate = "01000";
  entry.message = message;
  entry.detail = context.text;
  return entry;
}

void StreamState::note(const std::string& table, const std::string& message,
                       const StatementContext& context) {
  ErrorEntry entry = entry_of(table, message, context);
  entry.sqlstate = "00000";
  in_ddl([&](pg::SpiSession& spi) { log_error(spi, config.task, entry); });
}

void StreamState::warn_of_rows(const MappedTable& table, const std::string& reason,
                               const StatementContext& context) {
  ErrorEntry entry = entry_of(table.schema.display_name(), reason, context);
  entry.remedy = "Compare the target table with the source.";
  target.warn(entry);
}

StatementContext StreamState::no_statement() const {
  StatementContext context;
  context.time = transactions.boundary_time();
  context.position = transactions.next().to_string();
  context.gtid = transactions.gtid_text();
  return context;
}

StatementContext context_of(const binlog::EventHeader& header, StatementContext now) {
  now.time = header.timestamp;
  now.time_us = int64_t{header.timestamp} * 1000000;
  now.may_be_of_temporary = (header.flags & binlog::EventHeader::kThreadSpecific) != 0;
  return now;
}

std::string display_name(const ddl::TableName& name) { return name.database + "." + name.table; }

const char* how_to_go_on() {
  return "Call mysql_sync.reset_task(), then start_task(): all tables are loaded again. A table that cannot be carried "
         "is to be left out, by alter_task() between the two.";
}

void fail_not_carried(const MappedTable& table, const std::string& what, const StatementContext& context) {
  pg::fail(ErrorCode::kUnsupported, what + " on " + table.schema.display_name() + " is not carried",
           context.text, how_to_go_on());
}

}  // namespace mysql_sync
