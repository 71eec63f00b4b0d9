#include "core/ddl/column_definition.hpp"

#include <algorithm>

#include "core/ddl/charset_clause.hpp"
#include "core/ddl/default_clause.hpp"

namespace mysql_sync::ddl {

namespace {

bool ends_definition(const SqlCursor& cursor) {
  return cursor.at_end() || cursor.at_symbol(',') || cursor.at_symbol(')') || cursor.at_symbol(';') ||
         cursor.at_any({"FIRST", "AFTER", "PARTITION", "REMOVE"});
}

std::string quote_member(std::string_view member) {
  std::string quoted = "'";
  for (const char c : member) {
    if (c == '\'' || c == '\\') quoted += c;
    quoted += c;
  }
  return quoted + "'";
}

/// REFERENCES t (…) …, after the keyword. Such a clause never changes rows.
Status skip_references(SqlCursor& cursor) {
  TableName table;
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_table({}, &table));
  if (cursor.at_symbol('(')) MYSQL_SYNC_RETURN_IF_ERROR(cursor.skip_parentheses());
  if (cursor.accept("MATCH")) cursor.take();
  while (cursor.accept({"ON", "DELETE"}) || cursor.accept({"ON", "UPDATE"})) {
    const bool known = cursor.accept_any({"RESTRICT", "CASCADE"}) || cursor.accept({"SET", "NULL"}) ||
                       cursor.accept({"SET", "DEFAULT"}) || cursor.accept({"NO", "ACTION"});
    if (!known) return cursor.unexpected("what to do on DELETE or UPDATE");
  }
  return {};
}

class DefinitionParser {
 public:
  DefinitionParser(SqlCursor& cursor, const SessionContext& session) : cursor_(cursor), session_(session) {}

  Result<ColumnDefinition> parse() {
    MYSQL_SYNC_RETURN_IF_ERROR(read_type());
    while (!ends_definition(cursor_)) MYSQL_SYNC_RETURN_IF_ERROR(read_attribute());
    apply_timestamp_rule();
    return std::move(definition_);
  }

 private:
  Status read_type() {
    const bool oracle = accept_type_schema();
    if (cursor_.peek().kind != TokenKind::kWord) return cursor_.unexpected("a type");
    const std::string first = to_lower(cursor_.take().text);
    std::string& spelled = definition_.spelled_type;
    spelled = first;
    while (at_type_continuation(first)) spelled += " " + to_lower(cursor_.take().text);
    apply_session(spelled);
    if (oracle) apply_oracle(spelled);
    if (first == "serial") set_serial();
    if (!cursor_.at_symbol('(')) return {};
    return first == "enum" || first == "set" ? read_members() : read_numbers();
  }

  /// MariaDB: whether type names are Oracle's, by sql_mode or by a prefix.
  bool accept_type_schema() {
    if (!session_.mariadb) return false;
    for (const char* name : {"MARIADB_SCHEMA", "MAXDB_SCHEMA", "ORACLE_SCHEMA"}) {
      SqlCursor ahead = cursor_;
      if (!ahead.accept(name) || !ahead.accept_symbol('.')) continue;
      cursor_ = ahead;
      return *name == 'O';
    }
    return (session_.sql_mode & kOracle) != 0;
  }

  void apply_oracle(std::string& spelled) const {
    const bool has_arguments = cursor_.at_symbol('(');
    if (spelled == "varchar2") spelled = "varchar";
    if (spelled == "raw") spelled = "varbinary";
    if (spelled == "number") spelled = has_arguments ? "decimal" : "double";
    if (spelled == "clob") spelled = "longtext";
    if (spelled == "blob" && !has_arguments) spelled = "longblob";
    if (spelled == "date") spelled = "datetime";
  }

  /// "double precision", "national char varying": but CHAR CHARACTER SET x is a char.
  bool at_type_continuation(const std::string& first) const {
    if (first == "double") return cursor_.at_word("PRECISION");
    if (first == "char" || first == "character") return cursor_.at_word("VARYING");
    if (first != "nchar" && first != "national" && first != "long") return false;
    if (cursor_.at_any({"VARYING", "VARCHAR", "VARCHARACTER", "VARBINARY"})) return true;
    SqlCursor ahead = cursor_;
    return ahead.accept_any({"CHAR", "CHARACTER"}) && !ahead.at_word("SET");
  }

