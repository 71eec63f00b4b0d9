// Expected failures are values: Status and Result<T>. pg::entry() turns them into errors of PostgreSQL.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace mysql_sync {

/// The kind of a failure. pg::sqlstate_of() gives each its SQLSTATE.
enum class ErrorCode {
  kInvalidArgument,  ///< the user said something that cannot be: option, pattern, name
  kNotFound,         ///< task, table or column that does not exist
  kAlreadyExists,    ///< name taken, started twice
  kConnection,       ///< the source cannot be reached or went away; worth a retry
  kAuthentication,   ///< the source refuses user or password
  kPermission,       ///< a right is missing on the source
  kUnsupported,      ///< a thing we know and do not carry
  kCorrupt,          ///< bytes that do not follow their format
  kLocked,           ///< the source could not give a lock in time, or without a deadlock; worth a retry
  kSource,           ///< an error the source reported for a statement
  kPositionLost,     ///< the binlog position is no longer there: purged, reset, another server
  kConflict,         ///< the target does not hold the row the source changed
  kCancelled,        ///< the user cancelled, or the worker is to stop
  kInternal
};

/// Success, or what went wrong: code, message (one line, no period), detail and hint (sentences).
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(ErrorCode code, std::string message, std::string detail = {}, std::string hint = {})
      : error_(std::make_shared<const Error>(
            Error{code, std::move(message), std::move(detail), std::move(hint)})) {}

  bool ok() const { return error_ == nullptr; }
  ErrorCode code() const { return error_->code; }
  const std::string& message() const { return error_->message; }
  const std::string& detail() const { return error_->detail; }
  const std::string& hint() const { return error_->hint; }

  /// The same failure with `context` put before the message, as "context: message".
  Status with_context(const std::string& context) const {
    return ok() ? *this : Status(code(), context + ": " + message(), detail(), hint());
  }

 private:
  struct Error {
    ErrorCode code;
    std::string message, detail, hint;
  };
  std::shared_ptr<const Error> error_;
};

/// A value, or the Status that says why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Result(Status status) : state_(std::move(status)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return std::holds_alternative<T>(state_); }
  Status status() const { return ok() ? Status() : std::get<Status>(state_); }
  T& operator*() & { return std::get<T>(state_); }
  const T& operator*() const& { return std::get<T>(state_); }
  T&& operator*() && { return std::get<T>(std::move(state_)); }
  T* operator->() { return &std::get<T>(state_); }
  const T* operator->() const { return &std::get<T>(state_); }

 private:
  std::variant<T, Status> state_;
};

}  // namespace mysql_sync

/// Returns from the enclosing function when `expression` (a Status) failed.
#define MYSQL_SYNC_RETURN_IF_ERROR(expression)   \
  do {                                           \
    ::mysql_sync::Status status_ = (expression); \
    if (!status_.ok()) return status_;           \
  } while (false)

#define MYSQL_SYNC_CONCAT_(a, b) a##b
#define MYSQL_SYNC_CONCAT(a, b) MYSQL_SYNC_CONCAT_(a, b)
#define MYSQL_SYNC_ASSIGN_(result, declaration, expression) \
  auto result = (expression);                               \
  if (!result.ok()) return result.status();                 \
  declaration = *std::move(result)

/// Declares or assigns `declaration` from a Result, or returns its Status.
#define MYSQL_SYNC_ASSIGN_OR_RETURN(declaration, expression) \
  MYSQL_SYNC_ASSIGN_(MYSQL_SYNC_CONCAT(result_, __LINE__), declaration, expression)
