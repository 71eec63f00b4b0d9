#include "pg/guard.hpp"

#include "pg/encoding.hpp"

#include <new>

namespace mysql_sync::pg {

namespace {

/// The backend's text in UTF-8; as it is where it cannot be converted: a message must not fail.
std::string text_or_empty(const char* text) {
  if (text == nullptr) return {};
  try {
    return from_server(text);
  } catch (const PgError&) {
    return text;
  }
}

ErrorReport report_of(const ErrorData& error) {
  ErrorReport report;
  report.sqlstate = error.sqlerrcode;
  report.message = text_or_empty(error.message);
  report.detail = text_or_empty(error.detail);
  report.hint = text_or_empty(error.hint);
  report.context = text_or_empty(error.context);
  return report;
}

ErrorReport report_of(const Status& status) {
  return {sqlstate_of(status.code()), status.message(), status.detail(), status.hint(), {}};
}

template <size_t size>
void copy_text(char (&to)[size], const std::string& utf8) {
  const std::string from = shown_by_server(utf8);
  const size_t length =
      static_cast<size_t>(pg_mbcliplen(from.data(), static_cast<int>(from.size()), size - 1));
  std::memcpy(to, from.data(), length);
  to[length] = '\0';
}

}  // namespace

std::string ErrorReport::sqlstate_text() const { return unpack_sql_state(sqlstate); }

bool is_transient(const ErrorReport& report) {
  if (report.sqlstate == sqlstate_of(ErrorCode::kConnection)) return true;
  const std::string state = report.sqlstate_text(), group = state.substr(0, 2);
  return group == "08" || group == "40" || group == "53" || group == "57" || state == "55P03";
}

int sqlstate_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return ERRCODE_INVALID_PARAMETER_VALUE;
    case ErrorCode::kNotFound:
      return ERRCODE_UNDEFINED_OBJECT;
    case ErrorCode::kAlreadyExists:
      return ERRCODE_DUPLICATE_OBJECT;
    case ErrorCode::kConnection:
      return ERRCODE_FDW_UNABLE_TO_ESTABLISH_CONNECTION;
    case ErrorCode::kAuthentication:
      return ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION;
    case ErrorCode::kPermission:
      return ERRCODE_INSUFFICIENT_PRIVILEGE;
    case ErrorCode::kUnsupported:
      return ERRCODE_FEATURE_NOT_SUPPORTED;
    case ErrorCode::kCorrupt:
      return ERRCODE_DATA_CORRUPTED;
    case ErrorCode::kLocked:
      return ERRCODE_LOCK_NOT_AVAILABLE;
    case ErrorCode::kSource:
      return ERRCODE_FDW_ERROR;
    case ErrorCode::kPositionLost:
      return ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
    case ErrorCode::kConflict:
      return ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION;
    case ErrorCode::kCancelled:
      return ERRCODE_QUERY_CANCELED;
    case ErrorCode::kInternal:
      return ERRCODE_INTERNAL_ERROR;
  }
  return ERRCODE_INTERNAL_ERROR;
}

ErrorReport describe_current_exception() {
  try {
    throw;
  } catch (const PgError& error) {
    return error.report();
  } catch (const StatusError& error) {
    return report_of(error.status());
  } catch (const std::bad_alloc&) {
    return {ERRCODE_OUT_OF_MEMORY, "out of memory", {}, {}, {}};
  } catch (const std::exception& error) {
    return {ERRCODE_INTERNAL_ERROR, error.what(), {}, {}, {}};
  } catch (...) {
    return {ERRCODE_INTERNAL_ERROR, "unknown C++ exception", {}, {}, {}};
  }
}

void fail(ErrorCode code, std::string message, std::string detail, std::string hint) {
  throw StatusError(Status(code, std::move(message), std::move(detail), std::move(hint)));
}

namespace internal {

void run_guarded(Callback callback, void* argument) {
  MemoryContext caller = CurrentMemoryContext;
  ErrorData* volatile error = nullptr;
  PG_TRY();
  { callback(argument); }
  PG_CATCH();
  {
    MemoryContextSwitchTo(caller);
    error = CopyErrorData();
    FlushErrorState();
  }
  PG_END_TRY();
  if (error == nullptr) return;
  PgError thrown(report_of(*error));
  FreeErrorData(error);
  throw thrown;
}

void describe_flat(FlatReport* flat) noexcept {
  try {
    const ErrorReport report = describe_current_exception();
    flat->sqlstate = report.sqlstate;
    copy_text(flat->message, report.message);
    copy_text(flat->detail, report.detail);
    copy_text(flat->hint, report.hint);
    copy_text(flat->context, report.context);
  } catch (...) {  // no memory left even to say so
    *flat = FlatReport{ERRCODE_OUT_OF_MEMORY, "out of memory", "", "", ""};
  }
}

void raise(const FlatReport* flat) {
  ereport(ERROR, (errcode(flat->sqlstate), errmsg_internal("%s", flat->message),
                  flat->detail[0] == '\0' ? 0 : errdetail_internal("%s", flat->detail),
                  flat->hint[0] == '\0' ? 0 : errhint("%s", flat->hint),
                  flat->context[0] == '\0' ? 0 : (errcontext("%s", flat->context))));
  pg_unreachable();
}

}  // namespace internal
}  // namespace mysql_sync::pg
