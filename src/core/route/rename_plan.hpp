// Which table of a task has which name after a RENAME TABLE, and which target: planned before anything is
// changed. A statement that swaps tables is taken as a whole; what counts is who has which name before and
// after it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/route/table_moves.hpp"

namespace mysql_sync {

/// What has the names of a move before the statement, for all that the task knows. Tables go by their
/// numbers.
struct KnownMove {
  TableMove move;
  std::optional<uint32_t> table;    ///< the task's table of the name `from`
  bool is_unread = false;           ///< the task has selected it by its name, and not looked at it yet
  std::optional<uint32_t> copy_of;  ///< `from` is a copy that an online schema change makes of this table
  bool selects_to = false;          ///< the task selects tables of the name `to`
  std::optional<uint32_t> present;  ///< the task's table of the name `to`
  bool present_is_ahead =
      false;  ///< a reload reads that one later than the statement: see TableLife::is_ahead()
};

enum class MoveAction : uint8_t {
  kRename,   ///< the table gets its new name, which the task selects
  kLeave,    ///< its new name is none of the task's, or a reload has what comes to it already
  kForget,   ///< it only passes through the name by which the task selected it
  kReplace,  ///< another table takes its place, to which its mapping belongs from here on
  kDoubt,    ///< another table has the new name and keeps it: one of the statements was of a temporary table
  kArrive    ///< a table that has no place in the task comes to the name `to`
};

/// The action of each of these moves, which are net_moves().
std::vector<MoveAction> plan_moves(const std::vector<KnownMove>& moves, const SourceNames& names);

/// RENAME TABLE IF EXISTS passes over what is not there. The moves of which it is known that they were made:
/// where one table's new name is another one's old name, nobody knows what becomes of that one if the first
/// is none that `knows` the name of.
std::vector<TableMove> certain_moves(const std::vector<TableMove>& pairs, const SourceNames& names,
                                     const std::function<bool(const TableMove&)>& knows);

struct TargetName {
  std::string schema, table;
  bool operator==(const TargetName& other) const { return schema == other.schema && table == other.table; }
  bool operator!=(const TargetName& other) const { return !(*this == other); }
};

/// The target of a table that is renamed.
struct TargetMove {
  uint32_t number = 0;  ///< of the table
  TargetName now, wanted;
};

/// The names that these targets get: those wanted, but for a name that the target of another table has and
/// keeps, or gets by an earlier one of these moves: there the target stays where it is. `user_of`: the number
/// of the task's table that has a target.
std::vector<TargetName> settle_targets(
    const std::vector<TargetMove>& moves,
    const std::function<std::optional<uint32_t>(const TargetName&)>& user_of);

struct TargetRename {
  size_t move = 0;  ///< of which of the moves
  TargetName from, to;
};

/// The renames that lead there, one after the other. A target whose name another one gets goes by a name that
/// nobody else has in between: name_aside().
std::vector<TargetRename> order_renames(const std::vector<TargetMove>& moves,
                                        const std::vector<TargetName>& settled);

/// A name for the target of a table that nobody else has.
std::string name_aside(uint32_t number);

}  // namespace mysql_sync
