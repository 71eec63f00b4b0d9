// Values to integers, floating point numbers, numeric and boolean. Nothing is rounded.
#pragma once

#include "pg/cell_target.hpp"

namespace mysql_sync::pg {

Datum to_int2(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum to_int4(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum to_int8(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum to_bool(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum to_float4(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum to_float8(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum to_numeric(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);

}  // namespace mysql_sync::pg
