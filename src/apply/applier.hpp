// Applies the net changes of a batch to target tables. One interface, an implementation for each kind of
// target: the executor API on PostgreSQL, set-based statements on Greenplum.
#pragma once

#include "pg/compat/postgres_headers.hpp"

#include "core/batch/change_batch.hpp"
#include "core/types/table_schema.hpp"
#include "pg/cell_converter.hpp"

namespace mysql_sync::apply {

/// The choice of an enum type that is made with the table, in TargetTable::types.
constexpr const char* kMadeEnum = "enum";

/// A source table and where its rows go.
struct TargetTable {
  std::string schema, table;  ///< in the target
  /// The target column of each source column, in the source's order; empty if the column is not carried.
  std::vector<std::string> columns;
  pg::ValuePolicies policies;
  /// False: an update whose row is missing makes none, under kIdempotent; the task carries no inserts.
  bool insert_missing = true;
  /// For create_target(): the type of each column as SQL text, in the source's order; empty entries, and an
  /// empty vector, stand for the type map's choice, kMadeEnum for an enum type that is made with the table.
  std::vector<std::string> types;
  /// For create_target(): columns whose made enum type gets the empty string as a label, MySQL's error value.
  std::vector<bool> error_values;
  /// For create_target() on Greenplum: target columns to distribute by; empty: the primary key.
  std::vector<std::string> distributed_by;

  /// "schema.table", for messages.
  std::string display_name() const { return schema + "." + table; }
};

/// What an apply did, in rows of the target.
struct ApplyCounts {
  uint64_t inserted = 0, updated = 0, deleted = 0;
  uint64_t changed_by_policy = 0;
};

/// Needs an open transaction and an active snapshot; does not commit. What is done is visible to statements
/// that follow in the transaction. Errors leave as pg::PgError (its context names table, source and, where
/// one is known, the key) or pg::StatusError (kConflict if a strict change does not find its row, or finds
/// one too many; the detail names table and key). After an error the transaction must be aborted and reset()
/// called.
class Applier {
 public:
  virtual ~Applier() = default;

  /// Applies the changes of one table: deletes, then updates, then inserts. `source` is the table's schema at
  /// this position; the target's relation is looked up by name and checked to have the columns.
  ///
  /// Target columns that no source column maps to keep their value on update and get their default on insert.
  /// kIdempotent: an insert of a key that is there is an update; an update of a key that is not there is an
  /// insert (a later event deletes the row, or the row belongs there); a delete of a missing key is nothing.
  virtual ApplyCounts apply(const TargetTable& target, const TableSchema& source, const TableChanges& changes,
                            ApplyMode mode) = 0;

  /// Empties the table (TRUNCATE on the source).
  virtual void truncate(const TargetTable& target) = 0;

  /// Forgets what is cached of tables: after DDL on the target and after an aborted transaction.
  virtual void reset() = 0;
};

enum class ApplierKind {
  kAutomatic,  ///< the one that suits the server this runs in
  kExecutor,   ///< row by row through the executor, inserts in bulk; PostgreSQL only
  kSetBased    ///< SQL statements over arrays; any server
};

/// kUnsupported if the server has no such applier.
std::unique_ptr<Applier> make_applier(ApplierKind kind = ApplierKind::kAutomatic);

/// Sets what the appliers rely on for the rest of the session: no triggers and foreign keys on PostgreSQL
/// (session_replication_role), UTC, ISO dates, a search_path without surprises, the planner on Greenplum.
/// Once in each worker, after it is connected.
void prepare_apply_session();

}  // namespace mysql_sync::apply
