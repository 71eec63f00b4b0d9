// A statement as one line of text, so that a test can be a table of SQL and what is read from it.
#pragma once

#include <string>
#include <vector>

#include "core/ddl/ddl_statement.hpp"

namespace mysql_sync::ddl {

/// E.g. "alter d.t: add c varchar(10) utf8mb4 null default 'x' after b; drop d".
std::string describe(const Result<Statement>& statement);

struct ParseCase {
  const char* sql;
  const char* expected;  ///< as describe() gives it
};

/// A session in the database d.
SessionContext session_in_d();

void expect_parsed(const std::vector<ParseCase>& cases, const SessionContext& context = session_in_d());

}  // namespace mysql_sync::ddl
