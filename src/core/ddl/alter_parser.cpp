#include "core/ddl/alter_parser.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "core/ddl/charset_clause.hpp"
#include "core/ddl/column_definition.hpp"
#include "core/ddl/default_clause.hpp"
#include "core/ddl/key_definition.hpp"
#include "core/ddl/resolved_column.hpp"
#include "core/ddl/table_options.hpp"

namespace mysql_sync::ddl {

namespace {

/// What sources do with CONVERT TO CHARACTER SET DEFAULT was looked at on MySQL 5.6, 9.7 and MariaDB 10.11.
bool converts_to_session_charset(const SessionContext& session) {
  return !session.mariadb || !is_at_least(session, kMariadbContextCollations);
}

/// MySQL 5.6 brought ALTER TABLE in place, and with it took CONVERT TO for no change of the table itself: bug
/// 77554, confirmed for 5.6.27 and 5.7.8; mended in the sources of 5.6.32 and 5.7.20, if not before. In
/// MariaDB it is MDEV-6390.
AlterTable::Idle idle_conversions(const SessionContext& session) {
  using Idle = AlterTable::Idle;
  const uint32_t version = session.version;
  const auto within = [version](uint32_t from, uint32_t to) { return version >= from && version < to; };
  if (session.mariadb) {
    const bool idle = within(100000, 100030) || within(100100, 100122) || within(100200, 100205);
    return idle ? Idle::kPossible : Idle::kNever;
  }
  if (within(50600, 50628) || within(50700, 50709)) return Idle::kPossible;
  return within(50628, 50632) || within(50709, 50720) ? Idle::kUnknown : Idle::kNever;
}

class AlterParser {
 public:
  AlterParser(SqlCursor& cursor, const SessionContext& session, bool ignore)
      : cursor_(cursor), session_(session), ignore_(ignore) {}

  Result<AlterTable> parse() {
    alter_.if_exists = cursor_.accept({"IF", "EXISTS"});
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_table(session_, &alter_.table));
    accept_wait();
    while (!at_statement_end()) {
      const bool option = !at_verb();
      MYSQL_SYNC_RETURN_IF_ERROR(read_specification());
      if (cursor_.accept_symbol(',') || at_statement_end()) continue;
      // Options may follow each other, and partitioning follow everything, without a comma.
      if (!option && !cursor_.at_any({"PARTITION", "REMOVE"})) return cursor_.unexpected("a comma");
    }
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_end());
    MYSQL_SYNC_RETURN_IF_ERROR(resolve_columns());
    if (converted_to_ && only_converts_) alter_.idle = idle_conversions(session_);
    return std::move(alter_);
  }

 private:
  using Reader = Status (AlterParser::*)();
  struct Verb {
    std::string_view word;
    Reader read;
  };
  static const Verb kVerbs[];

  /// A definition whose type waits for the statement's end, and the action that is to get it.
  struct Pending {
    size_t action;
    ColumnDefinition definition;
  };

  bool at_statement_end() const { return cursor_.at_end() || cursor_.at_symbol(';'); }
  const Verb* find_verb() const;
  bool at_verb() const { return find_verb() != nullptr; }

  void accept_wait() {
    if (cursor_.accept("WAIT")) cursor_.take();
    cursor_.accept("NOWAIT");
  }

  /// CONVERT TO, or how to do it (but ALGORITHM=COPY makes the table anew).
  bool at_conversion() const {
    if (cursor_.at_any({"CONVERT", "LOCK"})) return true;
    SqlCursor ahead = cursor_;
    if (!ahead.accept("ALGORITHM")) return false;
    ahead.accept_symbol('=');
    return !ahead.at_word("COPY");
  }

  Status read_specification() {
    only_converts_ = only_converts_ && at_conversion();
    const Verb* verb = find_verb();
    if (verb == nullptr) return read_option();
    cursor_.take();
    return (this->*verb->read)();
  }

  bool is_lenient() const {
    const bool strict = (session_.sql_mode & (kStrictTransTables | kStrictAllTables)) != 0;
    return ignore_ || !strict || (session_.sql_mode & kPadCharToFullLength) != 0;
  }

  void no_effect() { alter_.actions.emplace_back(NoEffect{}); }
  void needs_reload(std::string what) { alter_.actions.emplace_back(NeedsReload{std::move(what)}); }
  Status carry_by_reload(std::string what) {
    needs_reload(std::move(what));
    return {};
  }
  Status carry_not(std::string what) {
    alter_.actions.emplace_back(NotCarried{std::move(what)});
    return {};
  }

