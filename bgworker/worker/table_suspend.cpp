#include "bgworker/worker/table_suspend.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "apply/target_catalog.hpp"
#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/catalog/table_mapping.hpp"

namespace mysql_sync {

namespace {

/// What a source says of a table that it cannot read, sorted: files that are gone, wrong or marked as
/// crashed, an engine or an index that is not there, a tablespace that was discarded.
constexpr unsigned kUnreadable[] = {1016, 1017, 1033, 1034, 1035, 1194, 1195,
                                    1286, 1712, 1812, 1813, 1814, 1877, 1932};

/// The number that stands in each message of a source; 0: it is none.
unsigned source_error(const std::string& message) {
  constexpr std::string_view kMark = "(MySQL error ";
  const size_t at = message.rfind(kMark);
  if (at == std::string::npos) return 0;
  unsigned number = 0;
  std::from_chars(message.data() + at + kMark.size(), message.data() + message.size(), number);
  return number;
}

bool is_unreadable(const pg::ErrorReport& report) {
  return report.sqlstate == pg::sqlstate_of(ErrorCode::kSource) &&
         std::binary_search(std::begin(kUnreadable), std::end(kUnreadable), source_error(report.message));
}

/// DROP COLUMN or DROP TABLE of what a view has; ALTER TYPE of it.
bool is_depended_on(const pg::ErrorReport& report) {
  return report.sqlstate == ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST ||
         report.sqlstate == ERRCODE_FEATURE_NOT_SUPPORTED;
}

const char* remedy_for(const pg::ErrorReport& report) {
  if (is_depended_on(report)) return "Drop or change on the target what is in the way.";
  if (!report.hint.empty()) return report.hint.c_str();
  return is_unreadable(report) ? "Repair, restore or import the table on the source." : "Fix the cause.";
}

void log_suspended(pg::SpiSession& spi, const std::string& task, const pg::ErrorReport& report,
                   const ErrorPlace& place) {
  ErrorEntry entry;
  entry.source_table = place.source_table;
  entry.position = place.position;
  entry.gtid = place.gtid;
  entry.sqlstate = report.sqlstate_text();
  entry.message = "the table is set aside: " + report.message;
  entry.detail = report.detail;
  entry.remedy =
      std::string(remedy_for(report)) + " Then call mysql_sync.resync_table(): the others go on meanwhile.";
  entry.context = report.context;
  log_error(spi, task, entry);
}

pg::ErrorReport not_logged(const MappedTable& table) {
  pg::ErrorReport report;
  report.sqlstate = ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
  report.message = "target table " + table.target.display_name() + " is UNLOGGED";
  report.detail = "A crash of the server empties it.";
  report.hint = "ALTER TABLE ... SET LOGGED.";
  return report;
}

bool is_written(const MappedTable& table) {
  return !table.life.is(TableState::kSuspended) && !table.life.is_away();
}

void refuse_unlogged(pg::SpiSession& spi, const TaskConfig& config, const MappedTable& table) {
  const pg::ErrorReport report = not_logged(table);
  if (!suspend_table(spi, config, report, {table.schema.display_name(), {}, {}})) throw pg::PgError(report);
}

}  // namespace

bool concerns_one_table(const pg::ErrorReport& report) {
  const bool is_limit = report.sqlstate_text().substr(0, 2) == "54";
  return is_limit || is_unreadable(report);
}

bool hinders_reload(pg::SpiSession& spi, const TaskConfig& config, const pg::ErrorReport& report,
                    const ErrorPlace& place) {
  if (!is_depended_on(report)) return false;
  const auto table = find_stored_table(spi, config.task, place.source_table);
  return table && (table->state == TableState::kReloadWanted || table->state == TableState::kReloading ||
                   table->state == TableState::kCatchingUp);
}

bool suspend_table(pg::SpiSession& spi, const TaskConfig& config, const pg::ErrorReport& report,
                   const ErrorPlace& place) {
  if (place.source_table.empty() || !reload_problem(config).empty()) return false;
  const auto table = find_stored_table(spi, config.task, place.source_table, true);
  if (!table || table->state == TableState::kSuspended || table->state == TableState::kDropped) return false;
  store_failure(spi, config.task, *table, one_line(report));
  log_suspended(spi, config.task, report, place);
  return true;
}

void check_logged_targets(const TaskConfig& config) {
  in_transaction([&](pg::SpiSession& spi) {
    for (const MappedTable& table : load_mappings(spi, config))
      if (is_written(table) && apply::is_unlogged(spi, table.target)) refuse_unlogged(spi, config, table);
  });
}

}  // namespace mysql_sync
