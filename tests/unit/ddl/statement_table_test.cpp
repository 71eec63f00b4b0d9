// The DDL statements of tests/ddl: the tables before are parsed, the statements carried out on what is known
// of them, and the columns compared with those that the source has then. The live test proves the latter.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/schema_change.hpp"
#include "core/ddl/sql_cursor.hpp"
#include "unit/ddl/statement_cases.hpp"

namespace mysql_sync::ddl {
namespace {

// --- columns in the notation of the files
// ---------------------------------------------------------------------

const char* const kNames[] = {"tinyint",   "smallint", "mediumint", "int",     "bigint", "decimal",
                              "float",     "double",   "bit",       "date",    "time",   "datetime",
                              "timestamp", "year",     "char",      "varchar", "text",   "binary",
                              "varbinary", "blob",     "enum",      "set",     "json",   "geometry",
                              "uuid",      "inet4",    "inet6",     "vector",  "unknown"};

bool is_integer(TypeKind kind) { return kind <= TypeKind::kBigint || kind == TypeKind::kYear; }

/// Everything of a type that counts: a display width does not, except that of tinyint(1).
std::string text(const ColumnType& type) {
  std::string result = kNames[static_cast<size_t>(type.kind)];
  const bool is_flag = type.kind == TypeKind::kTinyint && type.length == 1 && !type.is_unsigned;
  if (is_flag || (!is_integer(type.kind) && type.length != 0))
    result += "(" + std::to_string(type.length) + ")";
  if (type.precision != 0)
    result += "(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
  if (type.fraction != 0) result += "(" + std::to_string(type.fraction) + ")";
  for (const std::string& label : type.members) result += " '" + label + "'";
  if (type.is_unsigned) result += " unsigned";
  if (type.charset.empty()) return result;
  return result + " " + (type.charset == "utf8" ? "utf8mb3" : type.charset);
}

/// What the schema history keeps of a type is what it is read from again.
void expect_kept(const Column& column) {
  const Result<ColumnType> kept = parse_column_type(column.type.declared, column.type.charset);
  ASSERT_TRUE(kept.ok()) << column.type.declared;
  EXPECT_EQ(text(*kept), text(column.type)) << column.type.declared;
}

std::string text(const Column& column, size_t key_position) {
  std::string result = column.name + " " + text(column.type);
  if (column.nullable) result += " null";
  if (column.generated) result += " generated";
  if (column.invisible) result += " invisible";
  return key_position == 0 ? result : result + " key " + std::to_string(key_position);
}

std::string text(const TableSchema& table) {
  std::string result;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const auto place = std::find(table.primary_key.begin(), table.primary_key.end(), i);
    const auto position = place == table.primary_key.end() ? 0 : place - table.primary_key.begin() + 1;
    result += text(table.columns[i], static_cast<size_t>(position)) + "\n";
  }
  return result;
}

bool take_suffix(std::string& line, const std::string& suffix) {
  if (line.size() < suffix.size() || line.compare(line.size() - suffix.size(), suffix.size(), suffix) != 0)
    return false;
  line.erase(line.size() - suffix.size());
  return true;
}

size_t take_key_position(std::string& line) {
  static const std::regex key(" key ([0-9]+)$");
  std::smatch found;
  if (!std::regex_search(line, found, key)) return 0;
  const size_t position = std::stoul(found[1]);
  line.erase(line.size() - found.length(0));
  return position;
}

bool holds_text(const ColumnType& type) {
  return (type.kind >= TypeKind::kChar && type.kind <= TypeKind::kText) || type.kind == TypeKind::kEnum ||
         type.kind == TypeKind::kSet;
}

/// "varchar(10) latin1": a word behind the type that is not of the type.
ColumnType read_type(std::string line) {
  static const std::regex charset("^(.*[a-z)]) ([a-z][a-z0-9]*)$");
  std::smatch found;
  std::string name = "utf8mb4";
  if (std::regex_match(line, found, charset) && found[2] != "unsigned") {
    name = found[2];
    line = found[1];
  }
  ColumnType type = *parse_column_type(line, name);
  if (!holds_text(type)) type.charset.clear();
  return type;
}

/// One column of an `expect` line, as text(Column) writes it.
std::string expected_column(std::string line) {
  const size_t key = take_key_position(line);
  Column column;
  column.invisible = take_suffix(line, " invisible");
  column.generated = take_suffix(line, " generated");
  column.nullable = take_suffix(line, " null");
  SqlCursor cursor(line, {});
  column.name = name_text(cursor.take());
  column.type = read_type(line.substr(cursor.peek().offset));
  return text(column, key);
}

std::string expected_columns(const std::string& line) {
  std::string result;
  for (size_t from = 0; from < line.size();) {
    const size_t bar = std::min(line.find(" | ", from), line.size());
    result += expected_column(line.substr(from, bar - from)) + "\n";
    from = bar + 3;
  }
  return result;
}

// --- what a session knows and does
// ----------------------------------------------------------------------------

std::string key_of(const TableName& name) { return name.database + "." + name.table; }

struct KnownTable {
  TableSchema schema;
  std::string charset;
};

/// The tables as they become known statement by statement.
class World {
 public:
  World(const std::string& kind, const StatementCase& each) : each_(each) {
    session_.database = "db";
    session_.mariadb = kind == "mariadb";
    session_.explicit_defaults_for_timestamp = kind != "mysql56";
    session_.sql_mode = kind == "mysql56" ? 0 : static_cast<uint64_t>(kStrictTransTables);
    session_.server_charset = kind == "mysql9" ? "utf8mb4" : "latin1";
    session_.version = kind == "mysql56" ? 50624 : 0;
  }

