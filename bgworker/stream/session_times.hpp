// Times in defaults, which a statement writes as its session's clock shows them.
#pragma once

#include "bgworker/stream/statement_context.hpp"
#include "core/ddl/schema_change.hpp"
#include "source/connection.hpp"

namespace mysql_sync {

class SessionTimes {
 public:
  /// `source` knows the time zones by their names, and must outlive it.
  explicit SessionTimes(source::Connection& source) : source_(source) {}

  /// Gives the defaults of TIMESTAMP columns the form in which they are kept: UTC.
  void resolve_defaults(TableSchema& schema, const StatementContext& context);
  /// Likewise of added columns, whose defaults the target takes: TIMESTAMP in UTC, DATETIME as the session's
  /// clock showed it.
  void resolve(ddl::AlterOutcome& outcome, const StatementContext& context);

 private:
  std::string convert(const std::string& time, const std::string& from, const std::string& to);

  source::Connection& source_;
};

}  // namespace mysql_sync
