#include "core/route/rename_plan.hpp"

#include <algorithm>
#include <utility>

namespace mysql_sync {

namespace {

/// A table that is none of the task's, or the table's own copy, takes its name in the same statement: then it
/// is the table from here on. Where one of the task's takes it, or the table goes to another selected name,
/// both follow their names.
bool is_replaced(const KnownMove& mover, const std::vector<KnownMove>& moves, const SourceNames& names) {
  for (const KnownMove& other : moves) {
    if (!names.is_same(other.move.to, mover.move.from) || other.table) continue;
    return other.copy_of == mover.table || !mover.selects_to;
  }
  return false;
}

MoveAction follow(const KnownMove& move) {
  const bool taken_ahead = move.present && move.present_is_ahead;
  if (move.selects_to && !taken_ahead) return MoveAction::kRename;
  return move.is_unread && taken_ahead ? MoveAction::kForget : MoveAction::kLeave;
}

bool goes_away(MoveAction action) {
  return action == MoveAction::kRename || action == MoveAction::kLeave || action == MoveAction::kForget;
}

/// Another table has the new name and keeps it.
bool is_blocked(const KnownMove& move, const std::vector<KnownMove>& moves,
                const std::vector<MoveAction>& actions) {
  if (!move.present || move.present == move.table || move.present_is_ahead) return false;
  for (size_t i = 0; i < moves.size(); ++i)
    if (moves[i].table == move.present && goes_away(actions[i])) return false;
  return true;
}

}  // namespace

std::vector<MoveAction> plan_moves(const std::vector<KnownMove>& moves, const SourceNames& names) {
  std::vector<MoveAction> actions;
  for (const KnownMove& move : moves) {
    const bool replaced = move.table && is_replaced(move, moves, names);
    actions.push_back(!move.table ? MoveAction::kArrive : replaced ? MoveAction::kReplace : follow(move));
  }
  // One that stays may be in the way of others.
  for (bool is_new = true; std::exchange(is_new, false);) {
    for (size_t i = 0; i < moves.size(); ++i) {
      if (!goes_away(actions[i]) || !is_blocked(moves[i], moves, actions)) continue;
      actions[i] = MoveAction::kDoubt;
      is_new = true;
    }
  }
  return actions;
}

std::vector<TableMove> certain_moves(const std::vector<TableMove>& pairs, const SourceNames& names,
                                     const std::function<bool(const TableMove&)>& knows) {
  if (pairs.size() < 2) return pairs;
  std::vector<std::pair<ddl::TableName, bool>> there;  // after the pairs so far
  const auto note = [&](const ddl::TableName& name, bool is_there) {
    const auto same = [&](const auto& known) { return names.is_same(known.first, name); };
    const auto known = std::find_if(there.begin(), there.end(), same);
    if (known == there.end())
      there.emplace_back(name, is_there);
    else
      known->second = is_there;
  };
  std::vector<TableMove> certain;
  for (const TableMove& move : pairs) {
    const auto same = [&](const auto& known) { return names.is_same(known.first, move.from); };
    const auto moved = std::find_if(there.begin(), there.end(), same);
    if (moved == there.end() ? !knows(move) : !moved->second) continue;
    note(move.from, false);
    note(move.to, true);
    certain.push_back(move);
  }
  return certain;
}

std::vector<TargetName> settle_targets(
    const std::vector<TargetMove>& moves,
    const std::function<std::optional<uint32_t>(const TargetName&)>& user_of) {
  std::vector<TargetName> settled;
  for (const TargetMove& move : moves) settled.push_back(move.wanted);
  const auto moves_away = [&](uint32_t user) {
    for (size_t i = 0; i < moves.size(); ++i)
      if (moves[i].number == user) return moves[i].now != settled[i];
    return false;
  };
  const auto is_given_before = [&](size_t index) {
    const auto end = settled.begin() + static_cast<std::ptrdiff_t>(index);
    return std::find(settled.begin(), end, settled[index]) != end;
  };
  for (size_t i = 0; i < settled.size();) {
    const std::optional<uint32_t> user = user_of(settled[i]);
    const bool is_own = user == moves[i].number;
    const bool is_used = user && !is_own && !moves_away(*user);
    if (!is_used && (is_own || !is_given_before(i))) {
      ++i;
      continue;
    }
    settled[i] = moves[i].now;
    i = 0;  // which may be in the way of another one
  }
  return settled;
}

std::vector<TargetRename> order_renames(const std::vector<TargetMove>& moves,
                                        const std::vector<TargetName>& settled) {
  std::vector<TargetRename> renames;
  std::vector<TargetName> present;
  for (size_t i = 0; i < moves.size(); ++i) {
    present.push_back(moves[i].now);
    const bool is_wanted = std::find(settled.begin(), settled.end(), present[i]) != settled.end();
    if (present[i] == settled[i] || !is_wanted) continue;
    const TargetName aside{present[i].schema, name_aside(moves[i].number)};
    renames.push_back({i, std::exchange(present[i], aside), aside});
  }
  for (size_t i = 0; i < moves.size(); ++i)
    if (present[i] != settled[i]) renames.push_back({i, present[i], settled[i]});
  return renames;
}

std::string name_aside(uint32_t number) { return "mysql_sync_renamed_" + std::to_string(number); }

}  // namespace mysql_sync
