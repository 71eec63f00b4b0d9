#include "fdw/fdw_plan_check.hpp"

#include "fdw/fdw_remote_table.hpp"
#include "pg/guard.hpp"

extern "C" {
#include "storage/sinval.h"
}

namespace mysql_sync::fdw {

namespace {

/// The last letter of a mark tells whether there can be nulls.
bool agrees(const ScanColumn& planned, const std::string& arrived) {
  const std::string_view mark = planned.mark;
  if (mark.empty()) return true;
  if (arrived.empty() || mark.substr(0, mark.size() - 1) != arrived.substr(0, arrived.size() - 1))
    return false;
  return !planned.is_sorted || mark.back() != '!' || arrived.back() == '!';
}

/// The place of the first column that differs, or the number of columns.
size_t first_difference(const std::vector<ScanColumn>& planned, const std::vector<std::string>& arrived) {
  size_t at = 0;
  while (at < planned.size() && at < arrived.size() && agrees(planned[at], arrived[at])) ++at;
  return at;
}

const RemoteColumn& remote_column(const RemoteTable& table, const ScanColumn& column) {
  return table.column(static_cast<AttrNumber>(std::abs(column.attribute)));
}

/// A source may describe the columns of one result otherwise than those of another, of a view for instance:
/// then the table itself is asked once more.
bool is_as_planned(const std::vector<ScanColumn>& planned, const RemoteTable& now) {
  return std::all_of(planned.begin(), planned.end(), [&](const ScanColumn& column) {
    return agrees(column, remote_column(now, column).mark);
  });
}

/// As if the foreign table had changed, for this session alone.
void forget_plans(Oid foreign_table) {
  pg::guard([&] {
    SharedInvalidationMessage message;
    std::memset(&message, 0, sizeof message);
    message.rc.id = SHAREDINVALRELCACHE_ID;
    message.rc.dbId = MyDatabaseId;
    message.rc.relId = foreign_table;
    LocalExecuteInvalidationMessage(&message);
  });
}

}  // namespace

void check_plan_fits(const std::vector<ScanColumn>& planned, const std::vector<std::string>& arrived,
                     Oid foreign_table, Oid user) {
  const size_t different = first_difference(planned, arrived);
  if (different == planned.size()) return;
  const RemoteTable now = read_remote_table(foreign_table, user);
  if (is_as_planned(planned, now)) return;
  forget_plans(foreign_table);
  throw pg::PgError({ERRCODE_T_R_SERIALIZATION_FAILURE,
                     "the source has changed the table behind foreign table \"" + now.name +
                         "\" since the statement was planned",
                     "Column \"" + remote_column(now, planned[different]).name + "\" has another type there.",
                     "Repeat the statement.",
                     {}});
}

}  // namespace mysql_sync::fdw
