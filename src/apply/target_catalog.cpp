#include "apply/target_catalog.hpp"

#include "apply/target_ddl.hpp"
#include "apply/target_relation.hpp"
#include "pg/acting_role.hpp"
#include "pg/compat/ddl_compat.hpp"
#include "pg/encoding.hpp"
#include "pg/transaction.hpp"

extern "C" {
#include "catalog/namespace.h"
}

namespace mysql_sync::apply {

namespace {

using pg::fail;
using pg::quote_name;
using pg::SpiSession;

constexpr const char* kHowToGoOn =
    "Drop or change on the target what is in the way, then start the task again: it repeats the statement. Views "
    "can be made anew afterwards.";

constexpr const char* kHowToAllow =
    "What changes a target runs as the owner of the table, and so does code that others attached to it. Give that role the "
    "right, or the table another owner, then start the task again: it repeats the statement.";

/// While it lives, the worker runs `statement` as a session would.
class RunningStatement {
 public:
  explicit RunningStatement(const std::string& statement)
      : text_(pg::to_server(statement)),
        before_(pg::guard([&] { return compat::begin_statement(text_.c_str()); })) {}
  ~RunningStatement() { compat::end_statement(before_, std::uncaught_exceptions() > 0); }
  RunningStatement(const RunningStatement&) = delete;
  RunningStatement& operator=(const RunningStatement&) = delete;

