// A connection to the source. The only folder that sees the MySQL client library.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.hpp"

namespace mysql_sync::source {

enum class SslMode { kDisabled, kPreferred, kRequired, kVerifyCa, kVerifyIdentity };

struct ConnectionOptions {
  std::string host = "localhost";  ///< always over TCP; with a leading slash the path of a unix socket
  uint16_t port = 3306;
  std::string username, password;
  uint32_t connect_timeout_s = 10;  ///< for the login as a whole, name resolution excepted
  uint32_t read_timeout_s =
      0;  ///< longest silence within an answer; 0: for ever (the wait hook still ends it)
  /// kPreferred goes on without TLS where the source has none or the handshake fails. Only the verifying
  /// modes protect against a man in the middle; in them and in kRequired no login is sent to a source without
  /// TLS.
  SslMode ssl_mode = SslMode::kPreferred;
  std::string ssl_ca;  ///< file; looked at by the verifying modes. kVerifyIdentity without it: the system's
  std::string ssl_cert, ssl_key;
};

/// Called whenever the client would block on the socket: waits until `fd` is readable (or writable), at most
/// `timeout_ms` (-1: for ever). Returns 1 ready, 0 timed out, -1 give up (a cancel is pending). Must not
/// throw and must not leave by longjmp. It is not called while data flows: a caller that loops over rows or
/// events looks for a cancel by itself as well. Resolving the host name cannot be interrupted.
using WaitHook = std::function<int(int fd, bool for_read, int timeout_ms)>;

/// One cell of a result row: null, or text in utf8mb4 (bytes for binary columns).
using TextCell = std::optional<std::string_view>;

/// Rows of a running query, streamed: at most one row is in memory here. When destroyed before the last row
/// it hangs up, since the rest may be a whole table; the Connection then is only good for closing, and ends
/// the query at the source as it goes. May outlive the Connection.
class ResultStream {
 public:
  ~ResultStream();
  ResultStream(ResultStream&&) noexcept;
  ResultStream& operator=(ResultStream&&) noexcept;
  /// The next row, or nullptr after the last. The cells live until the next call.
  Result<const TextCell*> next();
  size_t column_count() const;
  /// What the source says of the type of each column, as text that is only good for comparing; the last
  /// letter is '!' for one that is never null. Before the first call of next().
  std::vector<std::string> column_marks() const;
  /// Reads what is left and drops it. Where it is more than so many bytes, or does not come within that time,
  /// `end` is called, to have the statement ended at the source (empty: it cannot be); it may be called from
  /// within the client library and must not throw. True if the Connection is free for the next statement,
  /// else it is only good for closing.
  bool read_to_end(size_t short_bytes, int short_ms, const std::function<bool()>& end);

 private:
  friend class Connection;
  struct Impl;
  explicit ResultStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Not thread-safe. After an error with code kConnection or kCancelled it is only good for closing,
/// unless usable() says otherwise. While a ResultStream is being read, every other statement fails with
/// kInternal. What the source still runs for it when it is closed is ended there over a second login, which
/// takes some seconds at most; with kVerifyIdentity, which has to go by the name, resolving it comes on top.
class Connection {
 public:
  /// Connects, sets utf8mb4 (utf8 before MySQL 5.5.3), time_zone '+00:00', a sql_mode under which every
  /// stored value can be read, and no time limit for statements. kConnection, kAuthentication; `hook` may be
  /// empty (blocking).
  static Result<Connection> open(const ConnectionOptions& options, WaitHook hook);

  Connection(Connection&&) noexcept;
  Connection& operator=(Connection&&) noexcept;
  ~Connection();

  /// Runs a statement and drops its result.
  Status execute(const std::string& sql);

  /// From here on results hold text as it is stored, in the character set of its column, instead of UTF-8:
  /// the source would make '?' of what it cannot convert, without a word.
  Status read_text_raw();
  /// Runs a query and streams its rows. One at a time.
  Result<ResultStream> query(const std::string& sql);
  /// All rows of a small query; SQL NULL becomes nothing.
  Result<std::vector<std::vector<std::optional<std::string>>>> query_all(const std::string& sql);
  /// The only cell of the only row; nothing for NULL or no row.
  Result<std::optional<std::string>> query_value(const std::string& sql);

  /// `text` as a string literal for this connection, quotes included.
  std::string quote_literal(std::string_view text) const;

  /// False once it is only good for closing.
  bool usable() const;
  /// Whether the source has closed it while it was idle. Only between statements.
  bool is_closed_by_source() const;
  /// CONNECTION_ID() at the source; empty if it does not tell.
  const std::string& thread() const;
  /// Ends the statement that another connection with the same options runs, and leaves that connection open.
  /// Afterwards the other one must settle(), as the end may come too late for the statement.
  Status end_statement_of(const Connection& other);
  /// Takes an end that came too late, so that it does not meet the next statement.
  Status settle();

  std::string server_version() const;
  bool is_mariadb() const;
  /// major*10000 + minor*100 + patch, as the client libraries count it.
  uint32_t version_number() const;

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  explicit Connection(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// For the end of the process, where destructors may not run: hangs up all connections that wait for an
/// answer, and ends at the source what they wait for.
void end_running_statements() noexcept;

/// `name` in backquotes, inner ones doubled.
std::string quote_identifier(std::string_view name);

}  // namespace mysql_sync::source
