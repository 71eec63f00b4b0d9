#include "unit/ddl/statement_text.hpp"

#include <gtest/gtest.h>

namespace mysql_sync::ddl {

namespace {

std::string text(const TableName& name) { return name.database + "." + name.table; }

std::string text(const ColumnDefault& value) {
  switch (value.kind) {
    case ColumnDefault::Kind::kNone:
      return {};
    case ColumnDefault::Kind::kNull:
      return " default null";
    case ColumnDefault::Kind::kCurrentTimestamp:
      return " default now";
    case ColumnDefault::Kind::kOther:
      return " default expression " + value.literal;
    case ColumnDefault::Kind::kLiteral:
      break;
  }
  return value.literal_is_number ? " default " + value.literal : " default '" + value.literal + "'";
}

std::string text(const ColumnPlace& place) {
  if (place.first) return " first";
  return place.after.empty() ? "" : " after " + place.after;
}

std::string text(const Column& column) {
  std::string result = column.name + " " + column.type.declared;
  if (!column.type.charset.empty()) result += " " + column.type.charset;
  result += column.nullable ? " null" : " not null";
  if (column.generated) result += " generated";
  if (column.invisible) result += " invisible";
  return result;
}

struct ActionText {
  std::string operator()(const AddColumn& a) const {
    return std::string("add ") + (a.if_not_exists ? "if not exists " : "") + text(a.column) +
           text(a.column.default_value) + (a.may_take_time ? " or now" : "") +
           (a.primary_key ? " primary key" : "") + (a.auto_increment ? " auto_increment" : "") +
           text(a.place);
  }
  std::string operator()(const DropColumn& d) const {
    return std::string("drop ") + (d.if_exists ? "if exists " : "") + d.name;
  }
  std::string operator()(const RenameColumn& r) const { return "rename " + r.from + " to " + r.to; }
  std::string operator()(const ChangeColumn& c) const {
    return std::string(c.lenient ? "lenient " : "") + "change " + c.from + " " + text(c.column) +
           (c.may_take_time ? " or now" : "") + (c.primary_key ? " primary key" : "") + text(c.place);
  }
  std::string operator()(const AddPrimaryKey& key) const {
    std::string result = key.lenient ? "lenient key" : "key";
    if (key.if_not_exists) result += " if not exists";
    for (const std::string& column : key.columns) result += " " + column;
    return result;
  }
  std::string operator()(const DropPrimaryKey& drop) const {
    return drop.if_exists ? "drop key if exists" : "drop key";
  }
  std::string operator()(const ConvertCharset& c) const {
    return std::string(c.lenient ? "lenient " : "") + "convert to " + c.charset;
  }
  std::string operator()(const RenameTable& r) const { return "rename to " + text(r.to); }
  std::string operator()(const NeedsReload& r) const { return "RELOAD " + r.what; }
  std::string operator()(const SetVisibility& v) const { return (v.invisible ? "hide " : "show ") + v.name; }
  std::string operator()(const SetDefault& d) const {
    return "default of " + d.name + text(d.value) + (d.binary.empty() ? "" : " in binary");
  }
  std::string operator()(const NoEffect&) const { return "-"; }
  std::string operator()(const NotCarried& n) const { return "NOT CARRIED " + n.what; }
};

const char* fate(OtherTable::Fate fate) {
  if (fate == OtherTable::Fate::kRowsChanged) return " | rows ";
  return fate == OtherTable::Fate::kCreated ? " | new " : " | gone ";
}

struct StatementText {
  std::string operator()(const AlterTable& alter) const {
    std::string result = "alter " + text(alter.table);
    const char* separator = ": ";
    for (const AlterAction& action : alter.actions) {
      result += separator + std::visit(ActionText{}, action);
      separator = "; ";
    }
    for (const OtherTable& other : alter.other_tables) result += fate(other.fate) + text(other.name);
    if (!alter.default_charset.empty()) result += " charset=" + alter.default_charset;
    if (alter.takes_database_charset) result += " of the database";
    if (alter.adds_unique) result += " (unique)";
    return result;
  }
  std::string operator()(const TruncateTable& t) const { return "truncate " + text(t.table); }
  std::string operator()(const CreateTable& create) const {
    std::string result = create.or_replace ? "create or replace " : "create ";
    if (create.temporary) result += "temporary ";
    if (create.if_not_exists) result += "if not exists ";
    result += text(create.table);
    if (create.like) result += " like " + text(*create.like);
    if (create.has_select) result += " select";
    if (!create.complete) return result + " INCOMPLETE " + create.incomplete_reason;
    const char* separator = ": ";
    for (const Column& column : create.definition.columns) {
      result += separator + text(column) + text(column.default_value);
      separator = "; ";
    }
    for (const size_t index : create.definition.primary_key)
      result += (index == create.definition.primary_key.front() ? " key " : " ") +
                create.definition.columns[index].name;
    result += " charset=" + create.charset;
    return result + (create.takes_database_charset ? " of the database" : "");
  }
  std::string operator()(const DropTables& drop) const {
    std::string result = drop.temporary ? "drop temporary" : "drop";
    for (const TableName& table : drop.tables) result += " " + text(table);
    return result;
  }
  std::string operator()(const RenameTables& rename) const {
    std::string result = "rename";
    for (const RenameTables::Pair& pair : rename.pairs) result += " " + text(pair.from) + ">" + text(pair.to);
    return result;
  }
  std::string operator()(const DatabaseStatement& d) const {
    const std::string charset = d.charset ? " charset=" + *d.charset : "";
    const char* kept = d.if_not_exists ? " if not exists " : " ";
    return d.what + (d.or_replace ? " or replace " : kept) + d.database + charset;
  }
  std::string operator()(const RowStatement& r) const {
    std::string result = "rows " + r.what;
    for (const WrittenTable& table : r.written) {
      result += " " + text(table.name);
      for (const std::string& column : table.if_it_has) result += "?" + column;
    }
    for (const TableName& table : r.read) result += " reads " + text(table);
    for (const TableName& function : r.called) result += " calls " + text(function);
    return result + (r.empties ? " empties" : "") + (r.is_understood ? "" : " ???");
  }
  std::string operator()(const ProgramStatement& p) const {
    static constexpr const char* kKinds[] = {"view", "trigger", "routine"};
    std::string result = kKinds[static_cast<size_t>(p.kind)];
    for (const TableName& name : p.names) result += " " + text(name);
    if (p.creates) result += " new";
    if (p.table) result += " on " + text(*p.table);
    for (const RowStatement& statement : p.body)
      if (!statement.written.empty() || !statement.called.empty()) result += " | " + (*this)(statement);
    return result;
  }
  std::string operator()(const Irrelevant&) const { return "irrelevant"; }
};

}  // namespace

std::string describe(const Result<Statement>& statement) {
  if (!statement.ok()) return "error";
  return std::visit(StatementText{}, *statement);
}

TEST(StatementText, ShowsEveryPart) {
  AlterTable alter;
  alter.table = {"d", "t"};
  alter.actions = {DropColumn{"a", true}, NotCarried{"x"}};
  EXPECT_EQ(describe(Statement(alter)), "alter d.t: drop if exists a; NOT CARRIED x");
}

SessionContext session_in_d() {
  SessionContext context;
  context.database = "d";
  return context;
}

void expect_parsed(const std::vector<ParseCase>& cases, const SessionContext& context) {
  for (const ParseCase& c : cases) {
    const Result<Statement> statement = parse(c.sql, context);
    EXPECT_EQ(describe(statement), c.expected)
        << c.sql << (statement.ok() ? "" : "\n" + statement.status().detail());
  }
}

}  // namespace mysql_sync::ddl
