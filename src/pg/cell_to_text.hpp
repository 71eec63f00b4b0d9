// Values to text, and to every type without a conversion of its own, through its input function.
#pragma once

#include <string_view>

#include "pg/cell_target.hpp"
#include "pg/cell_text.hpp"

namespace mysql_sync::pg {

/// MySQL's text of the value, checked, by the policies, in the encoding of the database.
std::string_view text_of(const CellTarget& cell, const Value& value, CellTextBuffer* buffer, uint64* changed);

/// The target's input function on text that is in the encoding of the database.
Datum call_input(const CellTarget& cell, std::string_view text);

/// A varlena of these bytes: text and bytea alike.
Datum text_datum(std::string_view bytes);

Datum to_text(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum to_varchar(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum to_bpchar(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum to_enum(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);
Datum by_input(const CellTarget& cell, const Value& value, bool* is_null, uint64* changed);

}  // namespace mysql_sync::pg
