// Values to dates and times. Dates that no calendar has go by the policy zero_dates.
#pragma once

#include "pg/cell_target.hpp"

namespace mysql_sync::pg {

Datum to_date(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum to_timestamp(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum to_interval(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum to_time(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);

}  // namespace mysql_sync::pg
