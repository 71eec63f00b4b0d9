// What the launcher, its visits and start_task tell each other of databases, in shared memory: whether it is
// worth looking into one often. Where the library is not preloaded there is no launcher, and all of this does
// nothing.
#pragma once

#include <vector>

#include "pg/guard.hpp"

namespace mysql_sync {

/// At server start.
void reserve_visited_databases();

/// start_task and task workers: this database has a task that shall run.
void announce_task();

struct DatabaseNews {
  uint32_t announced = 0;  ///< changes with each announcement
  bool has_tasks = true;   ///< as the last visit found; true if there is no room to know it
};
DatabaseNews news_of(Oid database);

/// The launcher: others than these, in ascending order, are gone.
void keep_databases(const std::vector<Oid>& present);

/// A visit tells what it has found in its database.
void report_visit(bool has_tasks);
/// Notes whether a visit lacked a worker slot. True if the one before it did not: then it is to be logged.
bool report_slots(bool lacking);

}  // namespace mysql_sync
