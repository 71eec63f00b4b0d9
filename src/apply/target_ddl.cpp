#include "apply/target_ddl.hpp"

#include "apply/backfill.hpp"
#include "apply/target_relation.hpp"
#include "apply/target_type.hpp"
#include "core/types/type_map.hpp"
#include "pg/encoding.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::apply {

namespace {

using pg::fail;
using pg::guard;
using pg::quote_name;
using pg::SpiSession;
using ZeroDates = pg::ValuePolicies::ZeroDates;

std::string qualified(const TargetTable& target) { return pg::quote_qualified(target.schema, target.table); }

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

std::optional<std::string> relation_kind(SpiSession& spi, const std::string& schema,
                                         const std::string& table) {
  const auto row = spi.query_row(
      "SELECT c.relkind::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = "
      "c.relnamespace "
      "WHERE n.nspname = $1 AND c.relname = $2",
      {schema, table});
  return row ? (*row)[0] : std::nullopt;
}

bool has_column(SpiSession& spi, const TargetTable& target, const std::string& column) {
  return spi
      .query_row(
          "SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid = $1::regclass AND attname = $2 "
          "AND attnum > 0 AND NOT attisdropped",
          {qualified(target), column})
      .has_value();
}

void create_schema(SpiSession& spi, const std::string& schema) {
  if (spi.query_row("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1", {schema})) return;
  spi.execute("CREATE SCHEMA " + quote_name(schema));
}

bool is_date(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kDatetime || kind == TypeKind::kTimestamp;
}

/// Zero dates become NULL in columns that MySQL declares NOT NULL.
bool may_be_null(const Column& column, const TargetTable& target) {
  return column.nullable || (is_date(column.type.kind) && target.policies.zero_dates == ZeroDates::kNull);
}

std::string carried_type(const Column& column, const TableSchema& source) {
  TypeMapping mapping = map_type(column.type);
  if (!mapping.carried) {
    fail(ErrorCode::kUnsupported,
         "column " + column.name + " of " + source.display_name() + " has a type that is not carried",
         column.type.declared + ": " + mapping.reason, "Leave the table out of the task.");
  }
  return std::move(mapping.target);
}

std::string column_definition(const TargetTable& target, const TableSchema& source, size_t i) {
  const std::string definition = quote_name(target.columns[i]) + " " + target_type(target, source, i);
  return may_be_null(source.columns[i], target) ? definition : definition + " NOT NULL";
}

std::string name_list(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + quote_name(name);
  return list;
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

/// Nothing where there is no type of that name.
std::optional<char> type_kind(SpiSession& spi, const std::string& schema, const std::string& name) {
  const auto row = spi.query_row(
      "SELECT t.typtype::text FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
      " WHERE n.nspname = $1 AND t.typname = $2",
      {schema, name});
  return row ? std::optional<char>((*row)[0]->front()) : std::nullopt;
}

/// The first of `labels` that the type of that name lacks; nothing where it has all.
std::optional<std::string> missing_label(const std::string& type, const std::vector<std::string>& labels) {
  const std::vector<std::string> present = find_type(type).labels;
  const auto missing = std::find_if(labels.begin(), labels.end(), [&](const std::string& label) {
    return std::find(present.begin(), present.end(), label) == present.end();
  });
  return missing == labels.end() ? std::nullopt : std::optional<std::string>(*missing);
}

bool takes_error_value(const TargetTable& target, size_t column) {
  return column < target.error_values.size() && target.error_values[column];
}

std::string made_enum(const TargetTable& target, size_t column) {
  return pg::quote_qualified(target.schema, made_enum_name(target, column));
}

void create_enum(SpiSession& spi, const TargetTable& target, const TableSchema& source, size_t column) {
  const std::string problem = made_enum_problem(target, source, column);
  if (!problem.empty()) fail(ErrorCode::kUnsupported, problem);
  if (type_kind(spi, target.schema, made_enum_name(target, column))) return;
  std::string labels;
  for (const std::string& label :
       pg::value_or_throw(enum_labels(source.columns[column].type, takes_error_value(target, column))))
    labels += (labels.empty() ? "" : ", ") + pg::quote_literal(label);
  spi.execute("CREATE TYPE " + made_enum(target, column) + " AS ENUM (" + labels + ")");
}

std::string create_statement(const TargetTable& target, const TableSchema& source) {
  std::string columns;
  for (size_t i = 0; i < source.columns.size(); ++i) {
    if (target.columns[i].empty()) continue;
    columns += (columns.empty() ? "" : ", ") + column_definition(target, source, i);
  }
  const std::string key = name_list(key_names(target, source));
  if (!key.empty()) columns += ", PRIMARY KEY (" + key + ")";
  const std::string distributed = target.distributed_by.empty() ? key : name_list(target.distributed_by);
  return "CREATE TABLE " + qualified(target) + " (" + columns + ")" +
         compat::distribution_clause(distributed);
}

/// Carries the effects of one ALTER, and follows which target column each column goes to meanwhile.
class AlterRun {
 public:
  AlterRun(const TargetTable& target, const TableSchema& before, uint32_t event_time)
      : target_(target), source_(before.display_name()), event_time_(event_time) {
    for (size_t i = 0; i < before.columns.size(); ++i)
      names_.emplace_back(before.columns[i].name, target.columns[i]);
  }

  void operator()(const ddl::ColumnDropped& effect) {
    const std::string column = take(effect.name);
    if (!column.empty() && has_column(spi_, target_, column)) alter("DROP COLUMN " + quote_name(column));
  }

  /// A column mapped to another name, or to none, keeps its mapping.
  void operator()(const ddl::ColumnRenamed& effect) {
    const std::string column = take(effect.from);
    const bool same_name = column == effect.from;
    names_.emplace_back(effect.to, same_name ? effect.to : column);
    if (!same_name) return;
    check_name("column", effect.to);
    if (!has_column(spi_, target_, effect.from) || has_column(spi_, target_, effect.to)) return;
    alter("RENAME COLUMN " + quote_name(effect.from) + " TO " + quote_name(effect.to));
  }

  void operator()(const ddl::ColumnAdded& effect) {
    const Column& column = effect.column;
    check_name("column", column.name);
    names_.emplace_back(column.name, column.name);
    if (has_column(spi_, target_, column.name)) return;
    add(column, effect.default_value);
  }

  void operator()(const ddl::NullabilityChanged& effect) {
    const std::string column = find(effect.name)->second;
    if (column.empty() || !has_column(spi_, target_, column)) return;
    if (effect.nullable) return alter("ALTER COLUMN " + quote_name(column) + " DROP NOT NULL");
    if (target_.policies.zero_dates == ZeroDates::kNull && is_date_in_target(column)) return;
    alter("ALTER COLUMN " + quote_name(column) + " SET NOT NULL");
  }

  void operator()(const ddl::LabelsAdded& effect) {
    const std::string column = find(effect.name)->second;
    if (column.empty()) return;
    const auto types = column_types(target_.schema, target_.table);
    const auto type = types.find(column);
    if (type == types.end() || type->second.kind != TargetKind::kEnum) return;
    for (const std::string& label : effect.labels) add_label(type->second, label);
  }

  void operator()(const ddl::TypeChanged& effect) {
    fail(ErrorCode::kUnsupported,
         "another type for column " + effect.name + " of " + source_ + " is not carried",
         effect.before.type.declared + " became " + effect.after.type.declared + ".");
  }

  void operator()(const ddl::KeyChanged&) {
    fail(ErrorCode::kUnsupported, "another primary key of " + source_ + " is not carried");
  }

  /// The target's column for each column of `after`. kUnsupported where two would share one.
  std::vector<std::string> columns(const TableSchema& after) {
    std::vector<std::string> columns;
    for (const Column& column : after.columns) {
      const std::string target = find(column.name)->second;
      if (!target.empty() && std::find(columns.begin(), columns.end(), target) != columns.end()) {
        fail(
            ErrorCode::kUnsupported, "two columns of " + source_ + " would go to column \"" + target + "\"",
            "A column was added or renamed on the source, and its name is that of a column set by set_table.",
            "Drop the task and create it again, with other names.");
      }
      columns.push_back(target);
    }
    return columns;
  }

 private:
  using Name = std::pair<std::string, std::string>;  ///< of the source, of the target

  std::vector<Name>::iterator find(const std::string& name) {
    const auto found = std::find_if(names_.begin(), names_.end(), [&](const Name& known) {
      return pg_strcasecmp(known.first.c_str(), name.c_str()) == 0;
    });
    if (found == names_.end())
      fail(ErrorCode::kInternal, "column " + name + " of " + source_ + " is not known");
    return found;
  }

  std::string take(const std::string& name) {
    const auto found = find(name);
    std::string column = found->second;
    names_.erase(found);
    return column;
  }

  void add_label(const TargetType& type, const std::string& label) {
    if (std::find(type.labels.begin(), type.labels.end(), label) != type.labels.end()) return;
    const std::string statement = "ALTER TYPE " + type.name + " ADD VALUE " + pg::quote_literal(label);
    if (!compat::kAddsLabelsInTransaction) {
      fail(ErrorCode::kUnsupported, "type " + type.name + " lacks a label that " + source_ + " has now",
           "This server adds labels to a type only outside transactions.",
           "Run " + statement + "; then start the task again.");
    }
    spi_.execute(statement);
  }

  void alter(const std::string& what) { spi_.execute("ALTER TABLE " + qualified(target_) + " " + what); }

  /// The default fills the rows that exist and goes again: it would not follow the source's.
  void add(const Column& column, const ddl::ColumnDefault& value) {
    const TypeMapping mapping = map_type(column.type);
    if (!mapping.carried) {
      fail(ErrorCode::kUnsupported,
           "added column " + column.name + " of " + source_ + " has a type that is not carried",
           column.type.declared + ": " + mapping.reason);
    }
    const auto filled =
        backfill_expression(column, value, mapping.target, target_.policies, event_time_, source_);
    std::string definition = quote_name(column.name) + " " + mapping.target;
    if (!may_be_null(column, target_)) definition += " NOT NULL";
    if (filled) definition += " DEFAULT " + *filled;
    alter("ADD COLUMN " + definition);
    if (filled) alter("ALTER COLUMN " + quote_name(column.name) + " DROP DEFAULT");
  }

  bool is_date_in_target(const std::string& column) {
    return spi_
        .query_row(
            "SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid = $1::regclass AND attname = $2 AND "
            "atttypid "
            "IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype)",
            {qualified(target_), column})
        .has_value();
  }

  const TargetTable& target_;
  const std::string source_;
  const uint32_t event_time_;
  SpiSession spi_;
  std::vector<Name> names_;
};

}  // namespace

TargetState target_state(const std::string& schema, const std::string& table) {
  SpiSession spi;
  const auto kind = relation_kind(spi, schema, table);
  if (!kind) return TargetState::kAbsent;
  if (!compat::is_table(kind->front())) return TargetState::kNotATable;
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

bool has_made_enum(const TargetTable& target, size_t column) {
  return column < target.types.size() && target.types[column] == kMadeEnum;
}

std::string made_enum_name(const TargetTable& target, size_t column) {
  return target.table + "_" + target.columns[column];
}

std::string made_enum_problem(const TargetTable& target, const TableSchema& source, size_t column) {
  const std::string name = made_enum_name(target, column);
  if (name.size() >= NAMEDATALEN)
    return "the name of the enum type, \"" + name + "\", is longer than 63 bytes";
  const auto labels = enum_labels(source.columns[column].type, takes_error_value(target, column));
  if (!labels.ok()) return labels.status().message();
  SpiSession spi;
  const std::optional<char> kind = type_kind(spi, target.schema, name);
  if (!kind) return {};
  if (kind != 'e')
    return "the name of the enum type, " + made_enum(target, column) + ", belongs to another type";
  const std::optional<std::string> missing = missing_label(made_enum(target, column), *labels);
  return missing ? "type " + made_enum(target, column) + " exists and lacks the label '" + *missing + "'"
                 : "";
}

std::string target_type(const TargetTable& target, const TableSchema& source, size_t column) {
  if (has_made_enum(target, column)) return made_enum(target, column);
  if (column < target.types.size() && !target.types[column].empty()) return target.types[column];
  return carried_type(source.columns[column], source);
}

void create_target(const TargetTable& target, const TableSchema& source) {
  check_names(target);
  SpiSession spi;
  create_schema(spi, target.schema);
  for (size_t i = 0; i < source.columns.size(); ++i)
    if (has_made_enum(target, i) && !target.columns[i].empty()) create_enum(spi, target, source, i);
  spi.execute(create_statement(target, source));
}

std::vector<std::string> apply_effects(const TargetTable& target, const TableSchema& before,
                                       const ddl::AlterOutcome& outcome, uint32_t event_time) {
  AlterRun run(target, before, event_time);
  for (const ddl::ColumnEffect& effect : outcome.effects) std::visit(run, effect);
  return run.columns(outcome.after);
}

}  // namespace mysql_sync::apply
