#include "bgworker/catalog/task_progress.hpp"

#include "pg/encoding.hpp"

namespace mysql_sync {

namespace {

BinlogPosition position_of(const pg::Text& file, const pg::Text& offset) {
  if (!file || !offset) return {};
  return {*file, std::stoull(*offset)};
}

/// Text for an error message; characters that the database lacks are replaced.
pg::Text text_or_null(const std::string& text) {
  return text.empty() ? pg::Text() : pg::Text(pg::showable(text));
}

pg::Text offset_or_null(const BinlogPosition& position) {
  return position.empty() ? pg::Text() : pg::Text(std::to_string(position.offset));
}

}  // namespace

const char* TaskProgress::running_state() const {
  if (applied.empty()) return task_state::kPrechecking;
  const bool loaded = !consistent.empty() && consistent <= applied;
  return loaded ? task_state::kSynchronizing : task_state::kInitializing;
}

void ensure_progress(pg::SpiSession& spi, const std::string& task) {
  spi.execute(
      "INSERT INTO mysql_sync.task_progress (task) SELECT $1::name"
      " WHERE NOT EXISTS (SELECT 1 FROM mysql_sync.task_progress WHERE task = $1::name)",
      {task});
}

TaskProgress read_progress(pg::SpiSession& spi, const std::string& task) {
  const auto row = spi.query_row(
      "SELECT wanted, state, source_identity, applied_file, applied_offset, consistent_file, "
      "consistent_offset,"
      "       gtid_set, file_created, judged_file, judged_offset FROM mysql_sync.task_progress WHERE task = $1::name",
      {task});
  TaskProgress progress;
  if (!row) return progress;
  progress.wanted_running = *(*row)[0] == "running";
  progress.state = *(*row)[1];
  progress.source_identity = (*row)[2].value_or("");
  progress.applied = position_of((*row)[3], (*row)[4]);
  progress.consistent = position_of((*row)[5], (*row)[6]);
  progress.gtids = pg::value_or_throw(GtidSet::parse(*(*row)[7]));
  progress.file_created = static_cast<uint32_t>(std::stoul(*(*row)[8]));
  progress.judged = position_of((*row)[9], (*row)[10]);
  return progress;
}

void set_state(pg::SpiSession& spi, const std::string& task, const std::string& state) {
  spi.execute("UPDATE mysql_sync.task_progress SET state = $2 WHERE task = $1::name AND state <> $2",
              {task, state});
}

void set_wanted(pg::SpiSession& spi, const std::string& task, bool running) {
  spi.execute(
      "UPDATE mysql_sync.task_progress SET wanted = $2,"
      "       started_at = CASE WHEN $2 = 'running' THEN clock_timestamp() ELSE started_at END"
      " WHERE task = $1::name",
      {task, running ? "running" : "stopped"});
}

void note_start(pg::SpiSession& spi, const std::string& task, const std::string& source_identity,
                const BinlogPosition& position, const std::string& gtid_set) {
  spi.execute(
      "UPDATE mysql_sync.task_progress SET state = 'initializing', source_identity = $2, applied_file = $3,"
      "       applied_offset = $4::bigint, gtid_set = $5, consistent_file = NULL, consistent_offset = NULL,"
      "       file_created = 0, judged_file = NULL, judged_offset = NULL"
      " WHERE task = $1::name",
      {task, source_identity, position.file, std::to_string(position.offset), gtid_set});
}

void reset_progress(pg::SpiSession& spi, const std::string& task) {
  ensure_progress(spi, task);
  spi.execute(
      "UPDATE mysql_sync.task_progress SET state = $2, source_identity = NULL, applied_file = NULL,"
      "       applied_offset = NULL, gtid_set = '', file_created = 0, consistent_file = NULL,"
      "       consistent_offset = NULL, judged_file = NULL, judged_offset = NULL, source_file = NULL, source_offset = NULL, caught_up = false,"
      "       current_at = NULL, seen_at = NULL, rows_per_second = 0, last_error = NULL"
      " WHERE task = $1::name",
      {task, task_state::kNotStarted});
}

void note_consistent(pg::SpiSession& spi, const std::string& task, const BinlogPosition& position) {
  spi.execute(
      "UPDATE mysql_sync.task_progress SET consistent_file = $2, consistent_offset = $3::bigint"
      " WHERE task = $1::name",
      {task, position.file, std::to_string(position.offset)});
}

void note_judged(pg::SpiSession& spi, const std::string& task, const BinlogPosition& position) {
  spi.execute(
      "UPDATE mysql_sync.task_progress SET judged_file = $2, judged_offset = $3::bigint WHERE task = $1::name",
      {task, position.file, std::to_string(position.offset)});
}

CommitNotes::CommitNotes()
    : statement_(
          "UPDATE mysql_sync.task_progress SET applied_file = $2, applied_offset = $3::bigint, gtid_set = $4,"
          "       inserted = inserted + $5::bigint, updated = updated + $6::bigint,"
          "       deleted = deleted + $7::bigint,"
          "       ddl = ddl + $8::bigint, rows_per_second = $9::double precision,"
          "       current_at = to_timestamp($10::double precision), caught_up = $11::boolean,"
          "       source_file = coalesce($12, source_file), source_offset = coalesce($13::bigint, source_offset),"
          "       file_created = $14::bigint, consistent_file = $15, consistent_offset = $16::bigint,"
          "       seen_at = clock_timestamp(), last_commit_at = clock_timestamp()"
          " WHERE task = $1::name AND wanted = 'running'") {}

void CommitNotes::write(pg::SpiSession& spi, const std::string& task, const CommitNote& note) {
  const uint64_t written = statement_.execute(
      spi,
      {task, note.applied.file, std::to_string(note.applied.offset), note.gtid_set,
       std::to_string(note.inserted), std::to_string(note.updated), std::to_string(note.deleted),
       std::to_string(note.ddl), std::to_string(note.rows_per_second),
       std::to_string(static_cast<double>(note.current_at_us) / 1e6), note.caught_up ? "t" : "f",
       text_or_null(note.source_end.file), offset_or_null(note.source_end), std::to_string(note.file_created),
       text_or_null(note.consistent.file), offset_or_null(note.consistent)});
  if (written == 0) pg::fail(ErrorCode::kCancelled, "the task was stopped");
}

void note_error(pg::SpiSession& spi, const std::string& task, const std::string& error) {
  spi.execute(
      "UPDATE mysql_sync.task_progress SET caught_up = false, last_error = $2,"
      "       last_error_at = clock_timestamp()"
      " WHERE task = $1::name",
      {task, pg::showable(error)});
}

void note_retry(pg::SpiSession& spi, const std::string& task, const std::string& error) {
  note_error(spi, task, error);
  spi.execute("UPDATE mysql_sync.task_progress SET retries = retries + 1 WHERE task = $1::name", {task});
}

void clear_error(pg::SpiSession& spi, const std::string& task) {
  spi.execute(
      "UPDATE mysql_sync.task_progress SET last_error = NULL WHERE task = $1::name AND last_error IS NOT NULL",
      {task});
}

void log_error(pg::SpiSession& spi, const std::string& task, const ErrorEntry& entry) {
  spi.execute(
      "INSERT INTO mysql_sync.error_log (task, source_table, position, gtid, sqlstate, message, detail, "
      "remedy,"
      " context) VALUES ($1::name, $2, $3, $4, $5, $6, $7, $8, $9)",
      {task, text_or_null(entry.source_table), text_or_null(entry.position), text_or_null(entry.gtid),
       entry.sqlstate, pg::showable(entry.message), text_or_null(entry.detail), text_or_null(entry.remedy),
       text_or_null(entry.context)});
  spi.execute(
      "DELETE FROM mysql_sync.error_log WHERE task = $1::name AND at < (SELECT at FROM mysql_sync.error_log"
      " WHERE task = $1::name ORDER BY at DESC OFFSET 999 LIMIT 1)",
      {task});
}

bool count_again(pg::SpiSession& spi, const std::string& task, const ErrorEntry& entry) {
  return spi.execute(
             "UPDATE mysql_sync.error_log SET count = count + 1, last_at = clock_timestamp()"
             " WHERE task = $1::name AND message = $2 AND sqlstate = $3 AND coalesce(source_table, '') = $4"
             "   AND last_at > clock_timestamp() - interval '10 minutes'",
             {task, pg::showable(entry.message), entry.sqlstate, pg::showable(entry.source_table)}) > 0;
}

std::optional<ErrorEntry> find_load_error(pg::SpiSession& spi, const std::string& task,
                                          const std::string& since) {
  const auto row = spi.query_row(
      "SELECT e.sqlstate, e.message, e.detail, e.remedy, e.context, e.source_table, e.position"
      "  FROM mysql_sync.error_log e LEFT JOIN mysql_sync.table_mapping m"
      "    ON m.task = e.task AND m.source_database || '.' || m.source_table = e.source_table"
      " WHERE e.task = $1::name AND e.last_at >= $2::timestamptz AND e.position LIKE 'load of chunk %'"
      "   AND (m.state IS NULL OR m.state <> 'suspended')"
      " ORDER BY m.last_error IS NOT NULL DESC, e.last_at DESC LIMIT 1",
      {task, since});
  if (!row) return std::nullopt;
  ErrorEntry entry;
  std::string* const cells[] = {&entry.sqlstate, &entry.message,      &entry.detail,  &entry.remedy,
                                &entry.context,  &entry.source_table, &entry.position};
  for (size_t i = 0; i < std::size(cells); ++i) *cells[i] = (*row)[i].value_or("");
  return entry;
}

}  // namespace mysql_sync
