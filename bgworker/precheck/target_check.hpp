// The precheck of target tables: what is there under the names that the source's tables go to.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apply/target_ddl.hpp"
#include "bgworker/catalog/task_config.hpp"
#include "bgworker/precheck/precheck_items.hpp"

namespace mysql_sync {

class TargetCheck {
 public:
  explicit TargetCheck(const TaskConfig& config) : config_(config) {}

  /// Looks at the target of one source table; a second table that goes to the same target fails.
  void check(const TableSchema& schema, const apply::TargetTable& target);
  /// After the last table, what concerns them together. Returns all items.
  std::vector<PrecheckItem> take();

 private:
  bool check_rights(const apply::TargetTable& target);
  void check_enum_names();
  void note_made_enums(const TableSchema& schema, const apply::TargetTable& target);
  void check_state(const TableSchema& schema, const apply::TargetTable& target, apply::TargetState state);
  void check_unfilled(const apply::TargetTable& target);
  void check_logged(const apply::TargetTable& target);
  void check_not_shared(const apply::TargetTable& target);
  void check_nullable_dates(const TableSchema& schema, const apply::TargetTable& target);
  void check_unique_indexes(const apply::TargetTable& target);
  void check_absent(const std::string& name);
  void check_existing_rows(const apply::TargetTable& target, apply::TargetState state);
  bool will_be_fitted(const apply::TargetTable& target) const;

  const TaskConfig& config_;
  PrecheckItems items_;
  std::set<std::string> targets_;
  std::vector<std::pair<std::string, std::string>> made_enums_;  // of the type, of its column
};

}  // namespace mysql_sync
