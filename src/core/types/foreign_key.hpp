// A foreign key of the source, as far as it changes rows by itself.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mysql_sync {

/// What becomes of the rows of the child when the row of the parent that they refer to changes.
enum class ForeignAction : uint8_t {
  kNone,     ///< nothing: the source refuses the change (RESTRICT, NO ACTION)
  kCascade,  ///< they change, or go, with it
  kSetNull,
  kOther  ///< SET DEFAULT, and what nobody here knows
};

struct ForeignKey {
  std::string name;  ///< of the constraint
  std::string child_database, child_table;
  std::string parent_database, parent_table;
  std::vector<std::string> columns;     ///< of the child
  std::vector<std::string> referenced;  ///< of the parent, one for each of `columns`
  ForeignAction on_delete = ForeignAction::kNone;
  ForeignAction on_update = ForeignAction::kNone;
};

}  // namespace mysql_sync
