#include "bgworker/stream/alter_carrier.hpp"

#include <algorithm>
#include <ctime>

#include "apply/enum_labels.hpp"
#include "bgworker/catalog/carriable.hpp"
#include "bgworker/catalog/reload_requests.hpp"
#include "bgworker/target/table_indexes.hpp"
#include "core/ddl/column_names.hpp"
#include "core/types/type_map.hpp"

namespace mysql_sync {

namespace {

/// The target columns after effects that the task does not carry: columns that stay keep their target
/// columns, whatever they are called on the source now; added columns are not carried.
std::vector<std::string> kept_targets(const MappedTable& table, const ddl::AlterOutcome& outcome) {
  std::vector<std::string> targets;
  for (const std::optional<size_t>& origin : outcome.origins)
    targets.push_back(origin ? table.target.columns[*origin] : "");
  return targets;
}

/// Labels of an enum type of the target can be used once the transaction that added them has committed.
bool may_add_labels(const ddl::AlterOutcome& outcome) {
  return std::any_of(outcome.effects.begin(), outcome.effects.end(), [](const ddl::ColumnEffect& effect) {
    const auto* change = std::get_if<ddl::TypeChanged>(&effect);
    return std::holds_alternative<ddl::LabelsAdded>(effect) ||
           (change != nullptr && change->after.type.kind == TypeKind::kEnum);
  });
}

template <typename Action>
bool has_action(const ddl::AlterTable& statement) {
  return std::any_of(statement.actions.begin(), statement.actions.end(),
                     [](const ddl::AlterAction& action) { return std::holds_alternative<Action>(action); });
}

/// Whether existing values may not fit.
bool may_narrow(const ddl::AlterOutcome& outcome) {
  return std::any_of(outcome.effects.begin(), outcome.effects.end(), [](const ddl::ColumnEffect& effect) {
    const auto* nullability = std::get_if<ddl::NullabilityChanged>(&effect);
    return std::holds_alternative<ddl::TypeChanged>(effect) ||
           std::holds_alternative<ddl::KeyChanged>(effect) ||
           (nullability != nullptr && !nullability->nullable);
  });
}

constexpr const char* kChangedHands = "names of its columns changed hands while its rows were being read";

bool only_adds(const ddl::AlterOutcome& outcome) {
  return std::all_of(outcome.effects.begin(), outcome.effects.end(), [](const ddl::ColumnEffect& effect) {
    return std::holds_alternative<ddl::ColumnAdded>(effect);
  });
}

}  // namespace

void AlterCarrier::alter(MappedTable& table, const ddl::AlterTable& statement,
                         const StatementContext& context) {
  auto outcome = ddl::alter_outcome(table.schema, statement);
  if (!outcome.ok()) {
    const Status status = outcome.status();
    const std::string detail = status.detail().empty() ? "" : status.detail() + " ";
    pg::fail(ErrorCode::kUnsupported, status.message(), detail + "Statement: " + context.text,
             status.hint().empty() ? how_to_go_on() : status.hint());
  }
  // Without `alter` the target is not made again, and rows that are gone are not known.
  if (!state_.config.operations.alter && has_action<ddl::NeedsReload>(statement))
    fail_not_carried(table, outcome->reload.value_or("ALTER TABLE"), context);
  times_.resolve(*outcome, context);
  const auto charset = ddl::charset_after(table.schema, table.table_charset, statement);
  if (!charset && !outcome->reload) outcome->reload = kUnknownCharset;
  bring_labels(table, *outcome);
  carry(table, *outcome, charset.value_or(""), context);
}

void AlterCarrier::bring_labels(const MappedTable& table, const ddl::AlterOutcome& outcome) {
  if (!state_.config.operations.alter || state_.target.has_work()) return;
  apply::add_labels_ahead(table.target, kept_targets(table, outcome), outcome.after);
}

/// For each column after the statement, the name under which rows were read that may be ahead.
std::vector<std::string> AlterCarrier::read_as(const MappedTable& table,
                                               const ddl::AlterOutcome& outcome) const {
  const bool is_known = state_.has_rows_ahead(table) && table.read_as.size() == table.schema.columns.size();
  std::vector<std::string> names;
  for (size_t i = 0; i < outcome.origins.size(); ++i) {
    const std::optional<size_t>& origin = outcome.origins[i];
    const Column& column = origin ? table.schema.columns[*origin] : outcome.after.columns[i];
    names.push_back(origin && is_known ? table.read_as[*origin] : column.name);
  }
  return names;
}

/// Rows are read by the names of columns. If a name belongs to another column now, rows that are ahead of the
/// statement have that column's values, and nothing else shows it if types and places are the same.
bool AlterCarrier::changes_hands(const MappedTable& table, const ddl::AlterOutcome& outcome) const {
  return state_.config.sync_data && state_.has_rows_ahead(table) &&
         ddl::have_changed_hands(outcome.after, read_as(table, outcome));
}

/// Why the target cannot follow by an ALTER of its own; nothing if it can.
std::optional<std::string> AlterCarrier::reload_reason(const MappedTable& table,
                                                       const ddl::AlterOutcome& outcome) {
  if (changes_hands(table, outcome) && reload_problem(state_.config).empty()) return kChangedHands;
  if (!state_.config.operations.alter) return std::nullopt;
  if (outcome.reload) return outcome.reload;
  // The rows that are still to be read would not fit these columns.
  if (table.life.is(TableState::kReloading) && !only_adds(outcome))
    return "its columns changed while it was loaded again";
  if (may_narrow(outcome) && state_.has_rows_ahead(table) && reload_problem(state_.config).empty())
    return "its columns changed while its rows were being read";
  state_.target.begin();
  return apply::reload_reason(table.target, outcome);
}

/// Later rows have no values for columns that the source has dropped, so these must take NULL.
std::vector<std::string> AlterCarrier::keep_target(const MappedTable& table,
                                                   const ddl::AlterOutcome& outcome) {
  std::vector<std::string> columns = kept_targets(table, outcome);
  std::vector<std::string> left;
  for (const std::string& column : table.target.columns)
    if (!column.empty() && std::find(columns.begin(), columns.end(), column) == columns.end())
      left.push_back(column);
  if (!left.empty()) state_.target.carry(table, [&] { apply::allow_nulls(table.target, left); });
  return columns;
}

MappedTable AlterCarrier::with_columns(const MappedTable& table, const ddl::AlterOutcome& outcome) const {
  MappedTable after = table;
  after.schema = outcome.after;
  after.read_as = read_as(table, outcome);
  return after;
}

/// Brings the target and the schema history to the columns after the statement.
void AlterCarrier::take_columns(MappedTable& table, const ddl::AlterOutcome& outcome,
                                const StatementContext& context) {
  MappedTable after = with_columns(table, outcome);
  after.target.columns = state_.config.operations.alter ? state_.target.alter(table, outcome, context.time)
                                                        : keep_target(table, outcome);
  have_columns(table, std::move(after));
}

void AlterCarrier::have_columns(MappedTable& table, MappedTable after) {
  // This applies what was gathered with the old columns, so nothing refers to them afterwards.
  state_.target.save_schema(after);
  table = std::move(after);
  state_.tables.forget_decoders();
}

void AlterCarrier::follow_names(MappedTable& table, const std::vector<std::string>& names) {
  const ddl::AlterOutcome outcome = ddl::renaming(table.schema, names);
  if (outcome.effects.empty()) return;
  MappedTable after = with_columns(table, outcome);
  after.target.columns = try_columns(table, outcome);
  have_columns(table, std::move(after));
}

/// A table that is out of date must not stop the others. If its target refuses the change (a view uses the
/// column), the target keeps the columns that it cannot drop and follows the names of the rest.
std::vector<std::string> AlterCarrier::try_columns(const MappedTable& table,
                                                   const ddl::AlterOutcome& outcome) {
  if (!state_.config.operations.alter) return keep_target(table, outcome);
  const auto refusal = [&](const ddl::AlterOutcome& part, std::vector<std::string>* columns) {
    try {
      *columns = state_.target.try_alter(table, part);
      return std::optional<pg::ErrorReport>();
    } catch (const pg::PgError& error) {
      if (is_transient(error.report())) throw;
      return std::optional(error.report());
    }
  };
  std::vector<std::string> columns;
  const auto report = refusal(outcome, &columns);
  if (!report) return columns;
  note_kept(table, *report);
  columns = keep_target(table, outcome);
  refusal(ddl::without_drops(outcome), &columns);
  return columns;
}

void AlterCarrier::note_kept(const MappedTable& table, const pg::ErrorReport& report) {
  ErrorEntry entry = entry_of(table.schema.display_name(),
                              "the target keeps columns that the source has no more: " + report.message,
                              state_.no_statement());
  entry.detail = report.detail;
  entry.remedy = "Drop on the target what is in the way, and the columns with it.";
  state_.in_ddl([&](pg::SpiSession& spi) { log_error(spi, state_.config.task, entry); });
}

/// Row events contain the columns that are not carried as well, so their types must be readable.
void AlterCarrier::check_carried(const MappedTable& table, const ddl::AlterOutcome& outcome,
                                 const StatementContext& context) {
  for (size_t i = 0; i < outcome.after.columns.size(); ++i) {
    const Column& column = outcome.after.columns[i];
    const std::string problem = outcome.origins[i] ? "" : column_problem(column, column.name);
    if (!problem.empty()) fail_not_carried(table, "column " + column.name + " (" + problem + ")", context);
    if (!map_type(column.type).carried)
      fail_not_carried(table, "a column of type " + column.type.declared, context);
  }
}

void AlterCarrier::carry(MappedTable& table, const ddl::AlterOutcome& outcome,
                         const std::string& default_charset, const StatementContext& context) {
  if (const auto reason = reload_reason(table, outcome)) {
    follow_names(table, ddl::names_after(table.schema, outcome));
    return reloads_.request(table, *reason, context.text);
  }
  check_carried(table, outcome, context);
  if (changes_hands(table, outcome)) state_.warn_of_rows(table, kChangedHands, context);
  if (!default_charset.empty()) table.table_charset = default_charset;
  take_columns(table, outcome, context);
  state_.commits_at_boundary = state_.commits_at_boundary || may_add_labels(outcome);
  if (state_.config.operations.alter && table.life.is(TableState::kLoaded))
    state_.target.within([&](pg::SpiSession&) { follow_indexes(state_.config, state_.control, table); });
}

}  // namespace mysql_sync
