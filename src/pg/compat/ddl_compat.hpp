// What a statement that changes tables finds around it in a session, and a background worker lacks.
#pragma once

#include "pg/compat/postgres_headers.hpp"

extern "C" {
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/portal.h"
}

namespace mysql_sync::compat {

/// What begin_statement() put in place, for end_statement().
struct StatementFrame {
  const char* text;
  Portal portal;
};

/// Shows `text` as the session's statement, which has to live until end_statement(). Greenplum 6 gives it to
/// the queries that SET DISTRIBUTED BY runs, and asks the portal how much memory they may have. Runs inside
/// guard().
inline StatementFrame begin_statement(const char* text) {
  const StatementFrame before{debug_query_string, ActivePortal};
  debug_query_string = text;
#ifdef GP_VERSION_NUM
  if (ActivePortal == nullptr) ActivePortal = CreateNewPortal();
#endif
  return before;
}

/// `failed`: the transaction is to be aborted, which drops the portal. Raises no error: nothing runs in it.
inline void end_statement(const StatementFrame& before, [[maybe_unused]] bool failed) {
#ifdef GP_VERSION_NUM
  Portal portal = ActivePortal;
  ActivePortal = before.portal;
  if (portal != before.portal && !failed) PortalDrop(portal, false);
#endif
  debug_query_string = before.text;
}

/// Runs a statement as the only one of the open transaction: before PostgreSQL 12, ALTER TYPE … ADD VALUE is
/// refused in a function, which SPI is to the server. Runs inside guard().
inline void run_alone(const char* sql) {
#if PG_VERSION_NUM < 100000
  Node* statement = (Node*)linitial(pg_parse_query(sql));
  ProcessUtility(statement, sql, PROCESS_UTILITY_TOPLEVEL, NULL, None_Receiver, NULL);
#else
  SPI_connect();
  const int code = SPI_execute(sql, false, 0);
  if (code < 0) ereport(ERROR, (errmsg("SPI failed: %s", SPI_result_code_string(code))));
  SPI_finish();
#endif
}

}  // namespace mysql_sync::compat
