// Values of several parts -> arrays: the labels of a SET, the entries of a VECTOR. Backend code.
#pragma once

#include "pg/compat/postgres_headers.hpp"

namespace mysql_sync::pg {

/// What construct_array() asks of an element type.
struct ArrayElement {
  Oid type = InvalidOid;  ///< invalid: not an array
  int16 length = 0;
  bool by_value = false;
  char align = 'i';
};

/// The element type of an array type; an invalid one of any other type.
ArrayElement array_element(Oid type);

/// The labels of a SET as MySQL prints them, with commas between, in the server's encoding. '' is no label.
Datum labels_to_array(std::string_view labels, const ArrayElement& element);

/// The entries of a VECTOR: 32-bit floats, lowest byte first, their number a whole one. To real[] or double
/// precision[].
Datum entries_to_array(std::string_view entries, const ArrayElement& element);

/// "[1,0.5]", which is what pgvector reads; digits enough to get every bit back.
std::string_view entries_to_text(std::string_view entries);

}  // namespace mysql_sync::pg
