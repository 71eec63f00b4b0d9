#include "bgworker/precheck/target_check.hpp"

#include <algorithm>

#include "apply/target_catalog.hpp"
#include "apply/target_rights.hpp"
#include "bgworker/catalog/carriable.hpp"
#include "bgworker/catalog/made_targets.hpp"
#include "bgworker/catalog/table_lookup.hpp"
#include "bgworker/precheck/type_check.hpp"
#include "bgworker/target/shared_target.hpp"
#include "pg/trial.hpp"

namespace mysql_sync {

namespace {

using Outcome = PrecheckItem::Status;

bool is_not_null(const apply::TargetTable& target, const std::string& column) {
  pg::SpiSession spi;
  const auto present = apply::find_column(spi, target, column);
  return present && present->not_null;
}

}  // namespace

void TargetCheck::check(const TableSchema& schema, const apply::TargetTable& target) {
  const std::string name = target.display_name();
  const std::string schema_name = schema_problem(target.schema);
  if (!schema_name.empty())
    return items_.add(Outcome::kFailed, "target_schema", name, schema_name,
                      "Choose another schema: target_schema, set_table.");
  const std::string problem = target_name_problem(target);
  if (!problem.empty())
    return items_.add(Outcome::kFailed, "target_table", name, problem,
                      "Leave the table out, or give it another name: target_schema, set_table.");
  if (!targets_.insert(name).second)
    return items_.add(Outcome::kFailed, "target_table", name, "two source tables go to it",
                      "Use a task for each database, with its own target_schema.");
  note_made_enums(schema, target);
  if (!apply::relation_kind(target.schema, target.table))
    return check_state(schema, target, apply::TargetState::kAbsent);
  const pg::Trial locks;  // of thousands of tables they would not fit into the server's memory for them
  if (!check_rights(target)) return;
  apply::TargetState state = apply::target_state(target.schema, target.table);
  pg::SpiSession spi;
  if (state == apply::TargetState::kEmpty && is_made(spi, config_.task, target))
    state = apply::TargetState::kAbsent;
  check_state(schema, target, state);
}

/// Before anything is read of a table that is there: it may be refused.
bool TargetCheck::check_rights(const apply::TargetTable& target) {
  const auto kind = apply::relation_kind(target.schema, target.table);
  if (!kind || !compat::is_table(*kind)) return true;
  const Operations& operations = config_.operations;
  AclMode needed = ACL_SELECT;
  if (operations.insert || config_.sync_data) needed |= ACL_INSERT | ACL_UPDATE;
  if (operations.update) needed |= ACL_UPDATE;
  if (operations.remove) needed |= ACL_DELETE;
  if (config_.existing_tables == ExistingTables::kTruncate) needed |= ACL_TRUNCATE;
  const apply::OpenRelation relation(target.schema, target.table, AccessShareLock);
  const Status status = apply::check_rights_of_statements(relation, needed);
  if (!status.ok()) items_.add_failure("target_rights", target.display_name(), status);
  return status.ok();
}

void TargetCheck::note_made_enums(const TableSchema& schema, const apply::TargetTable& target) {
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    if (apply::has_made_enum(target, i) && !target.columns[i].empty())
      made_enums_.emplace_back(target.schema + "." + apply::made_enum_name(target, i),
                               schema.display_name() + "." + schema.columns[i].name);
  }
}

void TargetCheck::check_state(const TableSchema& schema, const apply::TargetTable& target,
                              apply::TargetState state) {
  const std::string name = target.display_name();
  if (state == apply::TargetState::kAbsent) {
    items_.append(check_target_types(schema, target, false));
    return check_absent(name);
  }
  if (state == apply::TargetState::kNotATable)
    return items_.add(Outcome::kFailed, "target_table", name, "exists and is not a table",
                      "Rename or drop what has the name, or choose another target_schema.");
  if (will_be_fitted(target)) {
    items_.append(check_target_types(schema, target, false));
    check_unique_indexes(target);
    return items_.add(Outcome::kPassed, "target_table", name,
                      "was filled by this task and will be loaded again");
  }
  const std::vector<std::string> missing = apply::missing_columns(target);
  if (!missing.empty())
    return items_.add(Outcome::kFailed, "target_table", name,
                      "the existing table lacks the column " + missing.front(),
                      "Add the column, or drop the table and let the task make it.");
  items_.append(check_target_types(schema, target, true));
  const std::string key = apply::key_problem(target, schema);
  if (!key.empty())
    return items_.add(Outcome::kFailed, "target_table", name, key,
                      "Give the table a primary key on the columns of the source's key.");
  check_unfilled(target);
  check_logged(target);
  check_not_shared(target);
  check_nullable_dates(schema, target);
  check_unique_indexes(target);
  check_existing_rows(target, state);
}

/// The task was reset: the target is emptied, and given the columns that the source has now.
bool TargetCheck::will_be_fitted(const apply::TargetTable& target) const {
  return config_.operations.alter && config_.sync_data && own_remains(config_, target).has_value();
}

