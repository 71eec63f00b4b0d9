// What ResultStream hides, for connection.cpp, which makes them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "source/client_library.hpp"
#include "source/connection.hpp"

namespace mysql_sync::source {

/// Owns the library's result; `result` is null once its last row was read or an error ended it.
struct ResultStream::Impl {
  Impl(std::shared_ptr<ClientSession> its_session, MYSQL_RES* its_result);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  void finish();
  void read_rest(size_t short_bytes);

  std::shared_ptr<ClientSession> session;
  MYSQL_RES* result;
  std::vector<TextCell> cells;
};

/// See ResultStream::column_marks().
std::vector<std::string> marks_of(MYSQL_RES* result);

}  // namespace mysql_sync::source
