#include "bgworker/catalog/prepared_transactions.hpp"

namespace mysql_sync {

namespace {

constexpr size_t kPieceBytes = size_t{1} << 20;
// What many small prepared transactions may take of the memory before they are stored.
constexpr size_t kMaxUnsaved = size_t{16} << 20;
// A source has far fewer in flight at a time. A forgotten xid is looked up in the binlog again.
constexpr size_t kMaxUnrelated = 100000;

std::string to_hex(const std::string& bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

uint8_t hex_digit(char c) { return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); }

std::string from_hex(const std::string& text) {
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(hex_digit(text[i]) << 4 | hex_digit(text[i + 1]));
  return bytes;
}

void insert_piece(pg::SpiSession& spi, const std::string& task, const std::string& xid, int number,
                  const std::string& position, const std::string& piece) {
  spi.execute(
      "INSERT INTO mysql_sync.prepared_transaction (task, xid, piece, position, events)"
      " VALUES ($1::name, $2, $3::integer, $4, decode($5, 'hex'))",
      {task, xid, std::to_string(number), position, to_hex(piece)});
}

std::string read_piece(pg::SpiSession& spi, const std::string& task, const std::string& xid, int number) {
  const auto row = spi.query_row(
      "SELECT encode(events, 'hex') FROM mysql_sync.prepared_transaction"
      " WHERE task = $1::name AND xid = $2 AND piece = $3::integer",
      {task, xid, std::to_string(number)});
  if (!row) pg::fail(ErrorCode::kInternal, "stored events of XA transaction " + xid + " are missing");
  return from_hex(*(*row)[0]);
}

}  // namespace

void UnrelatedXids::add(const std::string& xid) {
  if (xids_.size() >= kMaxUnrelated) xids_.clear();
  xids_.insert(xid);
}

PreparedTransactions::PreparedTransactions(std::string task, UnrelatedXids& unrelated,
                                           WithinTransaction within)
    : task_(std::move(task)), unrelated_(unrelated), within_(std::move(within)), events_(kPieceBytes) {}

void PreparedTransactions::load(pg::SpiSession& spi) {
  const auto rows = spi.query(
      "SELECT xid, min(position), count(*) FROM mysql_sync.prepared_transaction WHERE task = $1::name"
      " GROUP BY xid",
      {task_});
  for (const pg::TextRow& row : rows) {
    Transaction& transaction = kept_[*row[0]];
    transaction.position = *row[1];
    transaction.pieces = std::stoi(*row[2]);
  }
}

/// A second transaction of an xid shows that the source lost the first one in a crash: it lets no two of them
/// live at a time.
void PreparedTransactions::begin(std::string xid, std::string position) {
  if (is_reading()) discard();
  forget(xid);
  reading_ = std::move(xid);
  current_ = Transaction();
  current_.position = std::move(position);
}

void PreparedTransactions::keep(std::string_view event) {
  events_.append(event, [&](const std::string& piece) { store(*reading_, current_, piece); });
}

void PreparedTransactions::keep_rows(std::string_view event) {
  keep(event);
  has_rows_ = true;
}

std::string PreparedTransactions::prepare() {
  const std::string xid = *reading_;
  if (!has_rows_) {
    discard();
    unrelated_.add(xid);
    return xid;
  }
  current_.rest = events_.rest();
  unsaved_bytes_ += current_.rest.size();
  kept_[xid] = std::move(current_);
  current_ = Transaction();  // its pieces stay
  discard();
  if (unsaved_bytes_ > kMaxUnsaved) save();
  return xid;
}

void PreparedTransactions::discard() {
  remove_pieces(*reading_, current_);
  reading_.reset();
  current_ = Transaction();
  events_.clear();
  has_rows_ = false;
}

binlog::PieceReader PreparedTransactions::read(const std::string& xid) {
  const Transaction& transaction = kept_.at(xid);
  return binlog::PieceReader([this, xid, &transaction, next = 0]() mutable -> std::optional<std::string> {
    const int number = next++;
    if (number > transaction.pieces || (number == transaction.pieces && transaction.rest.empty()))
      return std::nullopt;
    if (number == transaction.pieces) return transaction.rest;
    std::string piece;
    within_([&](pg::SpiSession& spi) { piece = read_piece(spi, task_, xid, number); });
    return piece;
  });
}

void PreparedTransactions::forget(const std::string& xid) {
  unrelated_.remove(xid);
  const auto found = kept_.find(xid);
  if (found == kept_.end()) return;
  remove_pieces(xid, found->second);
  unsaved_bytes_ -= found->second.rest.size();
  kept_.erase(found);
}

void PreparedTransactions::save() {
  if (unsaved_bytes_ == 0) return;
  for (auto& [xid, transaction] : kept_) {
    if (transaction.rest.empty()) continue;
    store(xid, transaction, transaction.rest);
    transaction.rest = std::string();
  }
  unsaved_bytes_ = 0;
}

void PreparedTransactions::store(const std::string& xid, Transaction& transaction, const std::string& piece) {
  within_([&](pg::SpiSession& spi) {
    insert_piece(spi, task_, xid, transaction.pieces, transaction.position, piece);
  });
  ++transaction.pieces;
}

void PreparedTransactions::remove_pieces(const std::string& xid, const Transaction& transaction) {
  if (transaction.pieces == 0) return;
  within_([&](pg::SpiSession& spi) {
    spi.execute("DELETE FROM mysql_sync.prepared_transaction WHERE task = $1::name AND xid = $2",
                {task_, xid});
  });
}

}  // namespace mysql_sync