  /// Names whose type depends on the server or its sql_mode.
  void apply_session(std::string& spelled) {
    if (spelled == "real" && (session_.sql_mode & kRealAsFloat) != 0) spelled = "float";
    if (spelled == "timestamp" && (session_.sql_mode & kMaxDb) != 0) spelled = "datetime";
    if (spelled == "json" && session_.mariadb) {
      spelled = "longtext";
      definition_.explicit_charset = "utf8mb4";
    }
  }

  Status read_members() {
    std::string separator = "(";
    cursor_.take();
    do {
      std::string member;
      MYSQL_SYNC_RETURN_IF_ERROR(read_member(&member));
      definition_.spelled_type += separator + quote_member(member);
      separator = ",";
    } while (cursor_.accept_symbol(','));
    definition_.spelled_type += ')';
    return cursor_.expect_symbol(')');
  }

  Status read_member(std::string* member) {
    const TokenKind kind = cursor_.peek().kind;
    if (kind != TokenKind::kHex && kind != TokenKind::kBits) return cursor_.expect_string(member);
    const bool ascii = binary_literal(cursor_.peek(), member) &&
                       std::all_of(member->begin(), member->end(), [](char c) { return c > 0; });
    if (!ascii) return cursor_.unexpected("a label in ASCII");  // its bytes are of a charset not known yet
    cursor_.take();
    return {};
  }

  Status read_numbers() {
    definition_.spelled_type += '(';
    cursor_.take();
    while (!cursor_.at_symbol(')')) {
      if (cursor_.peek().kind != TokenKind::kNumber && !cursor_.at_symbol(','))
        return cursor_.unexpected("a number");
      definition_.spelled_type += cursor_.take().text;
    }
    definition_.spelled_type += ')';
    return cursor_.expect_symbol(')');
  }

  Status read_attribute() {
    if (accept_type_attribute() || accept_key_attribute() || accept_harmless_attribute()) return {};
    if (cursor_.accept("DEFAULT")) return read_default();
    if (cursor_.accept({"ON", "UPDATE"})) return read_on_update();
    if (cursor_.accept("COLLATE")) return read_collation();
    if (accept_charset_keyword(cursor_)) return read_charset();
    if (cursor_.at_any({"GENERATED", "AS"})) return read_generated();
    if (cursor_.accept_any({"COMMENT", "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE"}))
      return skip_value();
    if (cursor_.accept_any({"COLUMN_FORMAT", "STORAGE", "SRID", "REF_SYSTEM_ID"})) return skip_value();
    if (cursor_.at_any({"CONSTRAINT", "CHECK", "REFERENCES"})) return read_rule();
    return read_engine_attribute();
  }

  bool accept_type_attribute() {
    if (cursor_.at_any({"UNSIGNED", "ZEROFILL", "SIGNED", "BYTE", "ASCII", "UNICODE"})) {
      definition_.spelled_type += " " + to_lower(cursor_.take().text);
      return true;
    }
    return cursor_.accept("BINARY");  // the character set's _bin collation
  }

  bool accept_key_attribute() {
    if (cursor_.accept("UNIQUE")) {
      cursor_.accept("KEY");
      definition_.unique = true;
      return true;
    }
    if (cursor_.accept({"PRIMARY", "KEY"}) || cursor_.accept_any({"KEY", "PRIMARY"})) {
      definition_.primary_key = true;
      definition_.column.nullable = false;
      return true;
    }
    if (cursor_.accept({"SERIAL", "DEFAULT", "VALUE"})) {
      set_serial();
    } else if (cursor_.accept("AUTO_INCREMENT")) {
      set_auto_increment();
    } else {
      return false;
    }
    return true;
  }

  void set_serial() {
    set_auto_increment();
    definition_.unique = true;
  }

  void set_auto_increment() {
    definition_.auto_increment = true;
    definition_.column.nullable = false;
  }