  Status skip_without_effect() {
    no_effect();
    return cursor_.skip_item();
  }
  /// For lists whose commas do not start a new specification.
  Status skip_rest_without_effect() {
    no_effect();
    return cursor_.skip_to_end();
  }
  Status skip_rest_and_reload(std::string what) {
    needs_reload(std::move(what));
    return cursor_.skip_to_end();
  }

  // ADD

  Status read_add() {
    if (cursor_.accept("PARTITION")) return skip_rest_without_effect();
    if (cursor_.accept({"SYSTEM", "VERSIONING"})) return carry_not("ADD SYSTEM VERSIONING");
    if (at_key_definition(cursor_)) return read_key();
    cursor_.accept("COLUMN");
    const bool if_not_exists = cursor_.accept({"IF", "NOT", "EXISTS"});
    if (cursor_.accept_symbol('(')) return read_add_list(if_not_exists);
    return read_add_column(if_not_exists, true);
  }

  Status read_add_list(bool if_not_exists) {
    do {
      MYSQL_SYNC_RETURN_IF_ERROR(at_key_definition(cursor_) ? read_key()
                                                            : read_add_column(if_not_exists, false));
    } while (cursor_.accept_symbol(','));
    return cursor_.expect_symbol(')');
  }

  Status read_key() {
    MYSQL_SYNC_ASSIGN_OR_RETURN(KeyDefinition key, parse_key_definition(cursor_));
    if (key.over_period) return carry_by_reload("ADD PRIMARY KEY … WITHOUT OVERLAPS");
    if (key.kind == KeyDefinition::Kind::kPeriod) return carry_by_reload("ADD PERIOD");
    if (key.kind == KeyDefinition::Kind::kPrimary) {
      alter_.actions.emplace_back(AddPrimaryKey{std::move(key.columns), key.if_not_exists, is_lenient()});
      if (ignore_) needs_reload("ALTER IGNORE TABLE … ADD PRIMARY KEY");
      return {};
    }
    no_effect();
    if (key.kind == KeyDefinition::Kind::kUnique) add_unique();
    alter_.adds_rules |= key.kind == KeyDefinition::Kind::kRule;
    return {};
  }

  void add_unique() {
    alter_.adds_unique = true;
    if (ignore_) needs_reload("ALTER IGNORE TABLE … ADD UNIQUE");  // drops the rows that are in the way
  }

  Status read_add_column(bool if_not_exists, bool may_be_placed) {
    AddColumn add;
    add.if_not_exists = if_not_exists;
    ColumnDefinition definition;
    MYSQL_SYNC_RETURN_IF_ERROR(read_definition(&definition));
    if (may_be_placed) MYSQL_SYNC_RETURN_IF_ERROR(read_place(&add.place));
    add.primary_key = definition.primary_key;
    add.auto_increment = definition.auto_increment;
    add.lenient = is_lenient();
    add.may_take_time = may_take_time(definition, session_);
    return add_pending(std::move(add), std::move(definition));
  }