 private:
  const std::string text_;
  const compat::StatementFrame before_;
};

[[noreturn]] void throw_refused(const pg::PgError& error, const std::string& statement) {
  pg::ErrorReport report = error.report();
  if (!report.detail.empty()) report.detail += ' ';
  report.detail += "Statement on the target: " + statement;
  const bool is_denied = report.sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE;
  if (!pg::is_transient(report)) report.hint = is_denied ? kHowToAllow : kHowToGoOn;
  throw pg::PgError(std::move(report));
}

}  // namespace

std::string qualified(const TargetTable& target) { return pg::quote_qualified(target.schema, target.table); }

std::string name_list(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + quote_name(name);
  return list;
}

void check_name(const std::string& what, const std::string& name) {
  if (!name.empty() && pg::to_server(name).size() < NAMEDATALEN) return;
  fail(ErrorCode::kInvalidArgument,
       what + " name \"" + name + "\" is " + (name.empty() ? "empty" : "too long"),
       "Names in the target have at most " + std::to_string(NAMEDATALEN - 1) + " bytes.",
       "Leave the table out of the task.");
}

void check_names(const TargetTable& target) {
  check_name("schema", target.schema);
  check_name("table", target.table);
  for (const std::string& column : target.columns) {
    if (!column.empty()) check_name("column", column);
  }
}

std::optional<char> relation_kind(const std::string& schema, const std::string& table) {
  const std::string own_schema = pg::to_server(schema), own_table = pg::to_server(table);
  const char kind = pg::guard([&] {
    const Oid space = get_namespace_oid(own_schema.c_str(), true);
    const Oid relation = OidIsValid(space) ? get_relname_relid(own_table.c_str(), space) : InvalidOid;
    return OidIsValid(relation) ? get_rel_relkind(relation) : '\0';
  });
  return kind == '\0' ? std::nullopt : std::optional<char>(kind);
}

std::optional<char> type_kind(SpiSession& spi, const std::string& schema, const std::string& name) {
  const auto row = spi.query_row(
      "SELECT t.typtype::text FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
      " WHERE n.nspname = $1::name AND t.typname = $2::name",
      {schema, name});
  return row ? std::optional<char>((*row)[0]->front()) : std::nullopt;
}

void create_schema(SpiSession& spi, const std::string& schema) {
  const std::string own = pg::to_server(schema);
  if (OidIsValid(pg::guard([&] { return get_namespace_oid(own.c_str(), true); }))) return;
  run_ddl(spi, "CREATE SCHEMA " + quote_name(schema));
}

std::optional<PresentColumn> find_column(SpiSession& spi, const TargetTable& target,
                                         const std::string& column) {
  const auto row = spi.query_row(
      "SELECT a.attnotnull, a.atthasdef FROM pg_catalog.pg_attribute a"
      "  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
      "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " WHERE n.nspname = $1::name AND c.relname = $2::name AND a.attname = $3::name AND a.attnum > 0"
      "   AND NOT a.attisdropped",
      {target.schema, target.table, column});
  if (!row) return std::nullopt;
  return PresentColumn{*(*row)[0] == "t", *(*row)[1] == "t"};
}

bool has_column(SpiSession& spi, const TargetTable& target, const std::string& column) {
  return find_column(spi, target, column).has_value();
}

std::vector<std::string> key_names(const TargetTable& target, const TableSchema& source) {
  std::vector<std::string> names;
  for (const size_t column : source.primary_key) {
    if (target.columns[column].empty()) {
      fail(ErrorCode::kInvalidArgument,
           "key column " + source.columns[column].name + " of " + source.display_name() + " is not carried");
    }
    names.push_back(target.columns[column]);
  }
  return names;
}

Oid locked_owner(const TargetTable& target, LOCKMODE mode) {
  return OpenRelation(target.schema, target.table, mode).owner();
}

std::vector<std::string> unfilled_columns(SpiSession& spi, const TargetTable& target) {
  std::vector<std::string> columns;
  for (const pg::TextRow& row : spi.query(
           "SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2"
           "   AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'"
           "   AND is_generated = 'NEVER' ORDER BY ordinal_position",
           {target.schema, target.table})) {
    const auto& mapped = target.columns;
    if (std::find(mapped.begin(), mapped.end(), *row[0]) == mapped.end()) columns.push_back(*row[0]);
  }
  return columns;
}

bool is_unlogged(SpiSession& spi, const TargetTable& target) {
  return spi
      .query_row(
          "WITH RECURSIVE part(id) AS ("
          "  SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
          "   WHERE n.nspname = $1::name AND c.relname = $2::name"
          "  UNION ALL SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN part ON part.id = i.inhparent)"
          " SELECT 1 FROM part JOIN pg_catalog.pg_class c ON c.oid = part.id WHERE c.relpersistence = 'u' LIMIT 1",
          {target.schema, target.table})
      .has_value();
}

std::string count_rows(const TargetTable& target) {
  const pg::ActingRole owner(locked_owner(target, AccessShareLock));
  SpiSession spi;
  return *(*spi.query_row("SELECT count(*) FROM " + qualified(target), {}))[0];
}

void lock_target(const TargetTable& target) {
  const OpenRelation relation(target.schema, target.table, AccessExclusiveLock);
}

void run_ddl(SpiSession& spi, const std::string& statement) {
  try {
    const RunningStatement running(statement);
    spi.execute(statement);
  } catch (const pg::PgError& error) {
    throw_refused(error, statement);
  }
}

void run_as_owner(SpiSession& spi, const TargetTable& target, const std::string& statement) {
  const pg::ActingRole owner(locked_owner(target, AccessExclusiveLock));
  run_ddl(spi, statement);
}

void run_ddl_alone(const std::string& statement) {
  pg::Transaction transaction;
  try {
    const RunningStatement running(statement);
    const std::string text = pg::to_server(statement);
    pg::guard([&] { compat::run_alone(text.c_str()); });
  } catch (const pg::PgError& error) {
    throw_refused(error, statement);
  }
  transaction.commit();
}

TargetState target_state(const std::string& schema, const std::string& table) {
  SpiSession spi;
  const auto kind = relation_kind(schema, table);
  if (!kind) return TargetState::kAbsent;
  if (!compat::is_table(*kind)) return TargetState::kNotATable;
  TargetTable target;
  target.schema = schema;
  target.table = table;
  const pg::ActingRole owner(locked_owner(target, AccessShareLock));  // of a view, say
  const bool filled =
      spi.query_row("SELECT 1 FROM " + pg::quote_qualified(schema, table) + " LIMIT 1").has_value();
  return filled ? TargetState::kNotEmpty : TargetState::kEmpty;
}

std::vector<std::string> missing_columns(const TargetTable& target) {
  SpiSession spi;
  std::vector<std::string> missing;
  for (const std::string& column : target.columns) {
    if (!column.empty() && !has_column(spi, target, column)) missing.push_back(column);
  }
  return missing;
}

std::string key_problem(const TargetTable& target, const TableSchema& source) {
  if (source.primary_key.empty()) return {};
  const OpenRelation relation(target.schema, target.table, AccessShareLock);
  const std::vector<std::string> names = key_names(target, source);
  std::vector<AttrNumber> key;
  for (const std::string& name : names) key.push_back(find_attribute(RelationGetDescr(relation.get()), name));
  if (OidIsValid(find_key_index(relation.get(), key).id)) return {};
  return "table " + target.display_name() + " has no primary key or unique index on exactly (" +
         name_list(names) + ")";
}

}  // namespace mysql_sync::apply
