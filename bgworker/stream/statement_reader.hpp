// Statements in the binlog, read: their text in UTF-8, what their sessions were like, and what they say, as
// far as it concerns the task.
#pragma once

#include "bgworker/stream/migrations.hpp"
#include "core/ddl/ddl_statement.hpp"

namespace mysql_sync {

class StatementReader {
 public:
  StatementReader(StreamState& state, TaskTables& tables, Migrations& migrations)
      : state_(state), task_tables_(tables), migrations_(migrations) {}

  StatementContext context_of(const binlog::EventHeader& header, const binlog::QueryEvent& event) const;
  /// One that cannot be read is passed over when it names none of our tables; else it stops the task.
  ddl::Statement parse(const std::string& sql, const binlog::QueryEvent& event);
  /// A step of the schema history: the character set of a database, where tables of it may be selected.
  /// Empty: it is gone.
  void note_charset(const std::string& database, const std::string& charset);

 private:
  std::string statement_in_utf8(const binlog::QueryEvent& event) const;
  std::string charset_of_collation(uint16_t collation) const;
  std::string session_charset(const binlog::QueryEvent& event) const;
  std::string charset_of_database(const std::string& database);
  ddl::SessionContext session_of(const binlog::QueryEvent& event) const;
  Result<ddl::Statement> parse_in_database(const std::string& sql, ddl::SessionContext& session);
  std::optional<ddl::Statement> unread_alter(const std::string& sql, const ddl::SessionContext& session,
                                             const Status& problem);
  std::optional<ddl::CreateTable> unread_create(const std::string& sql, const ddl::SessionContext& session,
                                                const std::string& problem);
  void check_nothing_waits(const std::vector<ddl::TableName>& names, const Status& problem);
  MappedTable* find_live(const std::vector<ddl::TableName>& names);
  GhostTable* find_ghost(const std::vector<ddl::TableName>& names);

  StreamState& state_;
  TaskTables& task_tables_;
  Migrations& migrations_;
};

}  // namespace mysql_sync