  Status read_definition(ColumnDefinition* definition) {
    std::string name;
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_column(&name));
    MYSQL_SYNC_ASSIGN_OR_RETURN(*definition, parse_column_definition(cursor_, session_));
    definition->column.name = std::move(name);
    return {};
  }

  Status read_place(ColumnPlace* place) {
    if (cursor_.accept("AFTER")) return cursor_.expect_name(&place->after);
    place->first = cursor_.accept("FIRST");
    return {};
  }

  Status add_pending(AlterAction action, ColumnDefinition definition) {
    if (pending_.size() == kMaxDefinitions) return cursor_.unexpected("no more columns");
    if (definition.unique) add_unique();
    alter_.adds_rules |= definition.has_rule;
    pending_.push_back({alter_.actions.size(), std::move(definition)});
    alter_.actions.push_back(std::move(action));
    return {};
  }

  // CHANGE, MODIFY

  Status read_change() { return read_changed_column(true); }
  Status read_modify() { return read_changed_column(false); }

  Status read_changed_column(bool renames) {
    ChangeColumn change;
    cursor_.accept("COLUMN");
    change.if_exists = cursor_.accept({"IF", "EXISTS"});
    if (renames) MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_column(&change.from));
    ColumnDefinition definition;
    MYSQL_SYNC_RETURN_IF_ERROR(read_definition(&definition));
    MYSQL_SYNC_RETURN_IF_ERROR(read_place(&change.place));
    if (!renames) change.from = definition.column.name;
    change.primary_key = definition.primary_key;
    change.auto_increment = definition.auto_increment;
    change.lenient = is_lenient();
    change.may_take_time = may_take_time(definition, session_);
    return add_pending(std::move(change), std::move(definition));
  }

  // DROP

  Status read_drop() {
    if (cursor_.accept({"PRIMARY", "KEY"})) return drop_primary_key(false);
    if (cursor_.accept("PARTITION")) return skip_rest_and_reload("DROP PARTITION");
    if (cursor_.accept({"SYSTEM", "VERSIONING"})) return carry_not("DROP SYSTEM VERSIONING");
    if (cursor_.accept_any({"INDEX", "KEY", "CONSTRAINT"})) return read_drop_key();
    if (cursor_.at_any({"FOREIGN", "CHECK"}) || at_period()) return skip_without_effect();
    return read_drop_column();
  }

  bool at_period() const {
    SqlCursor ahead = cursor_;
    return ahead.accept("PERIOD") && ahead.at_any({"FOR", "IF"});
  }

  /// The primary key is an index, and a constraint, of this name.
  Status read_drop_key() {
    std::string name;
    const bool if_exists = cursor_.accept({"IF", "EXISTS"});
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_name(&name));
    if (equals_ignoring_case(name, "PRIMARY")) return drop_primary_key(if_exists);
    no_effect();
    return {};
  }

  Status drop_primary_key(bool if_exists) {
    alter_.actions.emplace_back(DropPrimaryKey{if_exists});
    return {};
  }

  Status read_drop_column() {
    DropColumn drop;
    cursor_.accept("COLUMN");
    drop.if_exists = cursor_.accept({"IF", "EXISTS"});
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_column(&drop.name));
    cursor_.accept_any({"RESTRICT", "CASCADE"});
    alter_.actions.emplace_back(std::move(drop));
    return {};
  }

  // RENAME

  Status read_rename() {
    if (cursor_.accept("COLUMN")) return read_rename_column();
    if (cursor_.accept_any({"INDEX", "KEY"})) return skip_without_effect();
    if (!cursor_.accept_any({"TO", "AS"})) cursor_.accept_symbol('=');
    RenameTable rename;
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_table(session_, &rename.to));
    alter_.actions.emplace_back(std::move(rename));
    return {};
  }

  Status read_rename_column() {
    RenameColumn rename;
    rename.if_exists = cursor_.accept({"IF", "EXISTS"});
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_name(&rename.from));
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect("TO"));
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_name(&rename.to));
    alter_.actions.emplace_back(std::move(rename));
    return {};
  }

  // ALTER

  Status read_alter() {
    if (cursor_.at_any({"INDEX", "KEY", "CHECK", "CONSTRAINT"})) return skip_without_effect();
    std::string name;
    cursor_.accept("COLUMN");
    const bool if_exists = cursor_.accept({"IF", "EXISTS"});
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_column(&name));
    if (cursor_.accept({"SET", "MASKING", "POLICY"}) || cursor_.accept({"DROP", "MASKING", "POLICY"}))
      return skip_without_effect();
    const bool visible = cursor_.accept({"SET", "VISIBLE"});
    if (visible || cursor_.accept({"SET", "INVISIBLE"})) {
      alter_.actions.emplace_back(SetVisibility{std::move(name), !visible, if_exists});
      return {};
    }
    return read_altered_default({std::move(name), {}, {}, if_exists});
  }

  Status read_altered_default(SetDefault change) {
    if (cursor_.accept({"SET", "DEFAULT"})) {
      MYSQL_SYNC_ASSIGN_OR_RETURN(DefaultClause clause, parse_default(cursor_));
      change.value = std::move(clause.value);
      change.value.in_session_zone = true;
      change.binary = std::move(clause.binary);
    } else if (!cursor_.accept({"DROP", "DEFAULT"})) {
      return cursor_.unexpected("SET DEFAULT or DROP DEFAULT");
    }
    alter_.actions.emplace_back(std::move(change));
    return {};
  }

  // CONVERT TO CHARACTER SET, and what moves rows between tables

  Status read_convert() {
    if (cursor_.accept("TO")) return read_convert_charset();
    needs_reload("CONVERT PARTITION");
    const bool goes = cursor_.accept("TABLE");
    if (!goes) MYSQL_SYNC_RETURN_IF_ERROR(read_converted_partition());
    MYSQL_SYNC_RETURN_IF_ERROR(read_other_table(goes ? OtherTable::Fate::kGone : OtherTable::Fate::kCreated));
    return cursor_.skip_to_end();
  }

  Status read_convert_charset() {
    TableOptions converted;
    if (!accept_charset_keyword(cursor_)) return cursor_.unexpected("CHARACTER SET");
    MYSQL_SYNC_ASSIGN_OR_RETURN(converted.charset, parse_charset_name(cursor_));
    if (cursor_.accept("COLLATE")) {
      MYSQL_SYNC_ASSIGN_OR_RETURN(const std::string collation, parse_charset_name(cursor_));
      if (converted.charset.empty()) converted.charset = charset_of_collation(collation);
    }
    ConvertCharset convert;
    convert.lenient = is_lenient();
    if (converted.charset.empty() && converts_to_session_charset(session_)) {
      if (session_.session_charset.empty()) return convert_to_unknown();
      converted.charset = session_.session_charset;
    }
    convert.charset = table_charset(converted, session_.database_charset, &alter_.takes_database_charset);
    converted_to_ = convert.charset;
    alter_.actions.emplace_back(std::move(convert));
    return {};
  }

  Status convert_to_unknown() {
    alter_.lacks_session_charset = true;
    return carry_by_reload("CONVERT TO CHARACTER SET DEFAULT");
  }

  Status read_other_table(OtherTable::Fate fate) {
    OtherTable other;
    other.fate = fate;
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_table(session_, &other.name));
    alter_.other_tables.push_back(std::move(other));
    return {};
  }

  /// PARTITION p TO TABLE.
  Status read_converted_partition() {
    std::string partition;
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect("PARTITION"));
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_name(&partition));
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect("TO"));
    return cursor_.expect("TABLE");
  }

  Status read_exchange() {
    std::string partition;
    needs_reload("EXCHANGE PARTITION");
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect("PARTITION"));
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_name(&partition));
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect("WITH"));
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect("TABLE"));
    MYSQL_SYNC_RETURN_IF_ERROR(read_other_table(OtherTable::Fate::kRowsChanged));
    return cursor_.skip_to_end();
  }

  Status read_truncate() { return skip_rest_and_reload("TRUNCATE PARTITION"); }
  Status read_discard() { return skip_rest_and_reload("DISCARD TABLESPACE"); }
  Status read_import() { return skip_rest_and_reload("IMPORT TABLESPACE"); }

  // PARTITION and the like, after everything else

  /// A row that fits no partition is refused, but with IGNORE dropped.
  Status read_partitioning() {
    alter_.adds_rules = true;
    return ignore_ ? skip_rest_and_reload("ALTER IGNORE TABLE … PARTITION BY") : skip_rest_without_effect();
  }

  /// ORDER BY a, b DESC: its commas end where something else than a column follows.
  Status read_order() {
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect("BY"));
    no_effect();
    MYSQL_SYNC_RETURN_IF_ERROR(read_order_column(cursor_));
    while (cursor_.at_symbol(',')) {
      SqlCursor ahead = cursor_;
      ahead.take();
      const bool column_follows =
          read_order_column(ahead).ok() && (ahead.at_symbol(',') || ahead.at_symbol(';') || ahead.at_end());
      if (!column_follows) break;
      cursor_ = ahead;
    }
    return {};
  }

  static Status read_order_column(SqlCursor& cursor) {
    std::string name;
    do {
      MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_name(&name));
    } while (cursor.accept_symbol('.'));
    cursor.accept_any({"ASC", "DESC"});
    return {};
  }

  // Table options

  Status read_option() {
    const bool forgot = options_.forgets_rows;
    MYSQL_SYNC_RETURN_IF_ERROR(
        parse_table_option(cursor_, session_, "a specification of ALTER TABLE", &options_));
    if (!forgot && options_.forgets_rows) return carry_not("ENGINE=BLACKHOLE");
    no_effect();
    return {};
  }

  // After the last specification

  void resolve_table_charset() {
    if (converted_to_) {
      alter_.default_charset = *converted_to_;
    } else if (!options_.charset.empty() || options_.is_database_default) {
      alter_.default_charset =
          table_charset(options_, session_.database_charset, &alter_.takes_database_charset);
    }
  }

  /// CONVERT TO also takes columns that are defined in the same statement. MySQL 8 then makes a TEXT of
  /// another character set longer, others do not.
  void convert_definition(ColumnDefinition* definition) {
    const std::string& own = definition->explicit_charset;
    if (!converted_to_ || own.empty() || own == "binary") return;
    if (!same_charset(own, *converted_to_)) needs_reload("CONVERT TO CHARACTER SET of a column of its own");
    definition->explicit_charset = *converted_to_;
  }

  Status resolve_columns() {
    resolve_table_charset();
    const std::string charset =
        alter_.default_charset.empty() ? session_.table_charset : alter_.default_charset;
    for (Pending& pending : pending_) {
      convert_definition(&pending.definition);
      MYSQL_SYNC_RETURN_IF_ERROR(resolve_column(pending.definition, charset));
      AlterAction& action = alter_.actions[pending.action];
      if (auto* add = std::get_if<AddColumn>(&action)) {
        add->column = std::move(pending.definition.column);
      } else {
        std::get<ChangeColumn>(action).column = std::move(pending.definition.column);
      }
    }
    return {};
  }

  SqlCursor& cursor_;
  const SessionContext& session_;
  const bool ignore_;
  AlterTable alter_;
  TableOptions options_;
  std::optional<std::string> converted_to_;  ///< the character set of CONVERT TO
  bool only_converts_ = true;                ///< as far as it is read
  std::vector<Pending> pending_;
};

