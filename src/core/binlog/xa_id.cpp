#include "core/binlog/xa_id.hpp"

#include <cstddef>

namespace mysql_sync::binlog {

namespace {

constexpr size_t kMaxPart = 64;

std::string hex_literal(const std::string& bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text = "X'";
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text + "'";
}

/// Reads the text from its beginning; a read that does not fit fails for good.
class XidText {
 public:
  explicit XidText(std::string_view text) : rest_(text) {}
  bool complete() const { return !failed_ && rest_.empty(); }

  void expect(std::string_view word) {
    if (rest_.substr(0, word.size()) == word)
      rest_.remove_prefix(word.size());
    else
      failed_ = true;
  }

  std::string hex_literal() {
    std::string bytes;
    expect("X'");
    while (!failed_ && !rest_.empty() && rest_.front() != '\'') {
      const unsigned high = digit(16);
      bytes += static_cast<char>(high << 4 | digit(16));
    }
    expect("'");
    if (bytes.size() > kMaxPart) failed_ = true;
    return bytes;
  }

  /// Some servers keep the number in a signed or a wider integer than the 32 bits of the events.
  uint32_t number() {
    const bool negative = !rest_.empty() && rest_.front() == '-';
    if (negative) rest_.remove_prefix(1);
    uint32_t value = digit(10);
    while (!failed_ && !rest_.empty()) value = value * 10 + digit(10);
    return negative ? 0 - value : value;
  }

 private:
  unsigned digit(unsigned base) {
    const char c = rest_.empty() ? '\0' : rest_.front();
    unsigned value = base;
    if (c >= '0' && c <= '9') value = static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') value = static_cast<unsigned>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') value = static_cast<unsigned>(c - 'A' + 10);
    if (value >= base) {
      failed_ = true;
      return 0;
    }
    rest_.remove_prefix(1);
    return value;
  }

  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace

std::string XaId::to_string() const {
  return hex_literal(gtrid) + "," + hex_literal(bqual) + "," + std::to_string(format_id);
}

Result<XaId> parse_xa_id(std::string_view text) {
  XidText reader(text);
  XaId xid;
  xid.gtrid = reader.hex_literal();
  reader.expect(",");
  xid.bqual = reader.hex_literal();
  reader.expect(",");
  xid.format_id = reader.number();
  if (!reader.complete())
    return Status(ErrorCode::kCorrupt, "malformed xid of an XA statement in the binlog", std::string(text));
  return xid;
}

Result<XaStatement> parse_xa_statement(std::string_view sql) {
  using Kind = XaStatement::Kind;
  static constexpr std::pair<std::string_view, Kind> kStatements[] = {{"XA START ", Kind::kStart},
                                                                      {"XA END ", Kind::kEnd},
                                                                      {"XA COMMIT ", Kind::kCommit},
                                                                      {"XA ROLLBACK ", Kind::kRollback}};
  XaStatement statement;
  for (const auto& [words, kind] : kStatements) {
    if (sql.substr(0, words.size()) != words) continue;
    statement.kind = kind;
    MYSQL_SYNC_ASSIGN_OR_RETURN(statement.xid, parse_xa_id(sql.substr(words.size())));
  }
  return statement;
}

}  // namespace mysql_sync::binlog
