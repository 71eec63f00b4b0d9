// Whether a plan still fits the source's table, whose columns may have other types by now than when it was
// made.
#pragma once

#include "fdw/fdw_query.hpp"

namespace mysql_sync::fdw {

/// Compares the columns as they arrive with those of the plan, before any value is taken. Where they differ
/// it throws PgError (serialization_failure: repeating the statement helps), and plans on this table are made
/// anew.
void check_plan_fits(const std::vector<ScanColumn>& planned, const std::vector<std::string>& arrived,
                     Oid foreign_table, Oid user);

}  // namespace mysql_sync::fdw
