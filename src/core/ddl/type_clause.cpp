#include "core/ddl/type_clause.hpp"

#include <utility>

#include "core/ddl/charset_clause.hpp"
#include "core/ddl/sql_lexer.hpp"
#include "core/types/label_text.hpp"

namespace mysql_sync::ddl {

namespace {

std::string quote_label(std::string_view label) {
  std::string quoted = "'";
  for (const char c : label) {
    if (c == '\'' || c == '\\') quoted += c;
    quoted += c == '\0' ? "\\0" : std::string(1, c);
  }
  return quoted + "'";
}

/// As the source's catalog shows it: bytes that are no text in hexadecimal.
std::string spell_binary(const std::string& label, const std::string& charset) {
  std::string text;
  if (label_text(label, charset, &text)) return quote_label(text);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex = "x'";
  for (const char c : label) {
    hex += kDigits[static_cast<uint8_t>(c) >> 4];
    hex += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return hex + "'";
}

class TypeReader {
 public:
  TypeReader(SqlCursor& cursor, const SessionContext& session) : cursor_(cursor), session_(session) {}

  Result<TypeClause> parse() {
    const bool oracle = accept_schema();
    // MariaDB: types of plugins have plain names, which may be quoted.
    const bool quoted = session_.mariadb && cursor_.peek().kind == TokenKind::kQuotedName;
    if (!quoted && cursor_.peek().kind != TokenKind::kWord) return cursor_.unexpected("a type");
    const std::string first = to_lower(name_text(cursor_.take()));
    type_.spelled = first;
    while (!quoted && at_continuation(first)) type_.spelled += " " + to_lower(cursor_.take().text);
    apply_session();
    if (oracle) apply_oracle();
    type_.is_serial = first == "serial";
    if (cursor_.at_symbol('('))
      MYSQL_SYNC_RETURN_IF_ERROR(first == "enum" || first == "set" ? read_labels() : read_numbers());
    return std::move(type_);
  }

 private:
  /// MariaDB: whether type names are Oracle's, by sql_mode or by a prefix.
  bool accept_schema() {
    if (!session_.mariadb) return false;
    for (const char* name : {"MARIADB_SCHEMA", "MAXDB_SCHEMA", "ORACLE_SCHEMA"}) {
      SqlCursor ahead = cursor_;
      if (!ahead.accept(name) || !ahead.accept_symbol('.')) continue;
      cursor_ = ahead;
      return *name == 'O';
    }
    return (session_.sql_mode & kOracle) != 0;
  }

  void apply_oracle() {
    std::string& spelled = type_.spelled;
    const bool has_arguments = cursor_.at_symbol('(');
    if (spelled == "varchar2") spelled = "varchar";
    if (spelled == "raw") spelled = "varbinary";
    if (spelled == "number") spelled = has_arguments ? "decimal" : "double";
    if (spelled == "clob") spelled = "longtext";
    if (spelled == "blob" && !has_arguments) spelled = "longblob";
    if (spelled == "date") spelled = "datetime";
  }

  /// "double precision", "national char varying": but CHAR CHARACTER SET x is a char.
  bool at_continuation(const std::string& first) const {
    if (first == "double") return cursor_.at_word("PRECISION");
    if (first == "char" || first == "character") return cursor_.at_word("VARYING");
    if (first != "nchar" && first != "national" && first != "long") return false;
    if (cursor_.at_any({"VARYING", "VARCHAR", "VARCHARACTER", "VARBINARY"})) return true;
    SqlCursor ahead = cursor_;
    return ahead.accept_any({"CHAR", "CHARACTER"}) && !ahead.at_word("SET");
  }

  /// Names whose type depends on the server or its sql_mode.
  void apply_session() {
    std::string& spelled = type_.spelled;
    if (spelled == "real" && (session_.sql_mode & kRealAsFloat) != 0) spelled = "float";
    if (spelled == "timestamp" && (session_.sql_mode & kMaxDb) != 0) spelled = "datetime";
    if (spelled == "json" && session_.mariadb) {
      spelled = "longtext";
      type_.default_charset = "utf8mb4";
    }
  }

  Status read_labels() {
    cursor_.take();
    do {
      type_.labels.emplace_back();
      MYSQL_SYNC_RETURN_IF_ERROR(read_label(&type_.labels.back()));
    } while (cursor_.accept_symbol(','));
    return cursor_.expect_symbol(')');
  }

  Status read_label(TypeLabel* label) {
    const TokenKind kind = cursor_.peek().kind;
    label->is_binary = kind == TokenKind::kHex || kind == TokenKind::kBits;
    if (!label->is_binary) return cursor_.expect_string(&label->text);
    if (!binary_literal(cursor_.peek(), &label->text)) return cursor_.unexpected("a label");
    cursor_.take();
    return {};
  }

  /// Of 5.5 the servers take the 5.
  Status read_numbers() {
    type_.spelled += '(';
    cursor_.take();
    while (!cursor_.at_symbol(')')) {
      if (cursor_.peek().kind != TokenKind::kNumber && !cursor_.at_symbol(','))
        return cursor_.unexpected("a number");
      const std::string_view number = cursor_.take().text;
      type_.spelled += number.substr(0, number.find('.'));
    }
    type_.spelled += ')';
    return cursor_.expect_symbol(')');
  }

  SqlCursor& cursor_;
  const SessionContext& session_;
  TypeClause type_;
};

}  // namespace

Result<TypeClause> parse_type(SqlCursor& cursor, const SessionContext& session) {
  return TypeReader(cursor, session).parse();
}

std::string spelled_with_labels(const std::string& spelled, const std::vector<TypeLabel>& labels,
                                const std::string& charset) {
  std::string result = spelled;
  for (const TypeLabel& label : labels) {
    result += result.size() == spelled.size() ? "(" : ",";
    result += label.is_binary ? spell_binary(label.text, charset) : quote_label(label.text);
  }
  return labels.empty() ? result : result + ")";
}

}  // namespace mysql_sync::ddl
