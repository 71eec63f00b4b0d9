#include "core/ddl/alter_parser.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "core/ddl/column_definition.hpp"
#include "core/ddl/default_clause.hpp"

namespace mysql_sync::ddl {

namespace {

constexpr size_t kMaxDefinitions = 4096;  // as many columns as a MySQL table can have

constexpr std::string_view kOptions[] = {"ALGORITHM",
                                         "AUTOEXTEND_SIZE",
                                         "AUTO_INCREMENT",
                                         "AVG_ROW_LENGTH",
                                         "CHECKSUM",
                                         "COMMENT",
                                         "COMPRESSION",
                                         "CONNECTION",
                                         "DELAY_KEY_WRITE",
                                         "ENCRYPTION",
                                         "ENGINE_ATTRIBUTE",
                                         "INSERT_METHOD",
                                         "KEY_BLOCK_SIZE",
                                         "LOCK",
                                         "MAX_ROWS",
                                         "MIN_ROWS",
                                         "NODEGROUP",
                                         "PACK_KEYS",
                                         "PAGE_CHECKSUM",
                                         "PASSWORD",
                                         "ROW_FORMAT",
                                         "SECONDARY_ENGINE",
                                         "SECONDARY_ENGINE_ATTRIBUTE",
                                         "SEQUENCE",
                                         "STATS_AUTO_RECALC",
                                         "STATS_PERSISTENT",
                                         "STATS_SAMPLE_PAGES",
                                         "STORAGE",
                                         "TABLESPACE",
                                         "TABLE_CHECKSUM",
                                         "TRANSACTIONAL",
                                         "UNION"};

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
    MYSQL_SYNC_RETURN_IF_ERROR(resolve_types());
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

  Status read_specification() {
    const Verb* verb = find_verb();
    if (verb == nullptr) return read_option();
    cursor_.take();
    return (this->*verb->read)();
  }

  void no_effect() { alter_.actions.emplace_back(NoEffect{}); }
  void not_carried(std::string what) { alter_.actions.emplace_back(NotCarried{std::move(what)}); }
  void needs_reload(std::string what) { alter_.actions.emplace_back(NeedsReload{std::move(what)}); }

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

  bool at_key_definition() const {
    if (cursor_.at_any(
            {"INDEX", "KEY", "UNIQUE", "FULLTEXT", "SPATIAL", "PRIMARY", "FOREIGN", "CONSTRAINT", "CHECK"})) {
      return true;
    }
    SqlCursor ahead = cursor_;
    if (ahead.accept("PERIOD")) return ahead.at_word("FOR");
    return ahead.accept("VECTOR") && (ahead.at_any({"INDEX", "KEY"}) || ahead.at_symbol('('));
  }

  Status read_add() {
    if (cursor_.accept("PARTITION")) return skip_rest_without_effect();
    if (cursor_.accept({"SYSTEM", "VERSIONING"})) return carry_not("ADD SYSTEM VERSIONING");
    if (at_key_definition()) return read_key_definition();
    cursor_.accept("COLUMN");
    const bool if_not_exists = cursor_.accept({"IF", "NOT", "EXISTS"});
    if (cursor_.accept_symbol('(')) return read_add_list(if_not_exists);
    return read_add_column(if_not_exists, true);
  }

  Status read_add_list(bool if_not_exists) {
    do {
      MYSQL_SYNC_RETURN_IF_ERROR(at_key_definition() ? read_key_definition()
                                                     : read_add_column(if_not_exists, false));
    } while (cursor_.accept_symbol(','));
    return cursor_.expect_symbol(')');
  }

  Status read_key_definition() {
    SqlCursor ahead = cursor_;
    if (ahead.accept("CONSTRAINT") && !ahead.at_any({"PRIMARY", "UNIQUE", "FOREIGN", "CHECK"})) {
      std::string name;
      ahead.accept({"IF", "NOT", "EXISTS"});
      MYSQL_SYNC_RETURN_IF_ERROR(ahead.expect_name(&name));
    }
    const bool unique = ahead.at_word("UNIQUE");
    if (ahead.at_word("PRIMARY")) {
      not_carried("ADD PRIMARY KEY");
    } else if (unique && ignore_) {
      needs_reload("ALTER IGNORE TABLE … ADD UNIQUE");  // drops the rows that are in the way
    } else {
      no_effect();
    }
    return cursor_.skip_item();
  }

  Status read_add_column(bool if_not_exists, bool may_be_placed) {
    AddColumn add;
    add.if_not_exists = if_not_exists;
    ColumnDefinition definition;
    MYSQL_SYNC_RETURN_IF_ERROR(read_definition(&definition));
    if (may_be_placed) MYSQL_SYNC_RETURN_IF_ERROR(read_place(&add.place));
    add.primary_key = definition.primary_key;
    add.auto_increment = definition.auto_increment;
    if (definition.unique && ignore_) needs_reload("ALTER IGNORE TABLE … ADD UNIQUE");
    return add_pending(std::move(add), std::move(definition));
  }

