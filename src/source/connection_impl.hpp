// What Connection hides, for the other files of this folder.
#pragma once

#include <memory>
#include <optional>

#include "source/client_library.hpp"
#include "source/connection.hpp"

namespace mysql_sync::source {

/// Shared with the result in progress, which may outlive the Connection.
struct Connection::Impl {
  std::shared_ptr<ClientSession> session;
  std::optional<bool> tells_case_apart;  ///< once it was asked: the source must be restarted to change it
};

}  // namespace mysql_sync::source
