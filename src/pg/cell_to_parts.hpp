// Values of several parts: SET and VECTOR to arrays, GEOMETRY to PostGIS.
#pragma once

#include "pg/cell_target.hpp"

namespace mysql_sync::pg {

/// The labels of a SET.
Datum set_to_array(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
/// The entries of a VECTOR.
Datum vector_to_array(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
/// The text of a VECTOR, as the input function of a type for vectors reads it.
Value vector_text(const CellTarget& cell, const Value& value);
/// Hexadecimal EWKB, which the input function of PostGIS reads.
Datum geometry_by_input(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);

}  // namespace mysql_sync::pg
