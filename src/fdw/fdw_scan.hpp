// What other parts of the extension may ask a foreign scan.
#pragma once

#include <cstdint>

namespace mysql_sync::fdw {

/// How many values the policies (zero_dates, nul_bytes) have replaced in foreign scans of this process so
/// far. The load takes the difference over its INSERT … SELECT.
uint64_t values_changed_by_policy();

}  // namespace mysql_sync::fdw
