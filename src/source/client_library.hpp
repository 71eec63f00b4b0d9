// The MySQL client library behind a small class: one session, its waits, its errors. Private to src/source:
// only its .cpp files include this. Everything that differs between client libraries is in
// client_library.cpp.
//
// How waiting works. The library reads and writes with MSG_DONTWAIT and calls our function only when a call
// would block (MARIADB_OPT_IO_WAIT). That function gets the socket but no user data, so each call into the
// library runs inside an IoScope, which says whose call it is. The hook runs on the caller's stack, under
// library frames: it must not longjmp. When it gives up the library sees a failed read and unwinds in the
// ordinary way.
#pragma once

#include <mysql.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/status.hpp"
#include "source/connection.hpp"
#include "source/statement_end.hpp"

namespace mysql_sync::source {

/// Not thread-safe. Once broken() it is only good for destruction.
class ClientSession {
 public:
  explicit ClientSession(WaitHook hook);
  ~ClientSession();
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  /// Logs in; once per session. `tls` false: plain whatever ssl_mode says.
  Status connect(const ConnectionOptions& options, bool tls);
  /// Sends a statement and waits for the head of its answer.
  Status query(const std::string& sql);
  /// The rows of the statement just sent, nullptr if it returns none.
  Result<MYSQL_RES*> use_result();
  /// The next row of a result in progress, nullptr after the last.
  Result<MYSQL_ROW> fetch_row(MYSQL_RES* result);
  Status set_character_set(const char* name);
  /// The columns that a statement would return, by look(result): it is prepared, not run.
  Status describe(const std::string& sql, const std::function<void(MYSQL_RES*)>& look);
  /// A raw command. With `answered` its OK packet is awaited here.
  Status command(enum enum_server_command number, std::string_view argument, bool answered);
  /// The next packet after a raw command, valid until the next call; large ones come joined.
  Result<std::string_view> read_packet();
  /// Whether bytes that read_packet() has not returned are in the library or on the socket. With TLS the rest
  /// of one record may hide in the TLS layer: then the answer can be false though read_packet() would not
  /// wait.
  bool has_packet();

  /// kCancelled when the hook gives up, asked without waiting: for long work that never has to wait.
  Status check_cancel();
  /// Ends the dialogue at once, whatever the source still wants to send: its next write fails.
  void abandon();
  /// Ends also what the source is still at work on for this session. Waits a few seconds at most.
  void end_statement() noexcept;
  bool broken() const { return broken_; }
  /// The source has closed this session, or says why it is about to. Only between statements.
  bool is_closed_by_source() const;
  /// Where the session is at the source; asked after the login.
  void set_place(SessionPlace place) { place_ = std::move(place); }
  const SessionPlace& place() const { return place_; }
  /// Longest silence tolerated within a read or write, 0 for any.
  void set_silence_limit(uint32_t seconds) { silence_limit_s_ = seconds; }
  /// Number of the last error of the library.
  unsigned error_number() const { return mysql_errno(handle_); }
  MYSQL* handle() const { return handle_; }

  /// While a rest that nobody wants is read: how long to wait for it, and how to end it after that.
  struct Patience {
    std::chrono::steady_clock::time_point until;
    std::function<bool()> end;
    bool ended = false;
  };
  std::optional<Patience> patience;
  /// Has the statement ended at the source, once. False if its rest cannot be waited for.
  bool hurry();

  /// A result is being read: nothing else may be sent.
  bool streaming = false;

 private:
  class IoScope;
  using Clock = std::chrono::steady_clock;

  void set_options(const ConnectionOptions& options, bool tls);
  void set_tls_options(const ConnectionOptions& options, bool tls);
  Status check_tls(const ConnectionOptions& options);
  Status check_usable() const;
  /// The library's last error as Status, or why our wait ended.
  Status failure();
  int wait(int fd, bool for_read);
  int wait_for_rest(int fd, bool for_read);
  int remaining_ms(Clock::time_point begin) const;
  void on_greeting(std::string_view bytes);
  void make_nonblocking() const;
  void watch_peer() const;
  void remember(const ConnectionOptions& options);
  static int wait_callback(my_socket fd, my_bool for_read, int timeout_ms);
  static void io_callback(int mode, MYSQL* mysql, const unsigned char* buffer, size_t length);

  static thread_local ClientSession* active_;

  WaitHook hook_;
  MYSQL* handle_;
  ConnectionOptions options_;  // as the login used them, for a second one
  SessionPlace place_;
  bool broken_ = false;
  bool running_ = false;  // a statement was sent whose answer has not come to its end
  bool cancelled_ = false;
  bool timed_out_ = false;
  bool writing_ = false;  // the library confuses the directions of TLS writes
  bool greeted_ = false;
  bool connected_ = false;
  bool tls_mandatory_ = false;
  bool tls_missing_ = false;
  uint32_t silence_limit_s_ = 0;
  std::optional<Clock::time_point> deadline_;  // of a connect as a whole
};

}  // namespace mysql_sync::source
