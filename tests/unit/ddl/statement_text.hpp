// A statement as one line of text, so that a test can be a table of SQL and what is read from it.
#pragma once

#include <string>

#include "core/ddl/ddl_statement.hpp"

namespace mysql_sync::ddl {

/// E.g. "alter d.t: add c varchar(10) utf8mb4 null default 'x' after b; drop d".
std::string describe(const Result<Statement>& statement);

}  // namespace mysql_sync::ddl