/// A trigger that changes rows before they are stored may fill them.
void TargetCheck::check_unfilled(const apply::TargetTable& target) {
  if (!config_.sync_data && !config_.operations.insert) return;
  pg::SpiSession spi;
  const auto trigger = spi.query_row(
      "SELECT 1 FROM pg_catalog.pg_trigger WHERE tgrelid = $1::regclass AND NOT tgisinternal AND tgtype & 7 = 7"
      "   AND tgenabled IN ('A', 'R') LIMIT 1",
      {apply::qualified(target)});
  if (trigger) return;
  for (const std::string& column : apply::unfilled_columns(spi, target))
    items_.add(Outcome::kFailed, "target_not_null", target.display_name() + "." + column,
               "the column is NOT NULL, has no default, and no column of the source goes to it",
               "Give it a default, or drop NOT NULL.");
}

void TargetCheck::check_logged(const apply::TargetTable& target) {
  pg::SpiSession spi;
  if (!apply::is_unlogged(spi, target)) return;
  items_.add(Outcome::kFailed, "target_unlogged", target.display_name(),
             "the table is UNLOGGED: a crash of the server empties it", "ALTER TABLE ... SET LOGGED.");
}

/// Neither may take the other's rows for its own.
void TargetCheck::check_not_shared(const apply::TargetTable& target) {
  if (config_.existing_tables == ExistingTables::kAppend) return;
  pg::SpiSession spi;
  const std::vector<TargetUser> users = users_of_target(spi, target);
  const auto other = std::find_if(users.begin(), users.end(),
                                  [&](const TargetUser& user) { return user.task != config_.task; });
  if (other == users.end()) return;
  items_.add(Outcome::kFailed, "shared_target", target.display_name(), "task " + other->task + " fills it",
             "Choose another target, or set existing_tables to 'append'.");
}

/// A zero date becomes NULL by the policy, which a column that is NOT NULL refuses.
void TargetCheck::check_nullable_dates(const TableSchema& schema, const apply::TargetTable& target) {
  if (config_.options.policies.zero_dates != pg::ValuePolicies::ZeroDates::kNull) return;
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const std::vector<size_t>& key = schema.primary_key;
    const bool in_key = std::find(key.begin(), key.end(), i) != key.end();  // has a warning of its own
    if (in_key || !holds_dates(schema.columns[i].type.kind) || !is_not_null(target, target.columns[i]))
      continue;
    items_.add(Outcome::kWarning, "zero_dates", target.display_name() + "." + target.columns[i],
               "the column is NOT NULL, and zero dates become NULL",
               "Drop NOT NULL from the column, or set the option zero_dates.");
  }
}

/// Values that swap within one transaction of the source meet each other in the target.
void TargetCheck::check_unique_indexes(const apply::TargetTable& target) {
  pg::SpiSession spi;
  const auto rows = spi.query(
      "SELECT i.relname FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid"
      " WHERE x.indrelid = $1::regclass AND x.indisunique AND NOT x.indisprimary"
      "   AND EXISTS (SELECT 1 FROM pg_catalog.pg_index k WHERE k.indrelid = x.indrelid AND k.indisprimary)",
      {apply::qualified(target)});
  for (const pg::TextRow& row : rows) {
    items_.add(
        Outcome::kWarning, "unique_index", target.display_name(),
        "unique index " + row[0].value_or("") + " can refuse rows while the source moves its values about",
        "Replace it by an index that is not unique: the source sees to uniqueness.");
  }
}

void TargetCheck::check_absent(const std::string& name) {
  if (config_.sync_schema) return items_.add(Outcome::kPassed, "target_table", name, "will be made");
  items_.add(Outcome::kFailed, "target_table", name, "the table does not exist and sync_schema is off",
             "Create the table, or set sync_schema to true.");
}

void TargetCheck::check_existing_rows(const apply::TargetTable& target, apply::TargetState state) {
  const std::string name = target.display_name();
  if (state == apply::TargetState::kEmpty)
    return items_.add(Outcome::kPassed, "target_table", name, "exists and is empty");
  if (!config_.sync_data)
    return items_.add(Outcome::kPassed, "target_table", name, "exists and is taken as it is");
  if (own_remains(config_, target))
    return items_.add(Outcome::kPassed, "target_table", name,
                      "was filled by this task and will be loaded again");
  switch (config_.existing_tables) {
    case ExistingTables::kTruncate:
      return items_.add(Outcome::kWarning, "target_table", name, "exists and will be truncated");
    case ExistingTables::kAppend:
      return items_.add(Outcome::kWarning, "target_table", name,
                        "exists, rows will be added to those it has");
    case ExistingTables::kError:
      return items_.add(Outcome::kFailed, "target_table", name, "exists and is not empty",
                        "Empty or drop the table, or set existing_tables to 'truncate' or 'append'.");
  }
}

/// A table of the name would be a type of the name.
void TargetCheck::check_enum_names() {
  for (const auto& [type, column] : made_enums_) {
    if (targets_.count(type) == 0) continue;
    items_.add(Outcome::kFailed, "types", column,
               "the enum type to be made, " + type + ", has the name of a target table",
               "Choose another type with set_table.");
  }
}

std::vector<PrecheckItem> TargetCheck::take() {
  check_enum_names();
  return items_.take();
}

}  // namespace mysql_sync
