#include "core/ddl/sql_lexer.hpp"

#include <algorithm>

#include "core/base/backslash.hpp"

namespace mysql_sync::ddl {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_name_char(char c) {
  const char l = lower(c);
  return (l >= 'a' && l <= 'z') || is_digit(c) || c == '_' || c == '$' || static_cast<uint8_t>(c) >= 0x80;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/// 0x4D, 0b101; with other digits it is a name.
bool is_prefixed(std::string_view word, std::string_view prefix, int base) {
  return word.size() > 2 && word.substr(0, 2) == prefix &&
         std::all_of(word.begin() + 2, word.end(), [&](char c) {
           const int digit = hex_digit(c);
           return digit >= 0 && digit < base;
         });
}

/// What ends a string or name that begins with `quote`.
char closing(char quote) { return quote == '[' ? ']' : quote; }

std::string undouble(std::string_view inside, char quote) {
  std::string text;
  for (size_t i = 0; i < inside.size(); ++i) {
    text += inside[i];
    if (inside[i] == quote) ++i;
  }
  return text;
}

/// The digits of x'4D' or 0x4D, without what is around them.
std::string_view digits_of(const Token& token) {
  std::string_view digits = token.text.substr(std::min<size_t>(2, token.text.size()));
  if (!digits.empty() && digits.back() == '\'') digits.remove_suffix(1);
  return digits;
}

}  // namespace

std::string to_lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool Token::is_word(std::string_view keyword) const {
  return kind == TokenKind::kWord && equals_ignoring_case(text, keyword);
}

Token SqlLexer::next() {
  if (done_) return last_;
  const bool readable = skip_blanks();
  const Token token = readable ? scan() : broken();
  dot_after_name_ = token.is_symbol('.') && last_.is_name();
  done_ = token.kind == TokenKind::kEnd || token.kind == TokenKind::kBroken;
  last_ = token;
  return token;
}

bool SqlLexer::skip_blanks() {
  while (at_ < sql_.size()) {
    const char c = sql_[at_];
    const bool dashes = c == '-' && at(at_ + 1) == '-';
    if (is_space(c)) {
      ++at_;
    } else if (c == '#' || (dashes && (at_ + 2 >= sql_.size() || static_cast<uint8_t>(at(at_ + 2)) <= ' '))) {
      skip_line();
    } else if (c == '/' && at(at_ + 1) == '*') {
      if (!skip_comment()) return false;
    } else if (open_versions_ > 0 && c == '*' && at(at_ + 1) == '/') {
      --open_versions_;
      at_ += 2;
    } else {
      return true;
    }
  }
  return open_versions_ == 0;
}

void SqlLexer::skip_line() {
  const size_t end = sql_.find('\n', at_);
  at_ = end == std::string_view::npos ? sql_.size() : end + 1;
}

bool SqlLexer::skip_comment() { return open_version_comment() || skip_past("*/"); }

/// What a versioned comment holds was run: the source blanks the mark of one it skipped before logging it.
bool SqlLexer::open_version_comment() {
  size_t mark = at_ + 2;
  if (options_.mariadb && at(mark) == 'M') ++mark;
  if (at(mark) != '!') return false;
  size_t end = mark + 1;
  while (end < mark + 7 && is_digit(at(end))) ++end;
  const bool has_version = end - mark - 1 >= 5;
  at_ = has_version ? end : mark + 1;
  ++open_versions_;
  return true;
}

bool SqlLexer::skip_past(std::string_view end) {
  const size_t found = sql_.find(end, at_ + 2);
  if (found == std::string_view::npos) return false;
  at_ = found + end.size();
  return true;
}

/// True directly behind a name: "t.1" is a qualified name, "DEFAULT .1" a number.
bool SqlLexer::after_name() const { return last_.is_name() && last_.offset + last_.text.size() == at_; }

Token SqlLexer::make(TokenKind kind, size_t end) {
  const Token token{kind, sql_.substr(at_, end - at_), at_};
  at_ = end;
  return token;
}

Token SqlLexer::broken() { return make(TokenKind::kBroken, sql_.size()); }

Token SqlLexer::scan() {
  if (at_ >= sql_.size()) return make(TokenKind::kEnd, at_);
  const char c = sql_[at_], following = at(at_ + 1);
  if (c == '`' || (c == '[' && options_.brackets)) return scan_quoted(TokenKind::kQuotedName, 0);
  if (c == '"') return scan_quoted(options_.ansi_quotes ? TokenKind::kQuotedName : TokenKind::kString, 0);
  if (c == '\'') return scan_quoted(TokenKind::kString, 0);
  if (following == '\'') {
    if (lower(c) == 'n') return scan_quoted(TokenKind::kString, 1);
    if (lower(c) == 'x') return scan_prefixed(TokenKind::kHex);
    if (lower(c) == 'b') return scan_prefixed(TokenKind::kBits);
  }
  if (dot_after_name_ && is_name_char(c)) return scan_word();
  if (is_digit(c) || (c == '.' && is_digit(following) && !after_name())) return scan_number();
  if (is_name_char(c)) return scan_word();
  return make(TokenKind::kSymbol, at_ + 1);
}

Token SqlLexer::scan_word() {
  size_t end = at_;
  while (end < sql_.size() && is_name_char(sql_[end])) ++end;
  return make(TokenKind::kWord, end);
}

Token SqlLexer::scan_quoted(TokenKind kind, size_t prefix) {
  const size_t open = at_ + prefix;
  const char quote = closing(sql_[open]);
  const bool escapes = kind == TokenKind::kString && !options_.no_backslash_escapes;
  for (size_t i = open + 1; i < sql_.size(); ++i) {
    if (escapes && sql_[i] == '\\') {
      ++i;
    } else if (sql_[i] == quote) {
      if (at(i + 1) != quote) return make(kind, i + 1);
      ++i;
    }
  }
  return broken();
}

Token SqlLexer::scan_prefixed(TokenKind kind) {
  const size_t end = sql_.find('\'', at_ + 2);
  return end == std::string_view::npos ? broken() : make(kind, end + 1);
}

size_t SqlLexer::digits_end(size_t from) const {
  while (is_digit(at(from))) ++from;
  return from;
}

/// `from` itself where no complete exponent stands there.
size_t SqlLexer::exponent_end(size_t from) const {
  if (lower(at(from)) != 'e') return from;
  const size_t digits = from + (at(from + 1) == '+' || at(from + 1) == '-' ? 2 : 1);
  return is_digit(at(digits)) ? digits_end(digits) : from;
}

/// A number, 0x…, 0b…, or a name that starts with digits ("2020_orders").
Token SqlLexer::scan_number() {
  const size_t whole = digits_end(at_);
  size_t word_end = whole;
  while (word_end < sql_.size() && is_name_char(sql_[word_end])) ++word_end;
  const std::string_view word = sql_.substr(at_, word_end - at_);
  if (is_prefixed(word, "0x", 16)) return make(TokenKind::kHex, word_end);
  if (is_prefixed(word, "0b", 2)) return make(TokenKind::kBits, word_end);
  size_t end = exponent_end(whole);
  if (word_end > end) return make(TokenKind::kWord, word_end);
  if (end == whole && at(end) == '.') end = exponent_end(digits_end(end + 1));
  return make(TokenKind::kNumber, end);
}

std::string name_text(const Token& token) {
  if (token.kind != TokenKind::kQuotedName) return std::string(token.text);
  return undouble(token.text.substr(1, token.text.size() - 2), closing(token.text.front()));
}

std::string string_text(const Token& token, const LexerOptions& options) {
  std::string_view inside = token.text;
  if (lower(inside.front()) == 'n') inside.remove_prefix(1);
  const char quote = inside.front();
  inside = inside.substr(1, inside.size() - 2);
  if (options.no_backslash_escapes) return undouble(inside, quote);
  std::string text;
  for (size_t i = 0; i < inside.size(); ++i) {
    const char following = i + 1 < inside.size() ? inside[i + 1] : '\0';
    if (inside[i] == '\\' && i + 1 < inside.size()) {
      if (following == '%' || following == '_') text += '\\';
      text += unescaped(following);
      ++i;
    } else {
      text += inside[i];
      if (inside[i] == quote) ++i;
    }
  }
  return text;
}

bool binary_literal(const Token& token, std::string* bytes) {
  const bool hex = token.kind == TokenKind::kHex;
  const std::string_view digits = digits_of(token);
  const size_t per_byte = hex ? 2 : 8;
  bytes->assign((digits.size() + per_byte - 1) / per_byte, '\0');
  for (size_t i = 0; i < digits.size(); ++i) {
    const int value = hex_digit(digits[digits.size() - 1 - i]);
    if (value < 0 || (!hex && value > 1)) return false;
    const size_t shift = i % per_byte * (hex ? 4 : 1);
    char& byte = (*bytes)[bytes->size() - 1 - i / per_byte];
    byte = static_cast<char>(static_cast<uint8_t>(byte) | static_cast<uint8_t>(value << shift));
  }
  return true;
}

}  // namespace mysql_sync::ddl
