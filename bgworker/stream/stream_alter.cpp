// The part of ChangeStream that carries ALTER TABLE.
#include <algorithm>
#include <ctime>

#include "apply/enum_labels.hpp"
#include "bgworker/catalog/carriable.hpp"
#include "bgworker/stream/change_stream.hpp"
#include "bgworker/target/table_indexes.hpp"
#include "core/ddl/column_names.hpp"
#include "core/types/type_map.hpp"

namespace mysql_sync {

namespace {

/// The target columns after effects that the task does not carry: what stays keeps its target column under
/// whatever name it has on the source, what comes is not carried.
std::vector<std::string> kept_targets(const MappedTable& table, const ddl::AlterOutcome& outcome) {
  std::vector<std::string> targets;
  for (const std::optional<size_t>& origin : outcome.origins)
    targets.push_back(origin ? table.target.columns[*origin] : "");
  return targets;
}

/// "2026-01-31 12:00:00.123", cut to `digits` of a second as the source cuts it.
std::string utc_text(int64_t microseconds, int digits) {
  const std::time_t seconds = microseconds / 1000000;
  std::tm civil{};
  gmtime_r(&seconds, &civil);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &civil);
  const std::string fraction =
      std::to_string(1000000 + microseconds % 1000000).substr(1, static_cast<size_t>(digits));
  return digits == 0 ? text : std::string(text) + "." + fraction;
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

bool adds_key(const ddl::AlterTable& statement) {
  return std::any_of(statement.actions.begin(), statement.actions.end(), [](const ddl::AlterAction& action) {
    const auto* added = std::get_if<ddl::AddColumn>(&action);
    const auto* changed = std::get_if<ddl::ChangeColumn>(&action);
    return std::holds_alternative<ddl::AddPrimaryKey>(action) || (added != nullptr && added->primary_key) ||
           (changed != nullptr && changed->primary_key);
  });
}

/// Values that are there may not fit.
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

/// Columns that are not carried to the target are in the row events all the same, and must be read there.
void ChangeStream::check_carried(const MappedTable& table, const ddl::AlterOutcome& outcome,
                                 const StatementContext& context) {
  for (size_t i = 0; i < outcome.after.columns.size(); ++i) {
    const Column& column = outcome.after.columns[i];
    const std::string problem = outcome.origins[i] ? "" : column_problem(column, column.name);
    if (!problem.empty()) fail_not_carried(table, "column " + column.name + " (" + problem + ")", context);
    if (!map_type(column.type).carried)
      fail_not_carried(table, "a column of type " + column.type.declared, context);
  }
}

void ChangeStream::run_statement(const StatementContext& context, const ddl::AlterTable& statement) {
  for (const ddl::OtherTable& other : statement.other_tables) alter_other(other, context);
  const ddl::TableName& name = statement.table;
  if (!statement.if_exists) prove_name(name, context);
  if (MappedTable* table = tables_.find(name.database, name.table)) {
    current_table_ = table->schema.display_name();
    if (is_live(*table))
      alter_table(*table, statement, context);
    else if (follows_names(*table))
      follow_names(*table, ddl::names_after(table->schema, statement));
  } else if (GhostTable* ghost = ghosts_.find(name.database, name.table)) {
    alter_ghost(*ghost, statement, context);
  } else if (adds_key(statement) && config_.creates_tables() && selects(name)) {
    take_up(name, "it has a primary key now", context);  // what it lacked when it was made
  }
  if (const ddl::TableName* to = statement.renamed_to()) rename_tables({{name, *to}}, context);
}

/// The second table of a statement on partitions.
void ChangeStream::alter_other(const ddl::OtherTable& other, const StatementContext& context) {
  using Fate = ddl::OtherTable::Fate;
  const ddl::TableName& name = other.name;
  MappedTable* table = tables_.find(name.database, name.table);
  if (other.fate == Fate::kGone) return drop_name(name, context);
  if (other.fate == Fate::kCreated) {
    if (table == nullptr && selects(name)) take_up(name, "CONVERT PARTITION", context);
    return;
  }
  if (table == nullptr || !is_live(*table)) return;
  current_table_ = table->schema.display_name();
  request_reload(*table, "EXCHANGE PARTITION", context.text);
}

void ChangeStream::alter_table(MappedTable& table, const ddl::AlterTable& statement,
                               const StatementContext& context) {
  auto outcome = ddl::alter_outcome(table.schema, statement);
  if (!outcome.ok()) {
    const Status status = outcome.status();
    const std::string detail = status.detail().empty() ? "" : status.detail() + " ";
    pg::fail(ErrorCode::kUnsupported, status.message(), detail + "Statement: " + context.text,
             status.hint().empty() ? how_to_go_on() : status.hint());
  }
  // Without `alter` no target is made anew, and rows that are gone cannot be told.
  if (!config_.operations.alter && has_action<ddl::NeedsReload>(statement))
    fail_not_carried(table, outcome->reload.value_or("ALTER TABLE"), context);
  resolve_times(*outcome, context);
  const auto charset = ddl::charset_after(table.schema, table.table_charset, statement);
  if (!charset && !outcome->reload) outcome->reload = kUnknownCharset;
  bring_labels(table, *outcome);
  carry_alter(table, *outcome, charset.value_or(""), context);
}

/// Before anything else of the statement: where a target transaction is open, labels come within it.
void ChangeStream::bring_labels(const MappedTable& table, const ddl::AlterOutcome& outcome) {
  if (!config_.operations.alter || target_.has_work()) return;
  apply::add_labels_ahead(table.target, kept_targets(table, outcome), outcome.after);
}

/// Rows that were read ahead of the statement need not fit columns that it narrows and a later one widens
/// again.
bool ChangeStream::has_rows_ahead(const MappedTable& table) const {
  const BinlogPosition& boundary = transactions_.boundary();
  return !(consistent_ <= boundary && table.life.is_exact(boundary));
}

/// The names under which rows were read that may be ahead, of the columns after a statement.
std::vector<std::string> ChangeStream::read_as(const MappedTable& table,
                                               const ddl::AlterOutcome& outcome) const {
  const bool is_known = has_rows_ahead(table) && table.read_as.size() == table.schema.columns.size();
  std::vector<std::string> names;
  for (size_t i = 0; i < outcome.origins.size(); ++i) {
    const std::optional<size_t>& origin = outcome.origins[i];
    const Column& column = origin ? table.schema.columns[*origin] : outcome.after.columns[i];
    names.push_back(origin && is_known ? table.read_as[*origin] : column.name);
  }
  return names;
}

void ChangeStream::warn_of_rows(const MappedTable& table, const std::string& reason,
                                const StatementContext& context) {
  ErrorEntry entry = entry_of(table.schema.display_name(), reason, context);
  entry.remedy = "Compare the target table with the source.";
  target_.warn(entry);
}

/// Rows are read by the names of columns. Where a name is another column's now, rows that are ahead of the
/// statement have that one's values, which nothing else tells if types and places are the same in the end.
bool ChangeStream::changes_hands(const MappedTable& table, const ddl::AlterOutcome& outcome) const {
  return config_.sync_data && has_rows_ahead(table) &&
         ddl::have_changed_hands(outcome.after, read_as(table, outcome));
}

/// Why the target cannot follow by an ALTER of its own; nothing where it can.
std::optional<std::string> ChangeStream::reload_reason(const MappedTable& table,
                                                       const ddl::AlterOutcome& outcome) {
  if (changes_hands(table, outcome) && reload_problem(config_).empty()) return kChangedHands;
  if (!config_.operations.alter) return std::nullopt;
  if (outcome.reload) return outcome.reload;
  // What is still to be read would not fit the columns of now.
  if (table.life.is(TableState::kReloading) && !only_adds(outcome))
    return "its columns changed while it was loaded again";
  if (may_narrow(outcome) && has_rows_ahead(table) && reload_problem(config_).empty())
    return "its columns changed while its rows were being read";
  target_.begin();
  return apply::reload_reason(table.target, outcome);
}

/// Rows that come from here on have nothing for columns that the source has no more.
std::vector<std::string> ChangeStream::keep_target(const MappedTable& table,
                                                   const ddl::AlterOutcome& outcome) {
  std::vector<std::string> columns = kept_targets(table, outcome);
  std::vector<std::string> left;
  for (const std::string& column : table.target.columns)
    if (!column.empty() && std::find(columns.begin(), columns.end(), column) == columns.end())
      left.push_back(column);
  if (!left.empty()) target_.carry(table, [&] { apply::allow_nulls(table.target, left); });
  return columns;
}

MappedTable ChangeStream::with_columns(const MappedTable& table, const ddl::AlterOutcome& outcome) const {
  MappedTable after = table;
  after.schema = outcome.after;
  after.read_as = read_as(table, outcome);
  return after;
}

/// The table's columns are those after the statement, in the target and in the schema history.
void ChangeStream::take_columns(MappedTable& table, const ddl::AlterOutcome& outcome,
                                const StatementContext& context) {
  MappedTable after = with_columns(table, outcome);
  after.target.columns =
      config_.operations.alter ? target_.alter(table, outcome, context.time) : keep_target(table, outcome);
  have_columns(table, std::move(after));
}

void ChangeStream::have_columns(MappedTable& table, MappedTable after) {
  // Applies what was gathered with the old columns: after it, nothing refers to them.
  target_.save_schema(after);
  table = std::move(after);
  tables_.forget_decoders();
}

/// What columns are called goes on being followed where a reload is to bring all else: what was chosen for a
/// column stays with it. The binlog alone tells a rename from a column that goes and another one that comes.
void ChangeStream::follow_names(MappedTable& table, const std::vector<std::string>& names) {
  const ddl::AlterOutcome outcome = ddl::renaming(table.schema, names);
  if (outcome.effects.empty()) return;
  MappedTable after = with_columns(table, outcome);
  after.target.columns = try_columns(table, outcome);
  have_columns(table, std::move(after));
}

/// A table that is out of date is no reason to stop the others: where its target refuses to follow (a view
/// has the column), it keeps what it cannot drop, and follows the names of what is left.
std::vector<std::string> ChangeStream::try_columns(const MappedTable& table,
                                                   const ddl::AlterOutcome& outcome) {
  if (!config_.operations.alter) return keep_target(table, outcome);
  const auto refusal = [&](const ddl::AlterOutcome& part, std::vector<std::string>* columns) {
    try {
      *columns = target_.try_alter(table, part);
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

void ChangeStream::note_kept(const MappedTable& table, const pg::ErrorReport& report) {
  ErrorEntry entry =
      entry_of(table.schema.display_name(),
               "the target keeps columns that the source has no more: " + report.message, no_statement());
  entry.detail = report.detail;
  entry.remedy = "Drop on the target what is in the way, and the columns with it.";
  in_ddl([&](pg::SpiSession& spi) { log_error(spi, config_.task, entry); });
}

void ChangeStream::carry_alter(MappedTable& table, const ddl::AlterOutcome& outcome,
                               const std::string& default_charset, const StatementContext& context) {
  if (const auto reason = reload_reason(table, outcome)) {
    follow_names(table, ddl::names_after(table.schema, outcome));
    return request_reload(table, *reason, context.text);
  }
  check_carried(table, outcome, context);
  if (changes_hands(table, outcome)) warn_of_rows(table, kChangedHands, context);
  if (!default_charset.empty()) table.table_charset = default_charset;
  take_columns(table, outcome, context);
  commits_at_boundary_ = commits_at_boundary_ || may_add_labels(outcome);
  if (config_.operations.alter && table.life.is(TableState::kLoaded))
    target_.within([&](pg::SpiSession&) { follow_indexes(config_, control_, table); });
}

/// `time` of one time zone in another, as the source knows them; as it is where the source cannot say.
std::string ChangeStream::convert_time(const std::string& time, const std::string& from,
                                       const std::string& to) {
  const auto zone = [&](const std::string& name) {
    return name.empty() ? std::string("@@global.time_zone") : control_.quote_literal(name);
  };
  const auto converted = pg::value_or_throw(control_.query_value(
      "SELECT CONVERT_TZ(" + control_.quote_literal(time) + ", " + zone(from) + ", " + zone(to) + ")"));
  return converted.value_or(time);
}

/// Defaults of TIMESTAMP columns are kept in UTC.
void ChangeStream::resolve_defaults(TableSchema& schema, const StatementContext& context) {
  for (Column& column : schema.columns) {
    ColumnDefault& value = column.default_value;
    const bool is_literal = value.kind == ColumnDefault::Kind::kLiteral;
    if (is_literal && value.in_session_zone && column.type.kind == TypeKind::kTimestamp)
      value.literal = convert_time(value.literal, context.time_zone, "+00:00");
    value.in_session_zone = false;
  }
}

/// Gives times in the defaults of added columns the form the target takes them in: TIMESTAMP in UTC, DATETIME
/// as the session's clock showed it. Only the statement's session knew its time zone and the time.
void ChangeStream::resolve_times(ddl::AlterOutcome& outcome, const StatementContext& context) {
  using Kind = ColumnDefault::Kind;
  resolve_defaults(outcome.after, context);
  for (ddl::ColumnEffect& effect : outcome.effects) {
    auto* added = std::get_if<ddl::ColumnAdded>(&effect);
    if (added == nullptr) continue;
    const ColumnType& type = added->column.type;
    const bool is_timestamp = type.kind == TypeKind::kTimestamp;
    ColumnDefault& value = added->default_value;
    if (value.kind == Kind::kCurrentTimestamp) {
      value.kind = Kind::kLiteral;
      value.literal = utc_text(context.time_us, type.fraction);
      if (!is_timestamp) value.literal = convert_time(value.literal, "+00:00", context.time_zone);
    } else if (value.kind == Kind::kLiteral && is_timestamp) {
      value.literal = convert_time(value.literal, context.time_zone, "+00:00");
    }
  }
}

}  // namespace mysql_sync
