// SQL text of MySQL and MariaDB -> tokens. Copies nothing and looks at each byte once; copyable, so that a
// parser can look ahead on a copy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mysql_sync::ddl {

enum class TokenKind : uint8_t {
  kEnd,
  kBroken,      ///< a string, quoted name or comment without its end; the rest of the text
  kWord,        ///< keyword or bare identifier
  kQuotedName,  ///< `name`, "name" with ANSI_QUOTES, [name] in MariaDB's mode MSSQL
  kString,      ///< 'text', "text", N'text'
  kNumber,
  kHex,    ///< x'4D', 0x4D
  kBits,   ///< b'101', 0b101
  kSymbol  ///< one character of anything else
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  ///< as written, quotes included
  size_t offset = 0;      ///< of its first byte in the statement

  bool is_name() const { return kind == TokenKind::kWord || kind == TokenKind::kQuotedName; }
  bool is_symbol(char c) const { return kind == TokenKind::kSymbol && text.front() == c; }
  /// A keyword, given in upper case. A quoted name never is one.
  bool is_word(std::string_view keyword) const;
};

/// How the session reads quotes, escapes and comments.
struct LexerOptions {
  bool ansi_quotes = false;
  bool no_backslash_escapes = false;
  bool mariadb = false;               ///< /*M! … */ holds SQL
  bool brackets = false;              ///< [name] is a name
  bool empty_string_is_null = false;  ///< the literal '' is NULL
};

class SqlLexer {
 public:
  SqlLexer(std::string_view sql, LexerOptions options) : sql_(sql), options_(options) {}

  /// The next token; kEnd or kBroken again once one of them was returned.
  Token next();
  std::string_view sql() const { return sql_; }
  const LexerOptions& options() const { return options_; }

 private:
  bool skip_blanks();
  bool skip_comment();
  bool skip_past(std::string_view end);
  bool open_version_comment();
  void skip_line();
  Token scan();
  Token scan_quoted(TokenKind kind, size_t prefix);
  Token scan_prefixed(TokenKind kind);
  Token scan_number();
  size_t digits_end(size_t from) const;
  size_t exponent_end(size_t from) const;
  Token scan_word();
  bool after_name() const;
  char at(size_t i) const { return i < sql_.size() ? sql_[i] : '\0'; }
  Token make(TokenKind kind, size_t end);
  Token broken();

  std::string_view sql_;
  LexerOptions options_;
  size_t at_ = 0;
  size_t open_versions_ = 0;  ///< versioned comments entered and not left
  Token last_;
  bool dot_after_name_ = false;  ///< the last token is the dot of a qualified name
  bool done_ = false;
};

/// The identifier a kWord or kQuotedName stands for.
std::string name_text(const Token& token);
/// The characters of a kString, escapes and doubled quotes resolved.
std::string string_text(const Token& token, const LexerOptions& options);
/// The bytes of a kHex or kBits, most significant first; false if digits are not of the kind.
bool binary_literal(const Token& token, std::string* bytes);

/// ASCII only, as keywords, type names and character set names are.
std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace mysql_sync::ddl
