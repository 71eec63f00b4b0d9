#include "core/ddl/column_definition.hpp"

#include <algorithm>

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

class DefinitionParser {
 public:
  DefinitionParser(SqlCursor& cursor, const SessionContext& session) : cursor_(cursor), session_(session) {}

  Result<ColumnDefinition> parse() {
    if (session_.mariadb && (session_.sql_mode & kOracle) != 0)
      return cursor_.unexpected("no sql_mode ORACLE");
    MYSQL_SYNC_RETURN_IF_ERROR(read_type());
    while (!ends_definition(cursor_)) MYSQL_SYNC_RETURN_IF_ERROR(read_attribute());
    apply_timestamp_rule();
    return std::move(definition_);
  }

 private:
  Status read_type() {
    if (cursor_.peek().kind != TokenKind::kWord) return cursor_.unexpected("a type");
    const std::string first = to_lower(cursor_.take().text);
    std::string& spelled = definition_.spelled_type;
    spelled = first;
    while (at_type_continuation(first)) spelled += " " + to_lower(cursor_.take().text);
    apply_session(spelled);
    if (first == "serial") set_auto_increment();
    if (!cursor_.at_symbol('(')) return {};
    return first == "enum" || first == "set" ? read_members() : read_numbers();
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
    if (accept_charset_keyword()) return read_charset();
    if (cursor_.at_any({"GENERATED", "AS"})) return read_generated();
    if (cursor_.accept_any({"COMMENT", "ENGINE_ATTRIBUTE", "SECONDARY_ENGINE_ATTRIBUTE"}))
      return skip_value();
    if (cursor_.accept_any({"COLUMN_FORMAT", "STORAGE", "SRID", "REF_SYSTEM_ID"})) return skip_value();
    if (cursor_.accept("REFERENCES")) return skip_references(cursor_);
    if (cursor_.at_any({"CONSTRAINT", "CHECK"})) return read_check();
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
    const bool numbered = cursor_.accept("AUTO_INCREMENT") || cursor_.accept({"SERIAL", "DEFAULT", "VALUE"});
    if (numbered) set_auto_increment();
    return numbered;
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
    } else if (cursor_.accept("COMPRESSED")) {
      if (cursor_.accept_symbol('=')) cursor_.take();
    } else {
      return cursor_.accept("VISIBLE") || cursor_.accept({"NOT", "SECONDARY"}) ||
             cursor_.accept({"NOT", "ENFORCED"}) || cursor_.accept("ENFORCED") ||
             cursor_.accept({"WITH", "SYSTEM", "VERSIONING"}) ||
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
    return accept_current_timestamp(cursor_) ? Status() : cursor_.unexpected("CURRENT_TIMESTAMP");
  }

  bool accept_charset_keyword() {
    return cursor_.accept("CHARSET") || cursor_.accept({"CHARACTER", "SET"}) ||
           cursor_.accept({"CHAR", "SET"});
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
    } else {
      MYSQL_SYNC_RETURN_IF_ERROR(cursor_.skip_parentheses(&expression));
    }
    cursor_.accept_any({"VIRTUAL", "STORED", "PERSISTENT"});
    definition_.column.generated = true;
    definition_.column.default_value = {ColumnDefault::Kind::kOther, std::string(expression)};
    return {};
  }

  Status read_check() {
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

  /// Before explicit_defaults_for_timestamp a bare TIMESTAMP was NOT NULL and had a default of its own.
  void apply_timestamp_rule() {
    const bool timestamp = definition_.spelled_type.compare(0, 9, "timestamp") == 0;
    if (session_.explicit_defaults_for_timestamp || !timestamp || definition_.says_null) return;
    definition_.column.nullable = false;
    if (definition_.column.default_value.kind == ColumnDefault::Kind::kNone) {
      definition_.column.default_value = {ColumnDefault::Kind::kOther, "implicit default of TIMESTAMP"};
    }
  }

  SqlCursor& cursor_;
  const SessionContext& session_;
  ColumnDefinition definition_;
};

bool holds_bytes(TypeKind kind) {
  return kind == TypeKind::kBinary || kind == TypeKind::kVarbinary || kind == TypeKind::kBlob;
}

bool holds_text(TypeKind kind) {
  return kind == TypeKind::kChar || kind == TypeKind::kVarchar || kind == TypeKind::kText ||
         kind == TypeKind::kEnum || kind == TypeKind::kSet;
}

ColumnDefault as_default(ColumnDefault::Kind kind, std::string literal, bool is_number) {
  ColumnDefault value;
  value.kind = kind;
  value.literal = std::move(literal);
  value.literal_is_number = is_number;
  return value;
}

ColumnDefault binary_as_number(const std::string& bytes) {
  const size_t zeros = std::min(bytes.find_first_not_of('\0'), bytes.size());
  if (bytes.size() - zeros > 8)
    return as_default(ColumnDefault::Kind::kOther, "number of more than 64 bits", false);
  uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return as_default(ColumnDefault::Kind::kLiteral, std::to_string(number), true);
}

}  // namespace

Result<ColumnDefinition> parse_column_definition(SqlCursor& cursor, const SessionContext& session) {
  return DefinitionParser(cursor, session).parse();
}

Status resolve_type(ColumnDefinition& definition, const std::string& table_charset) {
  const std::string& charset =
      definition.explicit_charset.empty() ? table_charset : definition.explicit_charset;
  Result<ColumnType> type = parse_column_type(definition.spelled_type, charset);
  if (!type.ok()) {
    return Status(ErrorCode::kUnsupported, "statement cannot be read",
                  "Column \"" + definition.column.name + "\": " + type.status().message() + ".");
  }
  Column& column = definition.column;
  column.type = *std::move(type);
  if (!definition.binary_default.empty())
    column.default_value =
        binary_default(column.type, definition.binary_default, column.default_value.literal);
  return {};
}

/// x'41' is a number to a number column, text to a text column, bytes to a binary one.
ColumnDefault binary_default(const ColumnType& type, const std::string& bytes, const std::string& sql) {
  using Kind = ColumnDefault::Kind;
  if (holds_bytes(type.kind)) return as_default(Kind::kLiteral, bytes, false);
  if (!holds_text(type.kind)) return binary_as_number(bytes);
  const bool ascii = std::all_of(bytes.begin(), bytes.end(), [](char c) { return c >= 0; });
  return as_default(ascii ? Kind::kLiteral : Kind::kOther, ascii ? bytes : sql, false);
}

Result<std::string> parse_charset_name(SqlCursor& cursor) {
  cursor.accept_symbol('=');
  std::string name;
  if (cursor.peek().kind == TokenKind::kString) {
    MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_string(&name));
    return to_lower(name);
  }
  if (cursor.accept("DEFAULT")) return name;
  MYSQL_SYNC_RETURN_IF_ERROR(cursor.expect_name(&name));
  return to_lower(name);
}

std::string charset_of_collation(const std::string& collation) {
  const std::string prefix = collation.substr(0, collation.find('_'));
  return prefix == "uca1400" ? std::string() : prefix;
}

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

}  // namespace mysql_sync::ddl
