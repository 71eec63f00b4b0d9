// What other parts of the extension may ask a foreign scan.
#pragma once

#include <cstdint>

namespace mysql_sync::fdw {

/// What the foreign scans of this process have done so far. The load takes the difference over its
/// INSERT … SELECT. On Greenplum a scan that feeds a motion runs in another process and is not counted here.
struct ScanTotals {
  uint64_t bytes = 0;              ///< of cells received from the source
  uint64_t changed_by_policy = 0;  ///< values that the policies (zero_dates, nul_bytes) replaced
};
ScanTotals scan_totals();

/// From here on, connections of this process's foreign scans wait for the next scan beyond the commit of a
/// transaction. For workers that do little else: logging in with TLS costs more than reading a small table.
void keep_connections();

}  // namespace mysql_sync::fdw