const AlterParser::Verb AlterParser::kVerbs[] = {
    {"ADD", &AlterParser::read_add},
    {"ALTER", &AlterParser::read_alter},
    {"CHANGE", &AlterParser::read_change},
    {"CONVERT", &AlterParser::read_convert},
    {"DISCARD", &AlterParser::read_discard},
    {"DROP", &AlterParser::read_drop},
    {"EXCHANGE", &AlterParser::read_exchange},
    {"IMPORT", &AlterParser::read_import},
    {"MODIFY", &AlterParser::read_modify},
    {"ORDER", &AlterParser::read_order},
    {"RENAME", &AlterParser::read_rename},
    {"TRUNCATE", &AlterParser::read_truncate},
    {"DISABLE", &AlterParser::skip_without_effect},
    {"ENABLE", &AlterParser::skip_without_effect},
    {"FORCE", &AlterParser::skip_without_effect},
    {"SECONDARY_LOAD", &AlterParser::skip_rest_without_effect},
    {"SECONDARY_UNLOAD", &AlterParser::skip_rest_without_effect},
    {"WITH", &AlterParser::skip_without_effect},
    {"WITHOUT", &AlterParser::skip_without_effect},
    {"ANALYZE", &AlterParser::skip_rest_without_effect},
    {"CHECK", &AlterParser::skip_rest_without_effect},
    {"COALESCE", &AlterParser::skip_rest_without_effect},
    {"OPTIMIZE", &AlterParser::skip_rest_without_effect},
    {"PARTITION", &AlterParser::read_partitioning},
    {"REBUILD", &AlterParser::skip_rest_without_effect},
    {"REMOVE", &AlterParser::skip_rest_without_effect},
    {"REORGANIZE", &AlterParser::read_partitioning},
    {"REPAIR", &AlterParser::skip_rest_without_effect},
    {"UPGRADE", &AlterParser::skip_rest_without_effect},
};

const AlterParser::Verb* AlterParser::find_verb() const {
  const Verb* found = std::find_if(std::begin(kVerbs), std::end(kVerbs),
                                   [this](const Verb& v) { return cursor_.at_word(v.word); });
  return found == std::end(kVerbs) ? nullptr : found;
}

}  // namespace

const TableName* AlterTable::renamed_to() const {
  const TableName* to = nullptr;
  for (const AlterAction& action : actions) {
    if (const auto* rename = std::get_if<RenameTable>(&action)) to = &rename->to;
  }
  return to;
}

Result<AlterTable> parse_alter_table(SqlCursor& cursor, const SessionContext& session, bool ignore) {
  return AlterParser(cursor, session, ignore).parse();
}

}  // namespace mysql_sync::ddl
