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
    if (definition_.explicit_charset.empty()) definition_.explicit_charset = std::move(default_charset_);
    apply_timestamp_rule();
    return std::move(definition_);
  }

 private:
  Status read_type() {
    MYSQL_SYNC_ASSIGN_OR_RETURN(TypeClause type, parse_type(cursor_, session_));
    definition_.spelled_type = std::move(type.spelled);
    definition_.labels = std::move(type.labels);
    default_charset_ = std::move(type.default_charset);
    if (type.is_serial) set_serial();
    return {};
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
    if (cursor_.accept({"MASKING", "POLICY"})) return skip_value();
    if (cursor_.at_any({"CONSTRAINT", "CHECK", "REFERENCES"})) return read_rule();
    return read_engine_attribute();
  }

  bool accept_type_attribute() {
    if (cursor_.at_any({"UNSIGNED", "ZEROFILL", "SIGNED"})) {
      definition_.spelled_type += " " + to_lower(cursor_.take().text);
      return true;
    }
    if (cursor_.accept("BINARY")) return true;  // the character set's _bin collation
    return accept_charset_word("BYTE", "binary") || accept_charset_word("ASCII", "latin1") ||
           accept_charset_word("UNICODE", "ucs2");
  }

  bool accept_charset_word(std::string_view word, const char* charset) {
    if (!cursor_.accept(word)) return false;
    definition_.explicit_charset = charset;
    return true;
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
      definition_.column.nullable = !definition_.primary_key && !definition_.auto_increment;
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
    if (cursor_.accept("CONSTRAINT") && !cursor_.at_any({"CHECK", "REFERENCES"})) {
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
    if (kind == TokenKind::kSymbol || cursor_.exhausted()) return cursor_.unexpected("a value");
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
  std::string default_charset_;  ///< of the type
};

}  // namespace

Result<ColumnDefinition> parse_column_definition(SqlCursor& cursor, const SessionContext& session) {
  return DefinitionParser(cursor, session).parse();
}

}  // namespace mysql_sync::ddl
