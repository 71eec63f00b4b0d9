// The applier for PostgreSQL: rows go through the executor's own functions, inserts in bulk as COPY does
// them.
#pragma once

#include "apply/applier.hpp"

namespace mysql_sync::apply {

/// kUnsupported if the server keeps its rows elsewhere (Greenplum).
std::unique_ptr<Applier> make_executor_applier();

}  // namespace mysql_sync::apply