  void begin_session() {
    const auto mode = each_.session.find("sql_mode");
    if (mode != each_.session.end()) session_.sql_mode = sql_mode(mode->second);
    const auto collation = each_.session.find("collation_server");
    if (collation != each_.session.end())
      session_.server_charset = collation->second.substr(1, collation->second.find('_') - 1);
  }

  void run(const std::string& sql) {
    static const std::regex routine("CREATE (PROCEDURE|FUNCTION|TRIGGER|PACKAGE|EVENT) .*",
                                    std::regex::icase | std::regex::multiline);
    if (std::regex_search(sql, routine)) return run_one(sql);
    size_t from = 0;
    SqlCursor cursor(sql, session_);
    while (!cursor.exhausted()) {
      const Token token = cursor.take();
      if (!token.is_symbol(';')) continue;
      run_one(sql.substr(from, token.offset - from));
      from = token.offset + 1;
    }
    run_one(sql.substr(from));
  }

  const KnownTable* find(const TableName& name) const {
    const auto found = tables_.find(key_of(name));
    return found == tables_.end() ? nullptr : &found->second;
  }
  /// A table whose columns no statement told.
  bool is_unknown(const TableName& name) const { return unknown_.count(key_of(name)) != 0; }
  const std::string& refused() const { return refused_; }

 private:
  static uint64_t sql_mode(const std::string& names) {
    uint64_t mode = 0;
    const auto has = [&](const char* name) { return names.find(name) != std::string::npos; };
    for (const char* name : {"ANSI", "ORACLE", "MSSQL", "DB2", "POSTGRESQL"}) {
      if (has(name)) mode |= kAnsiQuotes;
    }
    if (has("MSSQL")) mode |= kMssql;
    if (has("EMPTY_STRING_IS_NULL")) mode |= kEmptyStringIsNull;
    if (has("'ANSI'") || has("REAL_AS_FLOAT")) mode |= kRealAsFloat;
    if (has("ORACLE")) mode |= kOracle;
    if (has("MAXDB")) mode |= kMaxDb | kAnsiQuotes;
    if (has("NO_BACKSLASH_ESCAPES")) mode |= kNoBackslashEscapes;
    if (has("STRICT_TRANS_TABLES")) mode |= kStrictTransTables;
    if (has("STRICT_ALL_TABLES")) mode |= kStrictAllTables;
    return mode;
  }

  /// A server puts a blank for the exclamation mark where it does not run what is in the comment.
  std::string as_logged(const std::string& sql) const {
    static const std::regex version("/\\*!([0-9]{5,6})");
    std::string result = sql;
    std::smatch found;
    auto from = sql.begin();
    while (std::regex_search(from, sql.end(), found, version)) {
      const int number = std::stoi(found[1]);
      if (!runs(number)) result[static_cast<size_t>(found[0].first - sql.begin()) + 2] = ' ';
      from = found[0].second;
    }
    return result;
  }
  bool runs(int version) const {
    if (session_.mariadb) return version < 50700 || version >= 100000;
    return version <= (session_.explicit_defaults_for_timestamp ? 90700 : 50624);
  }

  void run_one(const std::string& sql) {
    static const std::regex use("\\s*USE (\\w+)\\s*");
    std::smatch found;
    if (std::regex_match(sql, found, use)) session_.database = found[1];
    SessionContext session = session_;
    session.session_charset = charset_of(session.database);
    const std::string logged = as_logged(sql);
    Result<Statement> statement = parse(logged, session);
    const TableName* table = statement.ok() ? named_table(*statement) : nullptr;
    if (table != nullptr) {
      if (const KnownTable* known = find(*table)) session.table_charset = known->charset;
      session.database_charset = charset_of(table->database);
      statement = parse(logged, session);
    }
    if (!statement.ok()) return refuse(statement.status());
    std::visit([this](const auto& each) { apply(each); }, *statement);
  }

  std::string charset_of(const std::string& database) const {
    const auto found = database_charsets_.find(database);
    return found == database_charsets_.end() ? "utf8mb4" : found->second;
  }

  static const TableName* named_table(const Statement& statement) {
    if (const auto* alter = std::get_if<AlterTable>(&statement)) return &alter->table;
    if (const auto* create = std::get_if<CreateTable>(&statement)) return &create->table;
    return nullptr;
  }

  void refuse(const Status& status) { refused_ += status.message() + " " + status.detail() + "\n"; }

