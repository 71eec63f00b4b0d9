// Arguments of SQL-callable functions as text.
#pragma once

#include "pg/spi.hpp"

namespace mysql_sync::pg {

/// Argument `index` in its type's text form; nothing for SQL NULL. `type` is the argument's declared type.
Text argument_text(FunctionCallInfo call, int index, Oid type);

/// The same for an argument that must not be NULL: kInvalidArgument naming it where it is.
std::string required_argument(FunctionCallInfo call, int index, Oid type, const char* name);

/// Puts rows of text cells (NULL for nothing) into the result of a set-returning function, each in the type
/// of its column. The caller returns (Datum) 0.
void return_text_rows(FunctionCallInfo call, const std::vector<TextRow>& rows);

}  // namespace mysql_sync::pg
