// The part of ChangeStream that carries ALTER TABLE.
#include <ctime>

#include "bgworker/change_stream.hpp"
#include "core/types/type_map.hpp"

namespace mysql_sync {

namespace {

/// The target columns after effects that the task does not carry: what stays keeps its target column under
/// whatever name it has on the source, what comes is not carried.
class KeptTargets {
 public:
  explicit KeptTargets(const MappedTable& table) {
    for (size_t i = 0; i < table.schema.columns.size(); ++i)
      targets_.emplace_back(table.schema.columns[i].name, table.target.columns[i]);
  }

  void operator()(const ddl::ColumnAdded& effect) { targets_.emplace_back(effect.column.name, ""); }
  void operator()(const ddl::ColumnDropped& effect) {
    const auto found = find(effect.name);
    if (found != targets_.end()) targets_.erase(found);
  }
  void operator()(const ddl::ColumnRenamed& effect) {
    const auto found = find(effect.from);
    if (found != targets_.end()) found->first = effect.to;
  }
  void operator()(const ddl::NullabilityChanged&) {}
  void operator()(const ddl::LabelsAdded&) {}
  void operator()(const ddl::TypeChanged&) {}
  void operator()(const ddl::KeyChanged&) {}

  std::vector<std::string> in_order_of(const TableSchema& schema) {
    std::vector<std::string> ordered;
    for (const Column& column : schema.columns) {
      const auto found = find(column.name);
      ordered.push_back(found == targets_.end() ? "" : found->second);
    }
    return ordered;
  }

 private:
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  Pairs::iterator find(const std::string& source) {
    return std::find_if(targets_.begin(), targets_.end(),
                        [&](const auto& pair) { return pair.first == source; });
  }
  Pairs targets_;
};

std::vector<std::string> kept_targets(const MappedTable& table, const ddl::AlterOutcome& outcome) {
  KeptTargets targets(table);
  for (const ddl::ColumnEffect& effect : outcome.effects) std::visit(targets, effect);
  return targets.in_order_of(outcome.after);
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

std::vector<ddl::TableName> second_tables(const ddl::AlterTable& alter) {
  std::vector<ddl::TableName> names;
  for (const ddl::OtherTable& other : alter.other_tables) names.push_back(other.name);
  if (const ddl::TableName* to = alter.renamed_to()) names.push_back(*to);
  return names;
}

}  // namespace

void ChangeStream::check_carried(const MappedTable& table, const ddl::ColumnEffect& effect,
                                 std::string_view sql) {
  const auto* added = std::get_if<ddl::ColumnAdded>(&effect);
  if (added == nullptr) return;
  const std::string what = "a column of type " + added->column.type.declared;
  if (added->column.generated) fail_not_carried(table, "a generated column", sql);
  if (!map_type(added->column.type).carried) fail_not_carried(table, what, sql);
}

void ChangeStream::run_statement(const Header& header, std::string_view sql,
                                 const ddl::AlterTable& statement) {
  MappedTable* table = tables_.find(statement.table.database, statement.table.table);
  if (table == nullptr) {
    const MappedTable* other = find_selected(second_tables(statement));
    if (other != nullptr) fail_not_carried(*other, "ALTER TABLE of another table", sql);
    return;
  }
  current_table_ = table->schema.display_name();
  if (!is_live(*table)) return;
  if (!second_tables(statement).empty()) fail_not_carried(*table, "ALTER TABLE with a second table", sql);
  auto outcome = ddl::alter_outcome(table->schema, statement);
  if (!outcome.ok()) {
    const Status status = outcome.status();
    const std::string detail = status.detail().empty() ? "" : status.detail() + " ";
    pg::fail(ErrorCode::kUnsupported, status.message(), detail + "Statement: " + std::string(sql),
             status.hint().empty() ? how_to_go_on() : status.hint());
  }
  if (outcome->reload) fail_not_carried(*table, *outcome->reload, sql);
  for (const ddl::ColumnEffect& effect : outcome->effects) check_carried(*table, effect, sql);
  resolve_times(*outcome);
  alter_table(header, *table, *outcome, statement.default_charset);
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

/// Gives times in the defaults of added columns the form the target takes them in: TIMESTAMP in UTC, DATETIME
/// as the session's clock showed it. Only the statement's session knew its time zone and the time.
void ChangeStream::resolve_times(ddl::AlterOutcome& outcome) {
  using Kind = ColumnDefault::Kind;
  for (Column& column : outcome.after.columns) {
    ColumnDefault& value = column.default_value;
    if (value.kind == Kind::kLiteral && value.in_session_zone && column.type.kind == TypeKind::kTimestamp)
      value.literal = convert_time(value.literal, statement_zone_, "+00:00");
    value.in_session_zone = false;
  }
  for (ddl::ColumnEffect& effect : outcome.effects) {
    auto* added = std::get_if<ddl::ColumnAdded>(&effect);
    if (added == nullptr) continue;
    const ColumnType& type = added->column.type;
    const bool is_timestamp = type.kind == TypeKind::kTimestamp;
    ColumnDefault& value = added->default_value;
    if (value.kind == Kind::kCurrentTimestamp) {
      value.kind = Kind::kLiteral;
      value.literal = utc_text(statement_time_us_, type.fraction);
      if (!is_timestamp) value.literal = convert_time(value.literal, "+00:00", statement_zone_);
    } else if (value.kind == Kind::kLiteral && is_timestamp) {
      value.literal = convert_time(value.literal, statement_zone_, "+00:00");
    }
  }
}

void ChangeStream::alter_table(const Header& header, MappedTable& table, const ddl::AlterOutcome& outcome,
                               const std::string& default_charset) {
  MappedTable after = table;
  after.schema = outcome.after;
  after.target.columns = config_.operations.alter ? target_.alter(table, outcome, header.timestamp)
                                                  : kept_targets(table, outcome);
  if (!default_charset.empty()) after.table_charset = default_charset;
  // Applies what was gathered with the old columns: after it, nothing refers to them.
  target_.save_schema(after);
  commits_at_boundary_ = commits_at_boundary_ || may_add_labels(outcome);
  table = std::move(after);
  tables_.forget_decoders();
}

}  // namespace mysql_sync
