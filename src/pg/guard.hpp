// The border between C++ and PostgreSQL, both ways.
//
// guard(f)  calls the backend from C++: an ereport(ERROR) inside f comes out as the exception PgError.
//           f must not hold objects with destructors while it calls the backend: a longjmp leaves it.
// entry(f)  is the body of every extern "C" function the backend calls: whatever f throws is reported by
//           ereport(ERROR) once all destructors have run, with SQLSTATE, detail, hint and context kept.
// check(s)  turns a failed Status into the exception StatusError.
#pragma once

#include "pg/compat/postgres_headers.hpp"

#include "core/base/status.hpp"

namespace mysql_sync::pg {

/// What an error says, in PostgreSQL's terms. UTF-8, whatever the database's encoding.
struct ErrorReport {
  int sqlstate = 0;  ///< as MAKE_SQLSTATE packs it
  std::string message, detail, hint, context;
  /// "23505", for the catalog.
  std::string sqlstate_text() const;
};

/// True for errors that may pass by themselves: connection, deadlock, serialization, resources.
bool is_transient(const ErrorReport& report);

/// An ereport(ERROR) that was caught. The error state is flushed; the transaction must still be aborted.
class PgError : public std::exception {
 public:
  explicit PgError(ErrorReport report) : report_(std::move(report)) {}
  const char* what() const noexcept override { return report_.message.c_str(); }
  const ErrorReport& report() const { return report_; }

 private:
  ErrorReport report_;
};

/// A failed Status on its way up through C++.
class StatusError : public std::exception {
 public:
  explicit StatusError(Status status) : status_(std::move(status)) {}
  const char* what() const noexcept override { return status_.message().c_str(); }
  const Status& status() const { return status_; }

 private:
  Status status_;
};

/// The SQLSTATE of an ErrorCode.
int sqlstate_of(ErrorCode code);

/// The report of the exception being handled. Call it only inside a catch block.
ErrorReport describe_current_exception();

inline void check(const Status& status) {
  if (!status.ok()) throw StatusError(status);
}

template <typename T>
T value_or_throw(Result<T> result) {
  if (!result.ok()) throw StatusError(result.status());
  return *std::move(result);
}

[[noreturn]] void fail(ErrorCode code, std::string message, std::string detail = {}, std::string hint = {});

namespace internal {
using Callback = void (*)(void*);
/// Runs callback(argument) under PG_TRY. Throws PgError. The callback must not throw.
void run_guarded(Callback callback, void* argument);

/// The texts of a report on the stack: nothing of it needs a destructor when ereport leaves.
struct FlatReport {
  int sqlstate;
  char message[2048], detail[4096], hint[1024], context[2048];
};
void describe_flat(FlatReport* flat) noexcept;
[[noreturn]] void raise(const FlatReport* flat);
}  // namespace internal

/// Calls the backend. Returns what f returns (which must be trivially destructible).
template <typename F>
auto guard(F&& f) -> decltype(f()) {
  using Return = decltype(f());
  static_assert(std::is_void_v<Return> || std::is_trivially_destructible_v<Return>,
                "a longjmp out of f would leave a value whose destructor must run");
  struct Call {
    F* function;
    std::exception_ptr thrown;
    std::conditional_t<std::is_void_v<Return>, char, Return> value;
  };
  Call call{&f, nullptr, {}};
  internal::run_guarded(
      [](void* argument) {
        auto* self = static_cast<Call*>(argument);
        try {
          if constexpr (std::is_void_v<Return>) {
            (*self->function)();
          } else {
            self->value = (*self->function)();
          }
        } catch (...) {  // an exception must not jump over PG_TRY either
          self->thrown = std::current_exception();
        }
      },
      &call);
  if (call.thrown) std::rethrow_exception(call.thrown);
  if constexpr (!std::is_void_v<Return>) return call.value;
}

/// Runs C++ code on behalf of the backend.
template <typename F>
auto entry(F&& f) -> decltype(f()) {
  internal::FlatReport flat;
  try {
    return f();
  } catch (...) {
    internal::describe_flat(&flat);
  }
  internal::raise(&flat);
}

}  // namespace mysql_sync::pg
