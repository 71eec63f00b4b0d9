#include "core/ddl/client_text.hpp"

#include <algorithm>

#include "core/base/arena.hpp"
#include "core/base/backslash.hpp"

namespace mysql_sync::ddl {

namespace {

bool is_ascii(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
}

/// The signs that stand for letters in swe7, as init_state_maps() in the servers' sql_lex.cc has them: the
/// bars, @ and backslash stay operators.
bool is_swedish_letter(char c) {
  return c == '[' || c == ']' || c == '{' || c == '}' || c == '^' || c == '~';
}

std::string hex_literal(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text = "x'";
  for (const char c : bytes) {
    text += kDigits[static_cast<uint8_t>(c) >> 4];
    text += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return text + "'";
}

class Rewriter {
 public:
  Rewriter(std::string_view sql, const ClientText& client) : sql_(sql), client_(client) {}

  std::string run() {
    while (at_ < sql_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = sql_[at_];
    const size_t width = client_.charset.character_width(sql_, at_);
    const bool is_name_quote =
        c == '`' || (c == '"' && client_.options.ansi_quotes) || (c == '[' && client_.options.brackets);
    if (width > 1) {
      take(width);
      last_word_.clear();
    } else if (c == '\'' || (c == '"' && !client_.options.ansi_quotes)) {
      string();
    } else if (is_name_quote) {
      quoted_name();
    } else if (const size_t end = comment_end()) {
      take(end - at_);
    } else if (is_letter(c)) {
      word();
    } else {
      if (!is_space(c)) last_word_ = c;
      if (client_.charset.keeps_ascii()) return take(1);
      out_ += c;
      ++at_;
    }
  }

  bool is_letter(char c) const {
    return is_word_char(c) || (!client_.charset.keeps_ascii() && is_swedish_letter(c));
  }

  /// Up to `length` bytes as they are in UTF-8.
  void take(size_t length) {
    out_ += utf8(sql_.substr(at_, length));
    at_ += length;
  }

  std::string_view utf8(std::string_view bytes) {
    scratch_.clear();
    return client_.charset.to_utf8(bytes, scratch_);
  }

  /// The servers convert a name without quotes only where it has a byte above 127: it is these ASCII signs.
  void word() {
    const size_t begin = at_;
    while (at_ < sql_.size() && is_letter(sql_[at_])) ++at_;
    last_word_ = std::string(sql_.substr(begin, at_ - begin));
    const bool is_plain = std::all_of(last_word_.begin(), last_word_.end(), is_word_char);
    out_ += is_plain ? last_word_ : '`' + last_word_ + '`';
  }

  /// Of a comment that begins here and holds no SQL; 0 where none does.
  size_t comment_end() const {
    const std::string_view rest = sql_.substr(at_);
    const bool is_dashed =
        rest.size() > 2 && rest[0] == '-' && rest[1] == '-' && static_cast<uint8_t>(rest[2]) <= ' ';
    if (rest[0] == '#' || is_dashed) return std::min(sql_.find('\n', at_), sql_.size());
    if (rest.substr(0, 2) != "/*" || rest.substr(2, 1) == "!" || rest.substr(2, 2) == "M!") return 0;
    const size_t end = sql_.find("*/", at_ + 2);
    return end == std::string_view::npos ? sql_.size() : end + 2;
  }

  /// The bytes between the quotes that begin at `at_`, where each has its own meaning; goes behind them.
  /// False if the end is missing.
  bool inside(bool escapes, std::string* bytes) {
    const char quote = sql_[at_] == '[' ? ']' : sql_[at_];
    for (++at_; at_ < sql_.size(); ++at_) {
      const size_t width = client_.charset.character_width(sql_, at_);
      const char next = at_ + 1 < sql_.size() ? sql_[at_ + 1] : '\0';
      if (width > 1) {
        bytes->append(sql_.substr(at_, width));
        at_ += width - 1;
      } else if (escapes && sql_[at_] == '\\' && at_ + 1 < sql_.size()) {
        if (next == '%' || next == '_') *bytes += '\\';
        *bytes += unescaped(next);
        ++at_;
      } else if (sql_[at_] == quote) {
        ++at_;
        if (next != quote) return true;
        *bytes += quote;
      } else {
        *bytes += sql_[at_];
      }
    }
    return false;
  }

  void quoted_name() {
    const size_t begin = at_;
    const bool brackets = sql_[at_] == '[';
    std::string bytes;
    if (!inside(false, &bytes)) return keep_broken(begin);
    const char quote = brackets ? ']' : sql_[begin];
    out_ += sql_[begin];
    for (const char c : utf8(bytes)) out_.append(c == quote ? 2 : 1, c);
    out_ += quote;
    last_word_.clear();
  }

  /// One literal, of all that stand side by side.
  void string() {
    const size_t begin = at_;
    std::string bytes;
    for (size_t behind = at_;; behind = at_) {
      if (!inside(!client_.options.no_backslash_escapes, &bytes)) return keep_broken(begin);
      behind = at_;
      while (at_ < sql_.size() && is_space(sql_[at_])) ++at_;
      const bool more =
          at_ < sql_.size() && (sql_[at_] == '\'' || (sql_[at_] == '"' && !client_.options.ansi_quotes));
      if (more) continue;
      at_ = behind;
      break;
    }
    write_literal(bytes);
    last_word_.clear();
  }

  void write_literal(const std::string& bytes) {
    const bool introduced = last_word_.size() > 1 && last_word_.front() == '_';
    const bool is_value =
        last_word_ == "(" || last_word_ == "," || equals_ignoring_case(last_word_, "DEFAULT");
    if (!is_ascii(bytes) && (introduced || (client_.literals_are_bytes && is_value))) {
      out_ += (introduced ? " " : "") + hex_literal(bytes);
      return;
    }
    out_ += '\'';
    for (const char c : utf8(bytes)) {
      if (c == '\'' || (c == '\\' && !client_.options.no_backslash_escapes)) out_ += c;
      out_ += c;
    }
    out_ += '\'';
  }

  void keep_broken(size_t begin) {
    at_ = begin;
    take(sql_.size() - begin);
  }

  std::string_view sql_;
  const ClientText& client_;
  size_t at_ = 0;
  std::string last_word_;  // before the place, or the symbol that stands there
  std::string out_;
  Arena scratch_;
};

/// An introducer: _latin1'…'.
bool may_have_introducer(std::string_view sql) {
  for (size_t at = sql.find('_'); at != std::string_view::npos; at = sql.find('_', at + 1)) {
    size_t end = at + 1;
    while (end < sql.size() && is_word_char(sql[end])) ++end;
    while (end < sql.size() && is_space(sql[end])) ++end;
    if (end < sql.size() && (sql[end] == '\'' || sql[end] == '"')) return true;
  }
  return false;
}

}  // namespace

std::string client_text_to_utf8(std::string_view sql, const ClientText& client) {
  const bool is_plain = client.charset.is_utf8() ? !client.literals_are_bytes && !may_have_introducer(sql)
                                                 : client.charset.keeps_ascii();
  if (is_plain && (client.charset.is_utf8() || is_ascii(sql))) return std::string(sql);
  if (client.charset.is_utf8() && is_ascii(sql)) return std::string(sql);
  return Rewriter(sql, client).run();
}

}  // namespace mysql_sync::ddl
