// Errors of the MySQL client library and of the source as Status.
#pragma once

#include <string>
#include <string_view>

#include "core/base/status.hpp"

namespace mysql_sync::source {

/// Numbers that the callers treat in their own way.
constexpr unsigned kErrorParse = 1064;
constexpr unsigned kErrorUnknownVariable = 1193;
constexpr unsigned kErrorReadOnlyVariable = 1238;
constexpr unsigned kErrorInterrupted = 1317;
constexpr unsigned kErrorTooManyPrepared = 1461;
constexpr unsigned kErrorTls = 2026;

/// The failure that MySQL's error `number` with the message `text` means to us: a code, the source's own text
/// on one line with the number, and a hint for the errors that users meet most.
Status client_error(unsigned number, std::string_view text);

}  // namespace mysql_sync::source
