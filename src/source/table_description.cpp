#include "source/table_description.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "source/client_error.hpp"
#include "source/connection_impl.hpp"
#include "source/result_stream_impl.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync::source {
namespace {

using Marks = std::vector<std::string>;
using Clock = std::chrono::steady_clock;

constexpr double kUnknownRows = 1000;  // of a view
constexpr std::chrono::seconds kRowsAge{60};
constexpr size_t kMostKnown = 200;
constexpr int kMostAttempts = 3;

std::string table_name(const std::string& database, const std::string& table) {
  return quote_identifier(database) + "." + quote_identifier(table);
}

/// How the columns of a query would arrive. It is not run, as a view might take long; only where the source
/// prepares no more statements it is, without its rows.
Result<Marks> marks_of_query(Connection& connection, const std::string& sql) {
  Marks marks;
  ClientSession& session = *connection.impl().session;
  const Status status = session.describe(sql, [&](MYSQL_RES* columns) { marks = marks_of(columns); });
  if (status.ok()) return marks;
  if (session.broken() || session.error_number() != kErrorTooManyPrepared) return status;
  MYSQL_SYNC_ASSIGN_OR_RETURN(ResultStream stream, connection.query(sql + " LIMIT 0"));
  marks = stream.column_marks();
  MYSQL_SYNC_ASSIGN_OR_RETURN(const TextCell* none, stream.next());
  (void)none;
  return marks;
}

/// Empty names stand for columns that are not there.
Result<Marks> read_marks(Connection& connection, const std::string& from,
                         const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names)
    if (!name.empty()) list += (list.empty() ? "" : ", ") + quote_identifier(name);
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const Marks found,
      marks_of_query(connection, "SELECT " + (list.empty() ? "1" : list) + " FROM " + from));
  Marks marks(names.size());
  size_t next = 0;
  for (size_t i = 0; i < names.size(); ++i)
    if (!names[i].empty() && next < found.size()) marks[i] = found[next++];
  return marks;
}

/// information_schema knows the number of rows roughly and at no cost; nothing is known of a view.
Status read_estimates(Connection& connection, const std::string& database, const std::string& table,
                      TableDescription* description) {
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto answer,
      connection.query_all(
          "SELECT MAX(table_rows), @@max_allowed_packet FROM information_schema.tables WHERE table_schema = " +
          connection.quote_literal(database) + " AND table_name = " + connection.quote_literal(table)));
  const auto& row = answer.at(0);
  description->rows = row.at(0).has_value() ? std::strtod(row.at(0)->c_str(), nullptr) : kUnknownRows;
  description->longest_statement = std::strtoll(row.at(1).value_or("0").c_str(), nullptr, 10);
  return {};
}

std::vector<std::string> names_found(const TableSchema& schema, const std::vector<std::string>& names) {
  std::vector<std::string> found;
  for (const std::string& name : names) {
    const std::optional<size_t> index = schema.find_column(name);
    found.push_back(index.has_value() ? schema.columns[*index].name : std::string());
  }
  return found;
}

bool has_same_types(const TableSchema& a, const std::optional<TableSchema>& b) {
  return b.has_value() && std::equal(a.columns.begin(), a.columns.end(), b->columns.begin(), b->columns.end(),
                                     [](const Column& one, const Column& other) {
                                       return one.name == other.name &&
                                              one.type.declared == other.type.declared &&
                                              one.type.charset == other.type.charset;
                                     });
}

/// The columns are looked at in a result before and after their types are read, or the other way round.
Result<std::optional<TableDescription>> read_description(Connection& connection, const std::string& database,
                                                         const std::string& table,
                                                         const std::vector<std::string>& columns) {
  const std::string from = table_name(database, table);
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    const Result<Marks> before = read_marks(connection, from, columns);
    if (!before.ok() && !connection.usable()) return before.status();
    MYSQL_SYNC_ASSIGN_OR_RETURN(const auto schema, read_table_columns(connection, database, table));
    if (!schema) return std::optional<TableDescription>();
    const Result<Marks> after = read_marks(connection, from, names_found(*schema, columns));
    if (!after.ok() && after.status().code() == ErrorCode::kNotFound) continue;
    if (!after.ok()) return after.status();
    if (!before.ok() || *before != *after) {
      MYSQL_SYNC_ASSIGN_OR_RETURN(const auto again, read_table_columns(connection, database, table));
      if (!has_same_types(*schema, again)) continue;
    }
    TableDescription description{*schema, *after};
    MYSQL_SYNC_RETURN_IF_ERROR(read_estimates(connection, database, table, &description));
    return std::optional<TableDescription>(std::move(description));
  }
  return Status(ErrorCode::kLocked, "the source's table " + from + " changes all the time");
}

std::string key_of(const std::string& database, const std::string& table,
                   const std::vector<std::string>& columns) {
  std::string key = table_name(database, table);
  for (const std::string& column : columns) key += "," + quote_identifier(column);
  return key;
}

bool has_all(const Marks& marks) { return std::find(marks.begin(), marks.end(), "") == marks.end(); }

}  // namespace

Result<std::optional<TableDescription>> describe_table(Connection& connection, const std::string& database,
                                                       const std::string& table,
                                                       const std::vector<std::string>& columns) {
  auto& known = connection.impl().described;
  const std::string key = key_of(database, table, columns);
  const auto found = known.find(key);
  if (found != known.end()) {
    const Result<Marks> marks = read_marks(connection, table_name(database, table), columns);
    if (!marks.ok() && !connection.usable()) return marks.status();
    const bool fresh = Clock::now() - found->second.second < kRowsAge;
    if (marks.ok() && *marks == found->second.first.marks && fresh)
      return std::optional<TableDescription>(found->second.first);
    known.erase(found);
  }
  MYSQL_SYNC_ASSIGN_OR_RETURN(auto description, read_description(connection, database, table, columns));
  if (!description || !has_all(description->marks)) return description;
  if (known.size() >= kMostKnown) known.clear();
  known[key] = {*description, Clock::now()};
  return description;
}

}  // namespace mysql_sync::source
