// What conversions report. All of it names the column.
#pragma once

#include <string_view>

#include "pg/cell_target.hpp"

namespace mysql_sync::pg {

/// Names the column in whatever the backend reports between its begin and its end.
class CellContext {
 public:
  explicit CellContext(const CellTarget& cell);
  void end() { error_context_stack = callback_.previous; }

 private:
  ErrorContextCallback callback_;
};

/// ereport(ERROR): the value does not fit the target's type.
[[noreturn]] void does_not_fit(const CellTarget& cell, const Value& value, int sqlstate,
                               const char* hint = nullptr);

/// Errors where the bytes are more than a value of the target can have.
void check_size(const CellTarget& cell, std::string_view bytes);

}  // namespace mysql_sync::pg