  void apply(const Irrelevant&) {}
  void apply(const RowStatement&) {}
  void apply(const ProgramStatement&) {}
  void apply(const TruncateTable&) {}
  void apply(const AlterTable& alter) {
    const std::string name = key_of(alter.table);
    if (temporary_.count(name) != 0 || tables_.count(name) == 0) return;
    KnownTable& table = tables_[name];
    const Result<AlterOutcome> outcome = alter_outcome(table.schema, alter);
    if (!outcome.ok()) return refuse(outcome.status());
    EXPECT_EQ(outcome->origins.size(), outcome->after.columns.size());
    const std::optional<std::string> charset = charset_after(table.schema, table.charset, alter);
    table.schema = outcome->after;
    table.charset = charset.value_or(table.charset);
    for (const OtherTable& other : alter.other_tables) {
      if (other.fate == OtherTable::Fate::kCreated) tables_[key_of(other.name)] = table;
      if (other.fate == OtherTable::Fate::kGone) tables_.erase(key_of(other.name));
    }
    if (alter.renamed_to() != nullptr) rename(alter.table, *alter.renamed_to());
  }
  void apply(const CreateTable& create) {
    const std::string name = key_of(create.table);
    if (create.temporary) temporary_.insert(name);
    if (create.temporary || (create.if_not_exists && tables_.count(name) != 0)) return;
    unknown_.erase(name);
    if (create.complete) {
      tables_[name] = {create.definition, create.charset};
    } else if (create.like && tables_.count(key_of(*create.like)) != 0) {
      tables_[name] = tables_[key_of(*create.like)];
    } else {
      EXPECT_FALSE(create.incomplete_reason.empty());
      tables_.erase(name);
      unknown_.insert(name);
    }
  }
  void apply(const DropTables& drop) {
    for (const TableName& table : drop.tables) {
      if (temporary_.erase(key_of(table)) == 0 && !drop.temporary) tables_.erase(key_of(table));
    }
  }
  void apply(const RenameTables& renames) {
    for (const RenameTables::Pair& pair : renames.pairs) rename(pair.from, pair.to);
  }
  void apply(const DatabaseStatement& statement) {
    const bool is_there = statement.if_not_exists && database_charsets_.count(statement.database) != 0;
    if (statement.charset && !is_there) database_charsets_[statement.database] = *statement.charset;
    if (!statement.drops_tables()) return;
    for (auto table = tables_.begin(); table != tables_.end();) {
      table = table->first.rfind(statement.database + ".", 0) == 0 ? tables_.erase(table) : std::next(table);
    }
    if (!statement.or_replace) database_charsets_.erase(statement.database);
  }

  void rename(const TableName& from, const TableName& to) {
    if (unknown_.erase(key_of(from)) != 0) unknown_.insert(key_of(to));
    const auto table = tables_.find(key_of(from));
    if (table == tables_.end()) return;
    KnownTable moved = table->second;
    tables_.erase(table);
    tables_[key_of(to)] = std::move(moved);
  }

  const StatementCase& each_;
  SessionContext session_;
  std::map<std::string, std::string> database_charsets_;
  std::map<std::string, KnownTable> tables_;
  std::set<std::string> unknown_, temporary_;
  std::string refused_;
};

// --- the test
// -------------------------------------------------------------------------------------------------

class StatementTable : public testing::TestWithParam<const char*> {};

/// How many of the tables could be compared.
size_t expect_columns(const World& world, const StatementCase& each) {
  size_t compared = 0;
  for (const auto& [table, columns] : each.expected) {
    const TableName name = {"db", table};
    if (world.is_unknown(name)) continue;
    ++compared;
    const KnownTable* known = world.find(name);
    if (columns == "gone") {
      EXPECT_EQ(known, nullptr) << table;
    } else if (known == nullptr) {
      ADD_FAILURE() << table << " is not known";
    } else {
      for (const Column& column : known->schema.columns) expect_kept(column);
      EXPECT_EQ(text(known->schema), expected_columns(columns)) << table;
    }
  }
  return compared;
}

TEST_P(StatementTable, GivesTheColumnsOfTheSource) {
  size_t compared = 0;
  const std::vector<StatementCase> cases = read_statement_cases(MYSQL_SYNC_TEST_DATA "/../ddl", GetParam());
  for (const StatementCase& each : cases) {
    SCOPED_TRACE(each.file + ": " + each.name + " on " + GetParam());
    World world(GetParam(), each);
    for (const std::string& sql : each.given) world.run(sql);
    EXPECT_EQ(world.refused(), "");
    world.begin_session();
    for (const std::string& sql : each.run) world.run(sql);
    if (each.stops) continue;
    EXPECT_EQ(world.refused(), "");
    compared += expect_columns(world, each);
  }
  EXPECT_GT(compared, cases.size() * 9 / 10);
}

INSTANTIATE_TEST_SUITE_P(Sources, StatementTable, testing::Values("mariadb", "mysql56", "mysql9"),
                         [](const auto& source) { return std::string(source.param); });

}  // namespace
}  // namespace mysql_sync::ddl
