// What Connection hides, for the other files of this folder.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "source/client_library.hpp"
#include "source/connection.hpp"
#include "source/table_description.hpp"

namespace mysql_sync::source {

/// Shared with the result in progress, which may outlive the Connection.
struct Connection::Impl {
  std::shared_ptr<ClientSession> session;
  /// By table_description.cpp, with the time of each.
  std::map<std::string, std::pair<TableDescription, std::chrono::steady_clock::time_point>> described;
  std::optional<bool> tells_case_apart;  ///< once it was asked: the source must be restarted to change it
};

}  // namespace mysql_sync::source
