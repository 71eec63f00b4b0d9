#include "core/ddl/create_parser.hpp"

#include <algorithm>
#include <utility>

#include "core/ddl/column_definition.hpp"
#include "core/ddl/key_definition.hpp"
#include "core/ddl/resolved_column.hpp"
#include "core/ddl/statement_names.hpp"
#include "core/ddl/table_options.hpp"

namespace mysql_sync::ddl {

namespace {

/// SELECT, or what else gives rows, in parentheses or not.
bool at_query(SqlCursor cursor) {
  while (cursor.accept_symbol('(')) {
  }
  return cursor.at_any({"SELECT", "WITH", "VALUES", "TABLE"});
}

class CreateParser {
 public:
  CreateParser(SqlCursor& cursor, const SessionContext& session, CreateTable* create)
      : cursor_(cursor), session_(session), create_(*create) {}

  /// An error: the definition cannot be read.
  Status parse() {
    if (accept_like()) return cursor_.expect_table(session_, &create_.like.emplace());
    if (cursor_.at_symbol('(') && !at_query(cursor_)) MYSQL_SYNC_RETURN_IF_ERROR(read_items());
    MYSQL_SYNC_RETURN_IF_ERROR(read_options());
    if (cursor_.accept({"PARTITION", "BY"})) MYSQL_SYNC_RETURN_IF_ERROR(skip_partitioning());
    if (at_select()) {
      read_select();
      return {};
    }
    cursor_.accept({"START", "TRANSACTION"});  // CREATE TABLE … SELECT, its rows follow as row events
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_end());
    return is_over_period_ ? Status() : resolve();
  }

  /// Why the definition that was read is not all there is; empty if it is.
  std::string incomplete_reason() const {
    const std::string what = create_.what();
    if (create_.like) return what + " … LIKE";
    if (create_.has_select) return what + " … SELECT";
    if (is_versioned_) return what + " with system versioning";
    if (is_over_period_) return what + " with a primary key over a period";
    if (options_.forgets_rows) return what + " with ENGINE=BLACKHOLE";
    return definitions_.empty() ? what + " without columns" : std::string();
  }

 private:
  /// LIKE u, (LIKE u).
  bool accept_like() {
    SqlCursor ahead = cursor_;
    ahead.accept_symbol('(');
    if (!ahead.accept("LIKE")) return false;
    cursor_ = ahead;
    return true;
  }

  Status read_items() {
    cursor_.take();
    do {
      MYSQL_SYNC_RETURN_IF_ERROR(at_key_definition(cursor_) ? read_key() : read_column());
    } while (cursor_.accept_symbol(','));
    return cursor_.expect_symbol(')');
  }

  Status read_key() {
    MYSQL_SYNC_ASSIGN_OR_RETURN(KeyDefinition key, parse_key_definition(cursor_));
    is_over_period_ = is_over_period_ || key.over_period;
    if (key.kind == KeyDefinition::Kind::kPeriod) {
      is_versioned_ = is_versioned_ || equals_ignoring_case(key.period, "SYSTEM_TIME");
      not_null_.insert(not_null_.end(), key.columns.begin(), key.columns.end());
    } else if (key.kind == KeyDefinition::Kind::kPrimary) {
      key_ = std::move(key.columns);
    }
    return {};
  }

  Status read_column() {
    if (definitions_.size() == kMaxDefinitions) return cursor_.unexpected("no more columns");
    std::string name;
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_column(&name));
    MYSQL_SYNC_ASSIGN_OR_RETURN(ColumnDefinition definition, parse_column_definition(cursor_, session_));
    if (definition.primary_key) key_ = {name};
    is_versioned_ = is_versioned_ || definition.is_versioned;
    definition.column.name = std::move(name);
    definitions_.push_back(std::move(definition));
    return {};
  }

  /// With commas between them or none.
  Status read_options() {
    while (!at_options_end()) {
      if (cursor_.accept({"WITH", "SYSTEM", "VERSIONING"})) {
        is_versioned_ = true;
      } else {
        MYSQL_SYNC_RETURN_IF_ERROR(parse_table_option(cursor_, session_, "a table option", &options_));
      }
      cursor_.accept_symbol(',');
    }
    return {};
  }

  bool at_options_end() const {
    if (cursor_.at_end() || cursor_.at_symbol(';') || cursor_.at_symbol(')')) return true;
    if (cursor_.at_any({"PARTITION", "START"})) return true;
    SqlCursor ahead = cursor_;
    return !ahead.accept({"WITH", "SYSTEM", "VERSIONING"}) && at_select();
  }

  /// [IGNORE | REPLACE] [AS] SELECT.
  bool at_select() const { return cursor_.at_any({"IGNORE", "REPLACE", "AS"}) || at_query(cursor_); }

  void read_select() {
    create_.has_select = true;
    StatementNames names = read_names_in_clauses(cursor_, session_, false, {});
    for (TableReference& table : names.tables) create_.read.push_back(std::move(table.name));
    create_.called = std::move(names.called);
  }

  Status skip_partitioning() {
    while (!cursor_.at_end() && !cursor_.at_symbol(';') && !cursor_.at_word("START") && !at_select()) {
      if (cursor_.exhausted()) return cursor_.unexpected("the end of a string or comment");
      if (cursor_.at_symbol('(')) {
        MYSQL_SYNC_RETURN_IF_ERROR(cursor_.skip_parentheses());
      } else {
        cursor_.take();
      }
    }
    return {};
  }

  Status resolve() {
    create_.charset = table_charset(options_, session_.database_charset, &create_.takes_database_charset);
    give_first_timestamp_the_time();
    TableSchema& schema = create_.definition;
    schema.database = create_.table.database;
    schema.table = create_.table.table;
    for (ColumnDefinition& definition : definitions_) {
      MYSQL_SYNC_RETURN_IF_ERROR(resolve_column(definition, create_.charset));
      schema.columns.push_back(std::move(definition.column));
    }
    return resolve_key();
  }

  void give_first_timestamp_the_time() {
    const auto first = std::find_if(definitions_.begin(), definitions_.end(),
                                    [](const ColumnDefinition& d) { return d.is_timestamp(); });
    if (first != definitions_.end() && may_take_time(*first, session_))
      first->column.default_value.kind = ColumnDefault::Kind::kCurrentTimestamp;
  }

  Status resolve_key() {
    TableSchema& schema = create_.definition;
    for (const std::string& name : key_) {
      const std::optional<size_t> index = schema.find_column(name);
      if (!index) return cursor_.unexpected("a definition of key column \"" + name + "\"");
      schema.primary_key.push_back(*index);
      schema.columns[*index].nullable = false;
    }
    for (const std::string& name : not_null_) {
      if (const std::optional<size_t> index = schema.find_column(name))
        schema.columns[*index].nullable = false;
    }
    return {};
  }

  SqlCursor& cursor_;
  const SessionContext& session_;
  CreateTable& create_;
  std::vector<ColumnDefinition> definitions_;
  std::vector<std::string> key_;
  std::vector<std::string> not_null_;  ///< columns of periods
  TableOptions options_;
  bool is_versioned_ = false;
  bool is_over_period_ = false;
};

}  // namespace

Status parse_create_table(SqlCursor& cursor, const SessionContext& session, CreateTable* create) {
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_table(session, &create->table));
  CreateParser parser(cursor, session, create);
  const Status status = parser.parse();
  create->incomplete_reason =
      status.ok() ? parser.incomplete_reason() : std::string(create->what()) + ": " + status.detail();
  create->complete = create->incomplete_reason.empty();
  if (!create->complete) create->definition = {};
  return {};
}

}  // namespace mysql_sync::ddl
