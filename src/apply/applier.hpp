// Applies the net changes of a batch to target tables. One interface, an implementation for each kind of
// target: the executor API on PostgreSQL, set-based statements on Greenplum.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/batch/change_batch.hpp"
#include "core/types/table_schema.hpp"
#include "pg/cell_converter.hpp"

namespace mysql_sync::apply {

/// A source table and where its rows go.
struct TargetTable {
  std::string schema, table;           ///< in the target
  std::vector<std::string> columns;    ///< the target column of each source column, in the source's order
  pg::ValuePolicies policies;
};

/// What an apply did, in rows of the target.
struct ApplyCounts {
  uint64_t inserted = 0, updated = 0, deleted = 0;
  uint64_t changed_by_policy = 0;
};

/// Needs an open transaction and an active snapshot; does not commit. Errors leave as pg::PgError or
/// pg::StatusError (kConflict where a strict change does not find its row, or finds one too many; the message
/// names table and key). After an error the transaction must be aborted and reset() called.
class Applier {
 public:
  virtual ~Applier() = default;

  /// Applies the changes of one table: deletes, then updates, then inserts. `source` is the table's schema at
  /// this position; the target's relation is looked up by name and checked to have the columns.
  virtual ApplyCounts apply(const TargetTable& target, const TableSchema& source, const TableChanges& changes,
                            ApplyMode mode) = 0;

  /// Empties the table (TRUNCATE on the source).
  virtual void truncate(const TargetTable& target) = 0;

  /// Forgets what is cached of tables: after DDL on the target and after an aborted transaction.
  virtual void reset() = 0;
};

/// The applier that suits the server this runs in.
std::unique_ptr<Applier> make_applier();

}  // namespace mysql_sync::apply
