#include "bgworker/stream/session_times.hpp"

#include <algorithm>
#include <ctime>

#include "apply/enum_labels.hpp"
#include "bgworker/catalog/carriable.hpp"
#include "bgworker/target/table_indexes.hpp"
#include "core/ddl/column_names.hpp"
#include "core/types/type_map.hpp"

namespace mysql_sync {

namespace {

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

}  // namespace

/// `time` of one time zone in another, as the source knows them; as it is where the source cannot say.
std::string SessionTimes::convert(const std::string& time, const std::string& from, const std::string& to) {
  const auto zone = [&](const std::string& name) {
    return name.empty() ? std::string("@@global.time_zone") : source_.quote_literal(name);
  };
  const auto converted = pg::value_or_throw(source_.query_value(
      "SELECT CONVERT_TZ(" + source_.quote_literal(time) + ", " + zone(from) + ", " + zone(to) + ")"));
  return converted.value_or(time);
}

/// Defaults of TIMESTAMP columns are kept in UTC.
void SessionTimes::resolve_defaults(TableSchema& schema, const StatementContext& context) {
  for (Column& column : schema.columns) {
    ColumnDefault& value = column.default_value;
    const bool is_literal = value.kind == ColumnDefault::Kind::kLiteral;
    if (is_literal && value.in_session_zone && column.type.kind == TypeKind::kTimestamp)
      value.literal = convert(value.literal, context.time_zone, "+00:00");
    value.in_session_zone = false;
  }
}

/// Gives times in the defaults of added columns the form the target takes them in: TIMESTAMP in UTC, DATETIME
/// as the session's clock showed it. Only the statement's session knew its time zone and the time.
void SessionTimes::resolve(ddl::AlterOutcome& outcome, const StatementContext& context) {
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
      if (!is_timestamp) value.literal = convert(value.literal, "+00:00", context.time_zone);
    } else if (value.kind == Kind::kLiteral && is_timestamp) {
      value.literal = convert(value.literal, context.time_zone, "+00:00");
    }
  }
}

}  // namespace mysql_sync