  bool accept_harmless_attribute() {
    if (cursor_.accept({"NOT", "NULL"})) {
      definition_.column.nullable = false;
    } else if (cursor_.accept("NULL")) {
      definition_.says_null = true;
    } else if (cursor_.accept("INVISIBLE")) {
      definition_.column.invisible = true;
    } else if (cursor_.accept({"WITH", "SYSTEM", "VERSIONING"})) {
      definition_.is_versioned = true;
    } else if (cursor_.accept("COMPRESSED")) {
      if (cursor_.accept_symbol('=')) cursor_.take();
    } else {
      return cursor_.accept("VISIBLE") || cursor_.accept({"NOT", "SECONDARY"}) ||
             cursor_.accept({"NOT", "ENFORCED"}) || cursor_.accept("ENFORCED") ||
             cursor_.accept({"WITHOUT", "SYSTEM", "VERSIONING"});
    }
    return true;
  }

  Status read_default() {
    MYSQL_SYNC_ASSIGN_OR_RETURN(DefaultClause clause, parse_default(cursor_));
    clause.value.in_session_zone = true;
    definition_.column.default_value = std::move(clause.value);
    definition_.binary_default = std::move(clause.binary);
    return {};
  }

  Status read_on_update() {
    definition_.on_update = true;
    return accept_current_timestamp(cursor_) ? Status() : cursor_.unexpected("CURRENT_TIMESTAMP");
  }

  Status read_charset() {
    MYSQL_SYNC_ASSIGN_OR_RETURN(std::string charset, parse_charset_name(cursor_));
    if (!charset.empty()) definition_.explicit_charset = std::move(charset);
    return {};
  }

  Status read_collation() {
    MYSQL_SYNC_ASSIGN_OR_RETURN(const std::string collation, parse_charset_name(cursor_));
    const std::string charset = charset_of_collation(collation);
    if (definition_.explicit_charset.empty()) definition_.explicit_charset = charset;
    return {};
  }

  /// The values are the source's to compute, so the "default" of the rows that exist is an expression.
  Status read_generated() {
    cursor_.accept({"GENERATED", "ALWAYS"});
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect("AS"));
    std::string_view expression = "ROW START or END";
    if (cursor_.accept("ROW")) {
      if (!cursor_.accept_any({"START", "END"})) return cursor_.unexpected("START or END");
      definition_.is_versioned = true;
    } else {
      MYSQL_SYNC_RETURN_IF_ERROR(cursor_.skip_parentheses(&expression));
    }
    cursor_.accept_any({"VIRTUAL", "STORED", "PERSISTENT"});
    definition_.column.generated = true;
    definition_.column.default_value = {ColumnDefault::Kind::kOther, std::string(expression)};
    return {};
  }

  Status read_rule() {
    definition_.has_rule = true;
    if (cursor_.accept("CONSTRAINT") && !cursor_.at_word("CHECK")) {
      std::string name;
      MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect_name(&name));
    }
    if (cursor_.accept("REFERENCES")) return skip_references(cursor_);
    MYSQL_SYNC_RETURN_IF_ERROR(cursor_.expect("CHECK"));
    return cursor_.skip_parentheses();
  }

  Status skip_value() {
    cursor_.accept_symbol('=');
    const TokenKind kind = cursor_.peek().kind;
    if (kind != TokenKind::kString && kind != TokenKind::kWord && kind != TokenKind::kNumber) {
      return cursor_.unexpected("a value");
    }
    cursor_.take();
    return {};
  }

  /// Storage engines of MariaDB may define attributes of their own: name = value.
  Status read_engine_attribute() {
    SqlCursor ahead = cursor_;
    if (!ahead.peek().is_name()) return cursor_.unexpected("a column attribute");
    ahead.take();
    if (!ahead.at_symbol('=')) return cursor_.unexpected("a column attribute");
    cursor_ = ahead;
    return skip_value();
  }

  /// Before explicit_defaults_for_timestamp a bare TIMESTAMP was NOT NULL.
  void apply_timestamp_rule() {
    if (session_.explicit_defaults_for_timestamp || definition_.says_null) return;
    if (definition_.is_timestamp() && !definition_.column.generated) definition_.column.nullable = false;
  }

  SqlCursor& cursor_;
  const SessionContext& session_;
  ColumnDefinition definition_;
};

}  // namespace

Result<ColumnDefinition> parse_column_definition(SqlCursor& cursor, const SessionContext& session) {
  return DefinitionParser(cursor, session).parse();
}

}  // namespace mysql_sync::ddl