  Status read_definition(ColumnDefinition* definition) {
    std::string name;
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_name(&name));
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
    if (renames) MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_name(&change.from));
    ColumnDefinition definition;
    MYSQL_SYNC_RETURN_IF_ERROR(read_definition(&definition));
    MYSQL_SYNC_RETURN_IF_ERROR(read_place(&change.place));
    if (!renames) change.from = definition.column.name;
    change.primary_key = definition.primary_key;
    change.lenient = ignore_ || (session_.sql_mode & (kStrictTransTables | kStrictAllTables)) == 0;
    if (definition.unique && ignore_) needs_reload("ALTER IGNORE TABLE … ADD UNIQUE");
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
    return ahead.accept({"PERIOD", "FOR"});
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
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_name(&drop.name));
    cursor_.accept_any({"RESTRICT", "CASCADE"});
    alter_.actions.emplace_back(std::move(drop));
    return {};
  }

  Status carry_not(std::string what) {
    not_carried(std::move(what));
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

  Status read_other_table(OtherTable::Fate fate) {
    OtherTable other;
    other.fate = fate;
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_table(session_, &other.name));
    alter_.other_tables.push_back(std::move(other));
    return {};
  }

  // The other verbs

  Status read_alter() {
    if (cursor_.at_any({"INDEX", "KEY", "CHECK", "CONSTRAINT"})) return skip_without_effect();
    std::string name;
    cursor_.accept("COLUMN");
    const bool if_exists = cursor_.accept({"IF", "EXISTS"});
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_name(&name));
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

  Status read_convert() {
    if (cursor_.accept("TO")) {
      not_carried("CONVERT TO CHARACTER SET");
      return cursor_.skip_item();
    }
    needs_reload("CONVERT PARTITION");
    const bool goes = cursor_.accept("TABLE");
    if (!goes) MYSQL_SYNC_RETURN_IF_ERROR(read_converted_partition());
    MYSQL_SYNC_RETURN_IF_ERROR(read_other_table(goes ? OtherTable::Fate::kGone : OtherTable::Fate::kCreated));
    return cursor_.skip_to_end();
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

  /// ORDER BY a, b DESC: its commas end where something else than a column follows.
  Status read_order() {
    std::string column;
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect("BY"));
    no_effect();
    MYSQL_SYNC_RETURN_IF_ERROR(read_order_column(cursor_));
    while (cursor_.at_symbol(',')) {
      SqlCursor ahead = cursor_;
      ahead.take();
      const bool column_follows = read_order_column(ahead).ok() && (ahead.at_symbol(',') || ahead.at_end());
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
    const bool has_default = cursor_.accept("DEFAULT");
    if (cursor_.accept("CHARSET") || cursor_.accept({"CHARACTER", "SET"}) ||
        cursor_.accept({"CHAR", "SET"})) {
      return read_default_charset();
    }
    if (cursor_.accept("COLLATE")) return read_default_collation();
    if (has_default) return cursor_.unexpected("CHARACTER SET or COLLATE");
    if (cursor_.accept_any({"ENGINE", "TYPE"})) return read_engine();
    if (cursor_.accept({"DATA", "DIRECTORY"}) || cursor_.accept({"INDEX", "DIRECTORY"})) return read_value();
    return read_plain_option();
  }

  Status read_default_charset() {
    no_effect();
    MYSQL_SYNC_ASSIGN_OR_RETURN(std::string charset, parse_charset_name(cursor_));
    if (!charset.empty()) alter_.default_charset = std::move(charset);
    return {};
  }

  Status read_default_collation() {
    no_effect();
    MYSQL_SYNC_ASSIGN_OR_RETURN(const std::string collation, parse_charset_name(cursor_));
    if (alter_.default_charset.empty()) alter_.default_charset = charset_of_collation(collation);
    return {};
  }

  Status read_engine() {
    cursor_.accept_symbol('=');
    const bool forgets_rows = cursor_.at_word("BLACKHOLE");
    if (forgets_rows) {
      not_carried("ENGINE=BLACKHOLE");
    } else {
      no_effect();
    }
    return take_value();
  }

  Status read_value() {
    no_effect();
    cursor_.accept_symbol('=');
    return take_value();
  }

  Status take_value() {
    if (cursor_.at_symbol('(')) return cursor_.skip_parentheses();
    const TokenKind kind = cursor_.peek().kind;
    if (kind == TokenKind::kSymbol || kind == TokenKind::kBroken || kind == TokenKind::kEnd) {
      return cursor_.unexpected("a value");
    }
    cursor_.take();
    return {};
  }

  /// One of kOptions, or name = value as MariaDB's storage engines define their own.
  Status read_plain_option() {
    if (!cursor_.peek().is_name()) return cursor_.unexpected("a specification of ALTER TABLE");
    const bool known = std::any_of(std::begin(kOptions), std::end(kOptions),
                                   [this](std::string_view option) { return cursor_.at_word(option); });
    SqlCursor ahead = cursor_;
    ahead.take();
    if (!known && !ahead.at_symbol('=')) return cursor_.unexpected("a specification of ALTER TABLE");
    cursor_ = ahead;
    return read_value();
  }

  // After the last specification

  Status resolve_types() {
    const std::string& charset =
        alter_.default_charset.empty() ? session_.table_charset : alter_.default_charset;
    for (Pending& pending : pending_) {
      MYSQL_SYNC_RETURN_IF_ERROR(resolve_type(pending.definition, charset));
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
    {"PARTITION", &AlterParser::skip_rest_without_effect},
    {"REBUILD", &AlterParser::skip_rest_without_effect},
    {"REMOVE", &AlterParser::skip_rest_without_effect},
    {"REORGANIZE", &AlterParser::skip_rest_without_effect},
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
