#include "bgworker/worker/worker_runtime.hpp"

#include "bgworker/catalog/task_lock.hpp"
#include "pg/compat/worker_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/transaction.hpp"

extern "C" {
#include "commands/dbcommands.h"
#include "utils/acl.h"
}

namespace mysql_sync {

namespace {

/// Its number where the name cannot be read.
std::string this_database() {
  std::string name;
  try {
    in_transaction([&](pg::SpiSession&) {
      const char* own = pg::guard([] { return get_database_name(MyDatabaseId); });
      if (own != nullptr) name = pg::from_server(own);
    });
  } catch (const std::exception&) {
    name.clear();
  }
  return name.empty() ? std::to_string(MyDatabaseId) : name;
}

std::string subject_of(const std::string& task) {
  return "mysql_sync " + (task.empty() ? "worker" : "task \"" + task + "\"") + " of database \"" +
         this_database() + "\"";
}

std::string describe(const ErrorPlace& place) {
  std::string text = place.source_table.empty() ? "" : "table " + place.source_table;
  if (!place.position.empty()) text += (text.empty() ? "" : ", ") + place.position;
  return text;
}

void write_log(const std::string& subject, const pg::ErrorReport& report, const ErrorPlace& place) {
  const std::string message = pg::shown_by_server(subject + ": " + report.message);
  const std::string detail = pg::shown_by_server(report.detail), hint = pg::shown_by_server(report.hint);
  const std::string where = pg::shown_by_server(describe(place));
  pg::guard([&] {
    ereport(WARNING, (errcode(report.sqlstate), errmsg_internal("%s", message.c_str()),
                      detail.empty() ? 0 : errdetail_internal("%s", detail.c_str()),
                      hint.empty() ? 0 : errhint("%s", hint.c_str()),
                      where.empty() ? 0 : (errcontext("%s", where.c_str()))));
  });
}

// What was set before us: PostgreSQL chains hooks like this.
emit_log_hook_type previous_log_hook = nullptr;

/// A worker that is told to end does what it should: that is no FATAL error. Called by ereport().
void note_end(ErrorData* error) {
  if (previous_log_hook != nullptr) previous_log_hook(error);
  if (error->elevel != FATAL || error->sqlerrcode != ERRCODE_ADMIN_SHUTDOWN) return;
  error->output_to_server = false;
  HOLD_INTERRUPTS();
  ereport(LOG, (errmsg_internal("%s", error->message)));
  RESUME_INTERRUPTS();
}

}  // namespace

void in_transaction(const std::function<void(pg::SpiSession&)>& work) {
  pg::Transaction transaction;
  {
    pg::SpiSession spi;
    work(spi);
  }
  transaction.commit();
}

void become_owner(const std::string& owner) {
  Oid role = InvalidOid;
  in_transaction([&](pg::SpiSession&) {
    const std::string name = pg::to_server(owner);
    role = pg::guard([&] { return get_role_oid(name.c_str(), true); });
    if (!OidIsValid(role))
      pg::fail(ErrorCode::kNotFound, "the task's owner \"" + owner + "\" does not exist", {},
               "Make a superuser of that name, then start the task again.");
    if (!pg::guard([&] { return superuser_arg(role); }))
      pg::fail(ErrorCode::kPermission, "the task's owner \"" + owner + "\" is no superuser any more",
               "Tasks are for superusers.", "ALTER ROLE ... SUPERUSER, then start the task again.");
  });
  SetUserIdAndSecContext(role, 0);
}

bool may_pass(const pg::ErrorReport& report) {
  return is_transient(report) || report.sqlstate == pg::sqlstate_of(ErrorCode::kAuthentication);
}

bool record_error(pg::SpiSession& spi, const std::string& task, const pg::ErrorReport& report,
                  const ErrorPlace& place) {
  const ErrorEntry entry = {place.source_table, place.position, place.gtid,  report.sqlstate_text(),
                            report.message,     report.detail,  report.hint, report.context};
  if (may_pass(report)) {
    lock_errors(spi, task);
    if (count_again(spi, task, entry)) return false;
  }
  log_error(spi, task, entry);
  return true;
}

void log_failure(const std::string& task, const pg::ErrorReport& report, const ErrorPlace& place,
                 const char* what) noexcept {
  try {
    write_log(subject_of(task) + " " + what, report, place);
  } catch (...) {  // no memory left even to say so
    return;
  }
}

void log_current_failure(const std::string& task, const char* what) noexcept {
  try {
    log_failure(task, pg::describe_current_exception(), {}, what);
  } catch (...) {
    return;
  }
}

std::string one_line(const pg::ErrorReport& report) {
  return report.detail.empty() ? report.message : report.message + ": " + report.detail;
}

void run_worker(const std::function<void()>& body) {
  previous_log_hook = std::exchange(emit_log_hook, note_end);
  pg::entry([&] { body(); });
}

}  // namespace mysql_sync
