// Values to bit strings, bytes and uuid.
#pragma once

#include "pg/cell_target.hpp"

namespace mysql_sync::pg {

Datum to_bits(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum to_bytea(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum to_uuid(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);

}  // namespace mysql_sync::pg
