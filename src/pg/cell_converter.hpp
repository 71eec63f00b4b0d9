// Value -> Datum: one converter per column, chosen once from the target's type. Both the foreign data wrapper
// and the appliers use it, so that a value comes out the same on both paths.
#pragma once

#include "pg/compat/postgres_headers.hpp"

#include "pg/cell_target.hpp"

namespace mysql_sync::pg {

/// Converts the cells of one column. Copyable; allocates results in CurrentMemoryContext.
///
/// Nothing is cut or rounded to make it fit: a value that the target type cannot hold is an error (which
/// types go together, and what may not fit: core/types/type_fit.hpp). DATETIME and TIMESTAMP meet in UTC
/// where one becomes the other.
class CellConverter {
 public:
  /// `target` and `typmod` are the target column's. Any target type is accepted: those without a fast path go
  /// through MySQL's text of the value and the type's input function. `column` (for messages, in the encoding
  /// of the database) must outlive it, and so must the memory context that is current here. Runs inside
  /// guard() or a backend callback.
  static CellConverter create(const ColumnType& source, Oid target, int32 typmod, const char* column,
                              const ValuePolicies& policies, ColumnRole role);

  /// Runs inside guard() or a backend callback: bad values leave by ereport(ERROR), naming the column.
  /// A kTargetText goes through the type's input function and no policy; kAbsent and kJsonDiff are no values.
  /// `changed` is incremented when a policy replaced the value.
  Datum convert(const Value& value, bool* is_null, uint64* changed) const {
    *is_null = value.is_null();
    if (*is_null) return Datum{0};
    if (value.kind() >= ValueKind::kAbsent) return from_target_text(value);
    const Datum result = function_(cell_, value, is_null, changed);
    if (OidIsValid(domain_)) check_domain(result, *is_null);
    return result;
  }

 private:
  Datum from_target_text(const Value& value) const;
  void check_domain(Datum value, bool is_null) const;

  CellTarget cell_;
  CellFunction function_ = nullptr;
  Oid domain_ = InvalidOid;  // the target's type, where it is one
  MemoryContext domain_memory_ = nullptr;
  mutable void* domain_state_ = nullptr;
};

}  // namespace mysql_sync::pg
