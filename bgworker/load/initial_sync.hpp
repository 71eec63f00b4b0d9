// From a task that was only defined to one whose load can run: target tables, start position, chunks.
//
// Order, and why nothing is lost: schemas are read, a binlog position P0 is noted of which
// everything before is visible (source/start_position.hpp), schemas are read again
// and must be the same. P0, mapping and chunks commit in one transaction. Chunks are read after P0, so every
// change later than P0 is in the binlog from P0 on, whether or not a chunk saw it already. After the last
// chunk the end of the binlog P1 is noted; changes between P0 and P1 are replayed idempotently, later ones
// strictly.
#pragma once

#include "bgworker/catalog/table_mapping.hpp"
#include "bgworker/worker/worker_runtime.hpp"
#include "source/connection.hpp"

namespace mysql_sync {

/// The same value, or none; whether it was written as a number does not matter.
bool same_default(const ColumnDefault& a, const ColumnDefault& b);

/// Makes target tables, some in each transaction, then mapping, chunks and start position in one. Not inside
/// a transaction. Throws StatusError or PgError: targets that were made are known for the task's own then,
/// and made anew the next time.
void initialize_task(const TaskConfig& config, source::Connection& source);

/// Finds out which columns whose enum type is made with the table hold MySQL's error value: their types get
/// the empty string as a label. Reads the table until it meets one.
void find_error_values(source::Connection& source, MappedTable* table);

/// What a load worker met, and wrote to mysql_sync.errors.
class LoadFailure : public pg::PgError {
 public:
  LoadFailure(pg::ErrorReport report, ErrorPlace place)
      : pg::PgError(std::move(report)), place_(std::move(place)) {}
  const ErrorPlace& place() const { return place_; }

 private:
  ErrorPlace place_;
};

/// Runs load workers until no chunk is pending. Not inside a transaction. Throws LoadFailure where they left
/// an error, and StatusError kConnection if they died without one (worth a retry).
void run_load(const TaskConfig& config);

}  // namespace mysql_sync
