#include "fdw/fdw_callbacks.hpp"
#include "fdw/fdw_query.hpp"

namespace mysql_sync::fdw {

// Backend code only: there is nothing for entry() to catch.
void explain_scan(ForeignScanState* node, ExplainState* state) {
  const auto* plan = reinterpret_cast<ForeignScan*>(node->ss.ps.plan);
  ExplainPropertyText("MySQL query", query_text_for_explain(ScanQuery::from_private(plan->fdw_private)),
                      state);
}

}  // namespace mysql_sync::fdw
