#include "bgworker/worker_runtime.hpp"

#include "pg/compat/worker_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/transaction.hpp"

extern "C" {
#include "utils/acl.h"
}

namespace mysql_sync {

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
      pg::fail(ErrorCode::kNotFound, "the task's owner \"" + owner + "\" does not exist");
  });
  SetUserIdAndSecContext(role, 0);
}

void record_error(pg::SpiSession& spi, const std::string& task, const pg::ErrorReport& report,
                  const ErrorPlace& place) {
  if (is_transient(report) && is_logged(spi, task, report.message)) return;
  log_error(spi, task,
            {place.source_table, place.position, place.gtid, report.sqlstate_text(), report.message,
             report.detail, report.hint, report.context});
}

std::string one_line(const pg::ErrorReport& report) {
  return report.detail.empty() ? report.message : report.message + ": " + report.detail;
}

void run_worker(const std::function<void()>& body) {
  pg::entry([&] { body(); });
}

}  // namespace mysql_sync
